"""Words of Anaplan's answers that nobody knows: an error that names what they are of, and no default."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mlc_pipelines.anaplan.discovery import Discovery
from mlc_pipelines.anaplan.outcomes import Action
from mlc_pipelines.errors import ConfigurationError, DataError
from mlc_pipelines_tests.anaplan.vendor import ScriptedVendor, TestClock

IMPORT = {"id": "112000000001", "name": "Load GL", "importDataSourceId": "113000000001"}


@pytest.fixture
def vendor() -> Iterator[ScriptedVendor]:
    with ScriptedVendor() as vendor:
        yield vendor


def discovery(vendor: ScriptedVendor, **members: object) -> Discovery:
    vendor.on("GET", "/imports", {"imports": [{**IMPORT, **members}]})
    return Discovery(vendor.api(TestClock()))


@pytest.mark.parametrize(("kind", "fills_a_list"), [("HIERARCHY_DATA", True), ("MODULE_DATA", False)])
def test_what_an_import_fills(vendor: ScriptedVendor, kind: str, fills_a_list: bool):
    assert discovery(vendor, importType=kind).action("import", "Load GL").into_list is fills_a_list


@pytest.mark.parametrize("kind", ["CALENDAR_DATA", None])
def test_an_import_into_what_nobody_knows_is_listed_and_not_used(vendor: ScriptedVendor, kind: str | None):
    (action,) = discovery(vendor, importType=kind).actions(["import"])
    with pytest.raises(DataError, match=f"import 'Load GL': importType is {repr(kind) if kind else 'empty'}.*MODULE"):
        assert action.into_list
    assert not Action("process", "118000000001", "Load all").into_list


@pytest.mark.parametrize(("kind", "error"), [("CONNECTOR", DataError), ("MODEL", ConfigurationError)])
def test_an_import_from_what_nobody_knows(vendor: ScriptedVendor, kind: str, error: type[Exception]):
    found = discovery(vendor, importType="MODULE_DATA")
    vendor.on("GET", f"/imports/{IMPORT['id']}", {"importMetadata": {"type": kind, "source": {}}})
    with pytest.raises(error, match="import 'Load GL'"):
        found.import_source(found.action("import", "Load GL"))


def test_a_list_that_says_neither_that_it_is_numbered_nor_that_it_is_not(vendor: ScriptedVendor):
    found = discovery(vendor)
    vendor.on("GET", "/lists", {"lists": [{"id": "101000000001", "name": "Accounts"}]})
    vendor.on("GET", "/lists/101000000001", {"metadata": {"numberedList": "true"}})
    with pytest.raises(DataError, match="numberedList as text, where a true or false belongs"):
        found.model_list("Accounts").metadata.flag("numberedList")
