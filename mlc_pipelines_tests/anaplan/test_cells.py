"""Cells written without an import action (docs/vendors/anaplan.md, section 7)."""

from __future__ import annotations

from decimal import Decimal

from mlc_pipelines.anaplan import Cell, Upload
from mlc_pipelines_tests.anaplan.planning import Planning
from mlc_sandbox.serving import Fault, drop_answer


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
