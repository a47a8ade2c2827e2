"""Whether the instance has the pinned endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from mlc_pipelines.errors import ConfigurationError, DataError, NotFound, Unavailable
from mlc_pipelines_tests.erp.acumatica.conftest import COOKIE, OAUTH, Open
from mlc_pipelines_tests.erp.acumatica.instance import Instance
from mlc_sandbox.faults import Action, Fault, answer


@pytest.mark.parametrize("auth", [OAUTH, COOKIE])
@pytest.mark.parametrize("listed_for", ["signed in", "all", "none"])
def test_the_endpoint_is_found_with_a_session_that_has_ended(
    instance: Instance, open_source: Open, auth: dict[str, Any], listed_for: Any
):
    open_source(instance, auth=auth).rows("accounts")
    instance.expire()
    instance.listed_for = listed_for
    assert open_source(instance, auth=auth).rows("accounts") == []


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (answer(404), DataError),
        (answer(200, {}, "<html>Sign in</html>"), DataError),
        (answer(200, {}, '{"x": 1}'), DataError),
        (answer(200, {}, '{"endpoints": [{"na'), Unavailable),
    ],
)
def test_an_address_without_a_list_of_endpoints(
    instance: Instance, open_source: Open, page: Action, error: type[Exception]
):
    instance.faults.add(Fault("GET", "/entity$", page))
    with pytest.raises(error, match=r"entity answered without a list of endpoints.*Check base_url"):
        open_source(instance).rows("accounts")


def test_a_missing_endpoint_that_is_not_listed_is_told_by_the_first_read(instance: Instance, open_source: Open):
    instance.listed_for = "none"
    with pytest.raises(NotFound, match="Check endpoint and version"):
        open_source(instance, version="25.200.001").rows("accounts")


@pytest.mark.parametrize("bare", [False, True])
def test_the_endpoint_is_checked_before_anything_is_read(instance: Instance, open_source: Open, bare: bool):
    instance.bare_versions = bare
    wanted = r"no endpoint Default 25.200.001. There are: Default 22.200.001, Default 24.200.001."
    with pytest.raises(ConfigurationError, match=wanted):
        open_source(instance, version="25.200.001").rows("accounts")
    assert instance.queries == []
    assert open_source(instance).rows("accounts") == []
