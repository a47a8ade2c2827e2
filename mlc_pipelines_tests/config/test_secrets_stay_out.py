"""Whatever is written in the wrong place, a credential is never repeated in a fault or a repr."""

from __future__ import annotations

from typing import Any

import pytest

from mlc_pipelines.config import SecretRef
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines_tests.config.conftest import Files

SECRET = "hunter2"


@pytest.mark.parametrize(
    "changes",
    [
        {"erp/private_key": SECRET},
        {"erp/private_key": [SECRET]},
        {"erp/private_key": {SECRET: None}},
        {"erp/private_key": {"secret": f"{SECRET} with blanks"}},
        {"erp/private_key": {"secret": {"value": SECRET}}},
        {"erp/private_key": {"secret": "name", "value": SECRET}},
        {"erp/private_key_pem": SECRET},
        {"erp/client_id": [SECRET]},
        {"erp/base_url": f"https://robot:{SECRET}@erp.example"},
        {"anaplan/auth/password": SECRET},
        {"anaplan/auth/passwrd": SECRET},
        {"anaplan/auth": SECRET},
        {"anaplan/auth": [SECRET]},
        {"anaplan": SECRET},
        {"anaplan/api_url": f"ftp://robot:{SECRET}@api.example"},
        {"erp": SECRET},
    ],
)
def test_a_credential_in_a_file_is_never_repeated(files: Files, changes: dict[str, Any]) -> None:
    files.tenant(changes)
    with pytest.raises(ConfigurationError) as caught:
        files.load()
    assert caught.value.faults
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value.faults)


@pytest.mark.parametrize("text", [f"*{SECRET}", f"!{SECRET}", f"&{SECRET} *{SECRET}", f"@{SECRET}", f"'{SECRET}"])
def test_a_credential_that_yaml_stumbles_over_is_not_repeated(files: Files, text: str) -> None:
    files.write("tenants/acme.yaml", f"tenant: acme\nerp:\n  kind: netsuite\n  private_key: {text}\n")
    with pytest.raises(ConfigurationError) as caught:
        files.load()
    assert SECRET not in str(caught.value)


def test_the_remedy_names_the_vault(files: Files) -> None:
    files.tenant({"erp/private_key": SECRET})
    fault = files.fault()
    assert fault.key == "erp.private_key"
    assert "{secret: NAME}" in fault.remedy
    assert "mlc secrets set" in fault.remedy


@pytest.mark.parametrize("raw", [SECRET, {"secret": f"{SECRET}!"}, {SECRET: 1}])
def test_the_model_s_own_error_shows_nothing(raw: object) -> None:
    with pytest.raises(ValueError, match="secret") as caught:
        SecretRef.model_validate(raw)
    assert SECRET not in str(caught.value)
