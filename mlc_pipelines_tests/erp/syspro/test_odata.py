"""The answers of the OData service that are none."""

from __future__ import annotations

from typing import Any

import pytest

from mlc_pipelines.errors import AuthenticationError
from mlc_pipelines_tests.erp.syspro.conftest import Open


def test_wrong_credentials_say_what_to_do(sandbox: Any, open_source: Open):
    with pytest.raises(AuthenticationError, match="enabled for OData") as refusal:
        open_source(sandbox, odata_user="NOBODY").rows("suppliers")
    assert sandbox.password not in str(refusal.value)
