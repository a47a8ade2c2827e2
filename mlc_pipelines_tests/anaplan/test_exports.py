"""Exports read as streams: any encoding and cut, flat memory, nobody else on the model; and landed as snapshots."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from mlc_pipelines.anaplan.exports import open_text
from mlc_pipelines.anaplan.file_form import export_form
from mlc_pipelines.errors import ConfigurationError, DataError, TaskFailed, Unavailable
from mlc_pipelines.fiscal import Period
from mlc_pipelines.store.db import Database
from mlc_pipelines_tests.anaplan.planning import (
    MODEL,
    PASSWORD,
    THREE,
    USER,
    Planning,
    Record,
    SandboxTime,
    accounts,
    actuals,
)
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.anaplan import TIME, VERSIONS, AnaplanSandbox, ExportSpec, User
from mlc_sandbox.serving import Fault, rewrite

PERIOD = Period("FY2026-P01", 2026, 1, date(2026, 1, 1), date(2026, 1, 31))
KEY = ("Accounts", "Departments", TIME, VERSIONS)
EXPORTS = [
    *MODEL.exports,
    ExportSpec("Wide", "GL", separator=";", encoding="UTF-16", codes=("Accounts",)),
    ExportSpec("Nothing", "GL", only={VERSIONS: ("Forecast",)}),
]


@pytest.fixture
def planning(database: Database) -> Iterator[Planning]:
    with AnaplanSandbox(
        [replace(MODEL, exports=EXPORTS)], users=[User(USER, PASSWORD)], clock=sandbox_clock()
    ) as sandbox:
        yield Planning(sandbox, database, SandboxTime(sandbox.clock))


def fill(client, names: dict[str, str] | None = None) -> None:
    names = names or {"1000": "Cash", "2000": 'Øre; ""and"", more'}
    rows = [(code, name, "TA") for code, name in names.items()]
    client.run(client.action("import", "Load Accounts"), Record(), content=accounts(*rows))
    loaded = actuals(("1000", "100", "Jan 26", "1.5"), ("2000", "200", "Feb 26", "-5"))
    client.run(client.action("import", "Load Actuals"), Record(), content=loaded)


def read(chunks: Iterable[bytes], **how: str) -> pa.Table:
    with open_text(chunks, "the file", export_form("export 'X'", {}, how)) as rows:
        return pa.Table.from_batches(rows.batches, rows.schema)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "ISO-8859-1"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_cut_anywhere_in_any_encoding(encoding: str, size: int):
    text = '"Na\r\nme";Øre\r\n"a ""b"";\r\nc";007\r\n;\r\nlast;é'
    content = text.encode(encoding)
    table = read([content[i : i + size] for i in range(0, len(content), size)], encoding=encoding, separator=";")
    assert table.schema == pa.schema([("Na\r\nme", pa.string()), ("Øre", pa.string())])
    assert [tuple(row.values()) for row in table.to_pylist()] == [('a "b";\r\nc', "007"), ("", ""), ("last", "é")]


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(mark: str):
    assert read(["Code,A\n1,2\n".encode(mark)], encoding=mark.removesuffix("-sig")).column_names == ["Code", "A"]


def test_names_may_be_there_twice_and_values_stay_as_they_are():
    table = read([b"A,A,B\n0010,NULL,1e5\n"])
    assert table.column_names == ["A", "A", "B"]
    assert [column[0].as_py() for column in table.columns] == ["0010", "NULL", "1e5"]


@pytest.mark.parametrize(("content", "names"), [(b"", []), (b"A,B\n", ["A", "B"]), (b"A,B", ["A", "B"])])
def test_a_file_without_rows(content: bytes, names: list[str]):
    table = read([content] if content else [])
    assert (table.column_names, table.num_rows) == (names, 0)


def test_a_ragged_row_is_named_without_its_figures():
    content = b"A,B\n" + b"1,2\n" * 5000 + b"secret figure,2,3\n"
    with pytest.raises(DataError, match="Row 5002 of the file has 3 columns, its header 2") as caught:
        read([content])
    assert "secret figure" not in str(caught.value)


AS_WIDE = b"Actual,Oslo,NOK\n,Jan 26,Feb 26\nRent,10,20\nTravel,1,2\n"


@pytest.mark.parametrize(
    "content",
    [
        AS_WIDE,
        AS_WIDE.replace(b"\n", b"\r\n"),
        b"Amount\tOslo\n\tJan 26\nRent\t10\n".replace(b"\t", b","),
        b'"Actual","Oslo, N","NOK"\n"","2026-01","FY26"\n"Rent","10","20"\n',
        b"Actual,Oslo\n,All Periods\n",
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_a_grid_as_wide_as_its_selectors_is_told_and_not_read_as_a_table(content: bytes, size: int):
    with pytest.raises(DataError, match=r"second line of the file .* grid layout .*TABULAR_MULTI_COLUMN"):
        read([content[i : i + size] for i in range(0, len(content), size)])


@pytest.mark.parametrize(
    "content",
    [
        b"Accounts,Periods,Amount\n,Jan 26,10\n",
        b"Accounts,Periods,Amount\n,Jan 26,(1 000.50)\n",
        b"Accounts,Periods,Amount\n,Jan 26,\n",
        b"Accounts,Periods,Amount\n1000,Jan 26,x\n,Feb 26,y\n",
    ],
)
def test_a_member_without_a_code_is_no_grid(content: bytes):
    assert read([content]).column_names == ["Accounts", "Periods", "Amount"]


def test_texts_of_a_member_without_a_code_are_read_where_anaplan_names_the_headers():
    form = replace(export_form("export 'X'", {}, {}), headers=("Accounts", "Comment"))
    with open_text([b"Accounts,Comment\n,late\n"], "the file", form) as rows:
        assert [row for batch in rows.batches for row in batch.to_pylist()] == [{"Accounts": "", "Comment": "late"}]


def test_bytes_of_another_encoding():
    with pytest.raises(DataError, match="is no utf-8"):
        read([b"A,B\n1,\xff\xfe\n"])
    with pytest.raises(DataError, match="is no utf-16"):
        read(["A\n1\n".encode("utf-16")[:-1]], encoding="UTF-16")
    with pytest.raises(ConfigurationError, match="export 'X' has encoding 'KLINGON', which is not served"):
        read([b""], encoding="KLINGON")


def test_an_error_of_a_later_chunk_comes_through_as_it_is():
    def chunks() -> Iterator[bytes]:
        yield b"A,B\n" + b"1,2\n" * 500_000
        raise Unavailable("the second chunk")

    with pytest.raises(Unavailable, match="the second chunk"):
        read(chunks())


def test_memory_does_not_grow_with_the_file():
    chunk = b"12345678,abcdefgh\n" * 100_000
    fetched = 0

    def chunks() -> Iterator[bytes]:
        nonlocal fetched
        yield b"A,B\n"
        for _ in range(200):
            fetched += 1
            yield chunk

    before, most, rows = pa.total_allocated_bytes(), 0, 0
    with open_text(chunks(), "the file") as file:
        for batch in file.batches:
            rows += batch.num_rows
            most = max(most, pa.total_allocated_bytes() - before)
    assert (rows, fetched) == (20_000_000, 200)
    assert most < 100_000_000, "a file of 360 MB"


def test_nothing_is_fetched_once_it_is_left():
    fetched: list[str] = []
    left = threading.Event()

    def chunks() -> Iterator[bytes]:
        yield b"A,B\n"
        for _ in range(1000):
            fetched.append("late" if left.is_set() else "in time")
            yield b"1,2\n" * 400_000

    with open_text(chunks(), "the file") as file:
        next(file.batches)
    left.set()
    with pytest.raises(ValueError, match="closed file"):
        list(file.batches)
    assert "late" not in fetched
    assert len(fetched) < 1000


def test_an_export_is_streamed_in_its_own_encoding(planning: Planning):
    with planning.client() as client:
        fill(client)
        with client.open_export(client.action("export", "Wide"), Record()) as file:
            rows = [row for batch in file.batches for row in batch.to_pylist()]
        names = client.export(client.action("export", "Wide"), Record()).table.column_names
    assert file.outcome.successful
    assert names == [*KEY, "Amount"]
    assert [(row["Accounts"], row["Amount"]) for row in rows] == [("1000", "1.5"), ("2000", "-5")]


def test_the_model_is_held_until_the_file_is_read(planning: Planning, database: Database):
    name = f"anaplan model {MODEL.workspace.id} {planning.model.id}"
    with planning.client() as client:
        fill(client)
        with (
            client.open_export(client.action("export", "Actuals out"), Record()),
            database.try_lock(name) as free,
        ):
            assert not free
        with database.try_lock(name) as free:
            assert free
        with (
            pytest.raises(RuntimeError, match="ours"),
            client.open_export(client.action("export", "Actuals out"), Record()),
        ):
            raise RuntimeError("ours")
        with database.try_lock(name) as free:
            assert free


def test_an_export(planning: Planning):
    with planning.client() as client:
        client.run(client.action("import", "Load Accounts"), Record(), content=THREE)
        loaded = actuals(("1000", "100", "Jan 26", "1.5"), ("2000", "200", "Feb 26", "-5"))
        client.run(client.action("import", "Load Actuals"), Record(), content=loaded)
        export = client.export(client.action("export", "Actuals out"), Record())
    assert export.outcome.successful
    rows = export.table.to_pylist()
    assert [(row["Accounts"], row["Departments"], row["Time"], row["Amount"]) for row in rows] == [
        ("1000", "100", "Jan 26", "1.5"),
        ("2000", "200", "Feb 26", "-5"),
    ]


def test_a_failed_export_is_no_old_file(planning: Planning):
    failed = rewrite(lambda body: re.sub(rb'"successful": ?true', b'"successful":false', body))
    with planning.client() as client:
        action = client.action("export", "Actuals out")
        assert client.run(action, Record()).successful, "and left a file"
        planning.sandbox.faults.add(Fault("GET", "/tasks/[0-9A-F]+$", failed, times=100))
        with pytest.raises(TaskFailed, match="earlier run"):
            client.export(action, Record())
