"""The keys under `erp:`: what is wrong with them is found without a network."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mlc_pipelines.erp.visma_net import ERP

GOOD = {
    "client_id": "isv_example",
    "client_secret": {"secret": "visma_secret"},
    "company_tenant_id": "AF1140C1-52e0-46c7-b684-df894d4b8a5a",
}


def test_the_defaults_are_visma_nets_own_addresses_and_the_right_to_read():
    connection = ERP.connection.model_validate(GOOD)
    assert connection.base_url == "https://api.finance.visma.net"
    assert connection.token_url == "https://connect.visma.com/connect/token"
    assert connection.scope == "vismanet_erp_service_api:read"
    assert connection.timezone == "Europe/Oslo"
    assert connection.company == "visma_net:isv_example:af1140c1-52e0-46c7-b684-df894d4b8a5a"
    assert ERP.connection.model_validate(GOOD | {"ledger": 1}).ledger == "1"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param({"company_tenant_id": 1234567}, "Write that of the company", id="a number of the old API"),
        pytest.param({"client_secret": "plain"}, "must name a secret", id="a secret in the file"),
        pytest.param({"scope": "vismanet_erp_service_api:read vismanet_erp_service_api:create"}, "right to write"),
        pytest.param({"timezone": "Europe/Olso"}, "Did you mean Europe/Oslo"),
        pytest.param({"base_url": "http://api.finance.visma.net"}, "unencrypted"),
        pytest.param({"max_concurrent_requests": 5}, "max_concurrent_requests"),
        pytest.param({"tenant_id": "x"}, "tenant_id"),
    ],
)
def test_faults_are_told(keys, said):
    with pytest.raises(ValidationError) as caught:
        ERP.connection.model_validate(GOOD | keys)
    assert said in str(caught.value)
    assert "plain" not in str(caught.value) or "plain" not in keys.values()


def test_visma_net_takes_no_journals():
    assert not ERP.takes_journals
