"""Lists: read whole, and written without an import action (docs/vendors/anaplan.md, section 7)."""

from __future__ import annotations

import pyarrow as pa
import pytest

from mlc_pipelines.anaplan import ListLoad, Upload
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines_tests.anaplan.planning import DEPARTMENTS, THREE, Planning, Record
from mlc_sandbox.serving import Fault, drop_answer, reset_before


def test_list_members(planning: Planning):
    planning.sandbox.page_cap = 2
    with planning.client() as client:
        client.run(client.action("import", "Load Accounts"), Record(), content=THREE)
        table = client.list_members("Accounts")
        with pytest.raises(ConfigurationError, match="Did you mean 'Accounts'"):
            client.list_members("Acounts")
    assert table.column_names == ["id", "name", "code", "parent"]
    assert sorted(zip(table["code"].to_pylist(), table["name"].to_pylist(), strict=True))[:2] == [
        ("1000", "Cash"),
        ("2000", "Receivables"),
    ]


def members(planning: Planning) -> dict[str, tuple[str, dict]]:
    found = planning.model.list("Departments").members
    return {code: (member.name, dict(member.properties)) for code, member in found.items()}


def test_missing_members_are_added_and_others_changed(planning: Planning):
    with planning.client() as client:
        assert client.load_list("Departments", DEPARTMENTS) == ListLoad(2, 1, 0, ())
        assert members(planning) == {
            "100": ("100", {"Head": "Ada"}),
            "200": ("200", {}),
            "300": ("Sales", {}),
            "400": ("Øresund", {"Head": "Bo"}),
        }
        before = planning.model.changes
        assert client.load_list("Departments", DEPARTMENTS) == ListLoad(0, 0, 3, ())
    assert planning.model.changes == before


def test_calls_are_cut_and_failures_keep_their_row(planning: Planning):
    rows = pa.table({"Code": ["1", "2", "3", "4"], "Name": ["a", "b", "c", "a"]})
    with planning.client(how=Upload(members_per_call=2)) as client:
        load = client.load_list("Departments", rows)
    assert planning.sent("POST", "/items") == 2
    assert (load.added, load.updated, load.unchanged) == (3, 0, 0)
    assert [failure.row for failure in load.failures] == [3]
    assert load.failures[0].message


@pytest.mark.parametrize("fault", [drop_answer, reset_before])
def test_a_lost_answer_adds_nothing_twice(planning: Planning, fault):
    planning.sandbox.faults.add(Fault("POST", "/items", fault))
    with planning.client() as client:
        assert client.load_list("Departments", DEPARTMENTS) == ListLoad(2, 1, 0, ())
    assert set(members(planning)) == {"100", "200", "300", "400"}


def test_an_unknown_list(planning: Planning):
    with planning.client() as client, pytest.raises(ConfigurationError, match="Did you mean 'Departments'"):
        client.load_list("Department", DEPARTMENTS)
