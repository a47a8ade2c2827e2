"""Views of any size by read requests: all pages, headers wherever they stand, and nothing left behind in Anaplan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest
from starlette.responses import JSONResponse, Response

from mlc_pipelines.anaplan.views import open_view
from mlc_pipelines.errors import ConfigurationError, DataError, TaskCancelled, TaskFailed, TransientError
from mlc_pipelines.store.db import Database
from mlc_pipelines_tests.anaplan.planning import MODEL, PASSWORD, USER, Planning, Record, SandboxTime, accounts, actuals
from mlc_pipelines_tests.anaplan.vendor import ScriptedVendor, TestClock
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.anaplan import AnaplanSandbox, User, ViewSpec
from mlc_sandbox.serving import Fault, answer

VIEW = ViewSpec("By period", ("Accounts",), ("Time",), ("Departments", "Versions", "Line items"))
WAIT = timedelta(minutes=10)
REQUEST = "/views/207000000001/readRequests"
ONE = f"{REQUEST}/R1"


@pytest.fixture
def planning(database: Database) -> Iterator[Planning]:
    modules = [replace(MODEL.modules[0], views=(VIEW,)), *MODEL.modules[1:]]
    with AnaplanSandbox(
        [replace(MODEL, modules=modules)], users=[User(USER, PASSWORD)], clock=sandbox_clock()
    ) as sandbox:
        planning = Planning(sandbox, database, SandboxTime(sandbox.clock))
        codes = [f"{n:04d}" for n in range(1, 26)]
        with planning.client() as client:
            members = accounts(*[(code, f"Account {code}", "TA") for code in codes])
            client.run(client.action("import", "Load Accounts"), Record(), content=members)
            cells = actuals(*[(code, "100", "Jan 26", f"{int(code)}.5") for code in codes])
            client.run(client.action("import", "Load Actuals"), Record(), content=cells)
        yield planning


@pytest.fixture
def vendor() -> Iterator[ScriptedVendor]:
    with ScriptedVendor() as server:
        views = [{"id": "207000000001", "name": "V"}]
        server.on("GET", "/modules/102/views", {"views": views, "meta": {"paging": {"totalSize": 1}}})
        server.on("POST", REQUEST, {"viewReadRequest": {"requestId": "R1", "requestState": "IN_PROGRESS"}})
        server.on("DELETE", ONE, {})
        yield server


def pages(vendor: ScriptedVendor, *contents: bytes, **state: object) -> None:
    known = {"availablePages": len(contents), "successful": True}
    vendor.on("GET", ONE, {"viewReadRequest": {"requestId": "R1", "requestState": "COMPLETE", **known, **state}})
    for number, content in enumerate(contents):
        vendor.on("GET", f"{ONE}/pages/{number}", lambda _, content=content: Response(content, media_type="text/csv"))


def read(vendor: ScriptedVendor, clock: TestClock | None = None) -> pa.Table:
    clock = clock or TestClock()
    with open_view(vendor.api(clock), "GL", "102", "V", deadline=WAIT) as rows:
        return pa.Table.from_batches(rows.batches, rows.schema)


@pytest.mark.parametrize("page_rows", [1, 7, 100])
def test_all_pages_arrive(planning: Planning, page_rows: int):
    planning.sandbox.read_page_rows = page_rows
    with planning.client() as client, client.read_view("GL", "By period") as rows:
        table = pa.Table.from_batches(rows.batches, rows.schema)
    assert set(table.schema.types) == {pa.string()}
    assert table.column_names[-1] == "Amount"
    assert sorted(table["Amount"].to_pylist(), key=float) == [f"{n}.5" for n in range(1, 26)]
    assert sum("/pages/" in line.path for line in planning.sandbox.log) == -(-25 // page_rows)
    assert [line.status for line in planning.sandbox.log if line.method == "DELETE"] == [200]


def test_the_default_view(planning: Planning):
    with planning.client() as client, client.read_view("GL", "default") as rows:
        assert sum(batch.num_rows for batch in rows.batches) == 25


def test_names_that_are_not_there(planning: Planning):
    with planning.client() as client:
        with pytest.raises(ConfigurationError, match="Did you mean 'GL'"), client.read_view("gl", "default"):
            pass
        with pytest.raises(ConfigurationError, match="Did you mean 'By period'"), client.read_view("GL", "By Periods"):
            pass


def test_the_model_is_held_while_a_view_is_read(planning: Planning, database: Database):
    name = f"anaplan model {MODEL.workspace.id} {planning.model.id}"
    with planning.client() as client:
        with client.read_view("GL", "default"), database.try_lock(name) as free:
            assert not free
        with database.try_lock(name) as free:
            assert free


def test_a_page_that_can_not_be_read_ends_the_request(planning: Planning):
    planning.sandbox.read_page_rows = 10
    planning.sandbox.faults.add(Fault("GET", "/pages/1$", answer(404)))
    with planning.client() as client, pytest.raises(TransientError), client.read_view("GL", "default") as rows:
        list(rows.batches)
    assert [line.status for line in planning.sandbox.log if line.method == "DELETE"] == [200]


def test_an_error_of_the_reader_ends_the_request_and_is_not_hidden(planning: Planning):
    planning.sandbox.faults.add(Fault("DELETE", "/readRequests/", answer(403), times=10))
    with planning.client() as client, pytest.raises(RuntimeError, match="ours"), client.read_view("GL", "default"):
        raise RuntimeError("ours")
    assert [line.status for line in planning.sandbox.log if line.method == "DELETE"] == [403]


@pytest.mark.parametrize(
    "second",
    [b"3,x\n", b"A,B\n3,x\n", b"A,B\r\n3,x", b"\xef\xbb\xbfA,B\n3,x\n"],
    ids=["no header", "header", "other line end", "byte order mark"],
)
def test_a_header_on_every_page_or_only_on_the_first(vendor: ScriptedVendor, second: bytes):
    pages(vendor, b'A,B\n1,"a\n""b"\n2,y', second, b"")
    assert read(vendor).to_pylist() == [{"A": "1", "B": 'a\n"b'}, {"A": "2", "B": "y"}, {"A": "3", "B": "x"}]
    assert vendor.sent("DELETE", ONE) == 1


def test_a_header_with_a_line_break(vendor: ScriptedVendor):
    pages(vendor, b'A,"B\nC"\n1,2\n', b'A,"B\nC"\n3,4\n')
    assert read(vendor).to_pylist() == [{"A": "1", "B\nC": "2"}, {"A": "3", "B\nC": "4"}]


def test_pages_are_read_to_the_first_missing_one_where_no_number_is_given(vendor: ScriptedVendor):
    pages(vendor, b"A\n1\n", b"2\n", availablePages=None)
    assert read(vendor)["A"].to_pylist() == ["1", "2"]


@pytest.mark.parametrize("available", [None, 3])
def test_a_page_that_vanished_is_not_the_end(vendor: ScriptedVendor, available: int | None):
    """Anaplan keeps them for half an hour that few pages set back."""
    pages(vendor, b"A\n1\n", b"2\n", b"3\n", availablePages=available)

    def vanish(_request: object) -> Response:
        del vendor.answers["GET", ONE]
        return JSONResponse({}, 404)

    vendor.on("GET", f"{ONE}/pages/2", vanish)
    with pytest.raises(TransientError, match="Page 2 of the read of view 'V' of module 'GL' has vanished"):
        read(vendor)


def test_a_view_without_rows(vendor: ScriptedVendor):
    pages(vendor, b"A,B\n")
    assert (read(vendor).num_rows, read(vendor).column_names) == (0, ["A", "B"])


def test_it_is_waited_for_at_a_modest_pace(vendor: ScriptedVendor):
    pages(vendor, b"A\n1\n")
    ready, looks = vendor.answers["GET", ONE], []

    def look(request):
        looks.append(request)
        return (
            ready(request)
            if len(looks) > 3
            else {"viewReadRequest": {"requestId": "R1", "requestState": "NOT_STARTED"}}
        )

    vendor.on("GET", ONE, look)
    clock = TestClock()
    assert read(vendor, clock).num_rows == 1
    assert clock.slept == [1, 5, 5]


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ({"requestState": "CANCELLED"}, TaskCancelled),
        ({"requestState": "COMPLETE", "successful": False}, TaskFailed),
        ({"requestState": "IN_PROGRESS"}, TransientError),
        ({"requestState": "IN_QUEUE"}, DataError),
    ],
)
def test_a_request_that_comes_to_nothing_is_deleted(vendor: ScriptedVendor, state: dict, error: type[Exception]):
    vendor.on("GET", ONE, {"viewReadRequest": {"requestId": "R1", **state}})
    with pytest.raises(error, match="view 'V' of module 'GL'"):
        read(vendor)
    assert vendor.sent("DELETE", ONE) == 1


def test_a_ragged_page(vendor: ScriptedVendor):
    pages(vendor, b"A,B\n1,2\n", b"3\n")
    with pytest.raises(DataError, match="Row 3 of view 'V'"):
        read(vendor)
    assert vendor.sent("DELETE", ONE) == 1


def test_a_request_that_is_gone_already(vendor: ScriptedVendor):
    pages(vendor, b"A\n1\n")
    vendor.on("DELETE", ONE, lambda _: JSONResponse({}, 404))
    assert read(vendor).num_rows == 1
