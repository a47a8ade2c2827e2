"""Lists and cells without an import action (docs/vendors/anaplan.md, section 7)."""

from __future__ import annotations

import re
from decimal import Decimal

import pyarrow as pa
import pytest

from mlc_pipelines.anaplan import Cell, ListLoad, Upload
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines_tests.anaplan.planning import Planning
from mlc_sandbox.serving import Fault, drop_answer, reset_before

DEPARTMENTS = pa.table(
    {
        "Code": ["100", "300", "400"],
        "Name": ["100", "Sales", "Øresund"],
        "Head": ["Ada", None, "Bo"],
    }
)


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


def test_what_the_model_offers_is_fetched_once_in_a_run(planning: Planning):
    with planning.client() as client:
        for _ in range(2):
            client.load_list("Departments", DEPARTMENTS)
            client.list_members("Departments")
            assert not client.is_numbered("Departments")
            client.export_form(client.action("export", "Actuals out"))
            client.cell_dimensions("GL", "Amount")
    asked = ("/lists", r"/lists/\d+", "/exports", "/modules")
    paths = [line.path for line in planning.sandbox.log]
    assert [sum(bool(re.search(f"{each}$", path)) for path in paths) for each in asked] == [1, 1, 1, 1]


def test_an_unknown_list(planning: Planning):
    with planning.client() as client, pytest.raises(ConfigurationError, match="Did you mean 'Departments'"):
        client.load_list("Department", DEPARTMENTS)


def test_cells_are_written_exactly(planning: Planning):
    wanted = [
        Cell("FTE", {"Departments": "100"}, Decimal("9007199254740993.25")),
        Cell("FTE", {"Departments": "nowhere"}, 1),
        Cell("FTE", {"Departments": "200"}, Decimal("1E+2")),
        Cell("FTF", {"Departments": "200"}, 3),
    ]
    with planning.client(how=Upload(cells_per_call=2)) as client:
        write = client.write_cells("Heads", wanted)
    assert planning.model.module("Heads").cells == {
        ("100", "FTE"): Decimal("9007199254740993.25"),
        ("200", "FTE"): Decimal(100),
    }
    assert (write.sent, write.changed) == (4, 2)
    assert [failure.place for failure in write.failures] == [1, 3]
    assert planning.sent("POST", "/data") == 2


def test_a_call_stays_below_the_size_that_anaplan_takes(planning: Planning):
    wanted = [Cell("FTE", {"Departments": "100"}, n) for n in range(20)]
    with planning.client(how=Upload(bytes_per_call=400)) as client:
        assert client.write_cells("Heads", wanted).sent == 20
    sizes = [line.body_bytes for line in planning.sandbox.log if line.path.endswith("/data")]
    assert len(sizes) > 3
    assert max(sizes) <= 400


def test_a_lost_answer_of_cells_is_asked_for_again(planning: Planning):
    planning.sandbox.faults.add(Fault("POST", "/data", drop_answer))
    with planning.client() as client:
        client.write_cells("Heads", [Cell("FTE", {"Departments": "100"}, 5)])
    assert planning.model.module("Heads").cells == {("100", "FTE"): Decimal(5)}
