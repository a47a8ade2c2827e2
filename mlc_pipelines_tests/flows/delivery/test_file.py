"""Files in the form that their import's metadata names, read by a model that is as strict: right cells, or a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from mlc_pipelines.anaplan import FileForm, UnrecordedTask
from mlc_pipelines.anaplan.exports import open_text
from mlc_pipelines.errors import ConfigurationError, DataError, UnmappedCodes
from mlc_pipelines.flows.delivery.file import csv_blocks
from mlc_pipelines.flows.monitoring.ping import ping
from mlc_pipelines.store.storage import Storage
from mlc_pipelines_tests.world import World, open_world, red
from mlc_sandbox.anaplan import ExportSpec

ENTITIES = ("accounts", "departments", "gl_activity")
PAIRS = [(f"{number}", f"Ø{number}") for number in range(7)]
BARE = [{"Code": "1", "Name": 'a "b"'}, {"Code": "2", "Name": ""}]


# -- the file ---------------------------------------------------------------------------------------------------------


def blocks(tmp_path: Any, form: FileForm, rows: list[dict[str, str]], **how: Any) -> list[bytes]:
    storage = Storage(str(tmp_path))
    storage.write("rows.parquet", pa.Table.from_pylist(rows))
    return list(csv_blocks(storage, "rows.parquet", replace(form, headers=tuple(rows[0])), block_rows=2, **how))


@pytest.mark.parametrize(
    ("codec", "mark"),
    [("utf-8", b""), ("utf-16", b"\xff\xfe"), ("utf-16-le", b""), ("utf-16-be", b""), ("utf-32", b"\xff\xfe\0\0")],
)
def test_a_byte_order_mark_stands_once(tmp_path: Any, codec: str, mark: bytes):
    made = blocks(tmp_path, FileForm(encoding=codec), [{"Code": code, "Name": name} for code, name in PAIRS])
    assert len(made) == 4
    assert b"".join(made).startswith(mark)
    text = b"".join(made).decode(codec)
    assert "\ufeff" not in text
    assert text.splitlines() == ['"Code","Name"', *(f'"{code}","{name}"' for code, name in PAIRS)]


def test_numbers_take_the_file_s_decimal_sign_and_texts_do_not(tmp_path: Any):
    rows = [{"Code": "1.2", "Amount": "-29943.5"}, {"Code": "3", "Amount": "7"}]
    form = FileForm(separator=";", decimal_sign=",")
    made = b"".join(blocks(tmp_path, form, rows, numbers=["Amount"]))
    assert made == b'"Code";"Amount"\n"1.2";"-29943,5"\n"3";"7"\n'


def test_without_a_delimiter_texts_are_bare(tmp_path: Any):
    assert b"".join(blocks(tmp_path, FileForm(separator=";", quote=""), BARE)) == b'Code;Name\n1;a "b"\n2;\n'


def test_a_letter_that_slipped_through_is_a_fault_of_ours(tmp_path: Any):
    with pytest.raises(DataError, match=r"iso8859-1 of the import's file has no 'Ł'.*UTF-8"):
        blocks(tmp_path, FileForm(encoding="iso8859-1"), [{"Code": "Ł"}])


# -- the model --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world"), make_database_url(), only=ENTITIES, gl_lines=600) as world:
        world.full = True
        assert red(world.round_trip()) == {}
        yield world


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    catalogue = shared.model.catalogue
    tenant_file = shared.home / f"tenants/{shared.tenant}.yaml"
    before, files = tenant_file.read_text(encoding="utf-8"), dict(catalogue.files)
    shared.anaplan.log.clear()
    yield shared
    catalogue.files.update(files)
    catalogue.exports.clear()
    shared.anaplan.metadata_words = False
    tenant_file.write_text(before, encoding="utf-8")
    shared.read_again()


def reform(world: World, action: str, **form: Any) -> None:
    """A model builder makes the import anew, from a file of another form."""
    catalogue = world.model.catalogue
    (file_id,) = [catalogue.file_of_import[key] for key, spec in catalogue.imports.items() if spec.name == action]
    catalogue.files[file_id] = replace(catalogue.files[file_id], **form)


def rename(world: World, number: str, name: str) -> None:
    sql = "UPDATE account SET accountsearchdisplaynamecopy = ? WHERE acctnumber = ?"
    world.erp.books.cursor().execute(sql, [name, number])


def uploads(world: World) -> int:
    return sum("/files/" in line.path and line.method in {"POST", "PUT"} for line in world.anaplan.log)


def told(world: World, subject: str) -> list[Any]:
    tenant = world.runtime.tenant(world.tenant)
    return [finding for finding in ping(world.runtime, tenant) if finding.subject == f"anaplan: {subject}"]


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize(
    "form",
    [
        {"separator": ";", "decimal_separator": ","},
        {"separator": ",", "decimal_separator": ",", "thousands_separator": "."},
        {"separator": "\t", "delimiter": "", "decimal_separator": ",", "encoding": "UTF-16"},
        {"separator": "|", "encoding": "windows-1252", "date_format": "yyyy-MM-dd"},
    ],
)
def test_cells_are_right_in_every_form_that_is_served(world: World, form: dict[str, str], words: bool):
    world.anaplan.metadata_words = words
    reform(world, "Load Actuals", **form)
    world.post("29943.57", debit="6010", department=11)
    assert red(world.round_trip()) == {}
    assert world.cells() == world.ledger() != {}


def test_members_keep_their_codes_without_a_delimiter_and_in_utf_16(world: World):
    before = set(world.model.list("GL Accounts").members)
    reform(world, "Load GL Accounts", delimiter="", separator=";", encoding="UTF-16")
    assert world.land("accounts")["accounts"].error is None
    assert world.load("accounts").error is None
    assert set(world.model.list("GL Accounts").members) == before


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"decimal_separator": "·"}, "decimalSeparator '·'"),
        ({"thousands_separator": "."}, "thousandsSeparator '.'.*decimal sign as well"),
        ({"delimiter": "'"}, r"textDelimiter \"'\""),
        ({"separator": "§"}, "columnSeparator '§'"),
        ({"encoding": "x-klingon"}, "textEncoding 'x-klingon'.*UTF-8"),
        ({"header_row": 0, "first_data_row": 1}, "headerRow 0"),
        ({"header_row": 3, "first_data_row": 4}, "headerRow 3"),
        ({"first_data_row": 3}, "firstDataRow 3"),
        ({"date_format": "dd.MM.yyyy"}, "dateFormat 'dd.MM.yyyy'"),
    ],
)
def test_a_form_that_is_not_served_is_told_by_ping_and_stops_the_load(world: World, form: dict[str, Any], words: str):
    reform(world, "Load Actuals", **form)
    (finding,) = told(world, "import Load Actuals")
    assert not finding.ok
    assert "import 'Load Actuals'" in finding.message
    assert "Have a model builder" in finding.remedy
    outcome = world.load("gl_activity")
    assert isinstance(outcome.error, ConfigurationError)
    with pytest.raises(ConfigurationError, match=words):
        raise outcome.error
    assert uploads(world) == 0


@pytest.mark.parametrize(
    ("encoding", "codec", "name", "letter", "sent"),
    [
        ("ISO-8859-1", "iso8859-1", "Usługi", "ł", "Us?ugi"),
        ("windows-1252", "cp1252", "Rent → 2027", "→", "Rent ? 2027"),
        ("US-ASCII", "ascii", "Büro 50 €", "ü", "B?ro 50 ?"),
    ],
)
def test_a_letter_that_the_encoding_lacks_stops_the_load_or_is_replaced(
    world: World, encoding: str, codec: str, name: str, letter: str, sent: str
):
    reform(world, "Load GL Accounts", encoding=encoding)
    rename(world, "6010", name)
    assert world.land("accounts")["accounts"].error is None
    outcome = world.load("accounts")
    assert isinstance(outcome.error, UnmappedCodes)
    words = (f"Name {name!r}", f"{codec} has no {letter!r}")
    for part in ("import Load GL Accounts", *words, "first record ", "to UTF-8"):
        assert part in str(outcome.error)
    assert uploads(world) == 0
    (found, warning) = told(world, "import Load GL Accounts")
    assert found.ok
    assert codec in warning.message
    assert "UTF-8" in warning.remedy

    world.change_load("accounts", on_unmapped="quarantine")
    assert isinstance(world.load("accounts").error, UnmappedCodes), "fail means the whole load"

    world.change_load("accounts", on_unencodable="replace")
    outcome = world.load("accounts")
    assert outcome.error is None
    assert "1 in Name" in next(check.message for check in outcome.checks if check.rule == "codes_mapped")
    assert world.model.list("GL Accounts").members["6010"].name == sent
    rename(world, "6010", "Services")


@pytest.mark.parametrize("name", ["Rent; heat", '"Rent"', "Rent\nheat"])
def test_a_text_that_needs_a_delimiter_stops_the_load_where_there_is_none(world: World, name: str):
    reform(world, "Load GL Accounts", delimiter="", separator=";")
    rename(world, "6010", name)
    assert world.land("accounts")["accounts"].error is None
    outcome = world.load("accounts")
    assert isinstance(outcome.error, UnmappedCodes)
    assert "first record" in str(outcome.error)
    assert "text delimiter" in str(outcome.error)
    assert uploads(world) == 0
    rename(world, "6010", "Services")


# -- exports ----------------------------------------------------------------------------------------------------------


def plan(world: World, **form: Any) -> None:
    world.model.catalogue.exports["116000000000"] = ExportSpec("Budget", "GL Actuals", **form)

    def change(document: dict[str, Any]) -> None:
        document["plan"] = {
            "export": "Budget",
            "columns": {
                "account": "GL Accounts",
                "period": {"column": "Time", "format": "%b %y"},
                "amount": "Amount",
            },
            "version": "FY26 Budget",
            "approved": {"column": "Versions", "equals": "Actual"},
        }

    world.change_tenant(change)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"layout": "GRID_CURRENT_PAGE"}, "layout 'GRID_CURRENT_PAGE'"),
        ({"layout": "GRID_ALL_PAGES"}, "layout 'GRID_ALL_PAGES'"),
        ({"format": "application/vnd.ms-excel"}, "exportFormat 'application/vnd.ms-excel'"),
        ({"format": "application/pdf"}, "exportFormat 'application/pdf'"),
        ({"separator": "§"}, "separator '§'"),
        ({"encoding": "x-klingon"}, "encoding 'x-klingon'"),
    ],
)
def test_an_export_that_is_no_table_of_text_is_not_run(world: World, form: dict[str, Any], words: str):
    plan(world, **form)
    (finding,) = told(world, "export Budget")
    assert (finding.ok, words in finding.message) == (False, True)
    with (
        world.runtime.anaplan(world.runtime.tenant(world.tenant)) as client,
        pytest.raises(ConfigurationError, match=words),
    ):
        client.export(client.action("export", "Budget"), UnrecordedTask())
    assert world.tasks("Budget") == []


@pytest.mark.parametrize("form", [{}, {"format": "text/plain", "separator": ";"}, {"delimiter": "", "separator": "\t"}])
def test_an_export_that_is_one_is_read_as_its_metadata_says(world: World, form: dict[str, Any]):
    plan(world, **form)
    (finding,) = told(world, "export Budget")
    assert finding.ok
    with world.runtime.anaplan(world.runtime.tenant(world.tenant)) as client:
        table = client.export(client.action("export", "Budget"), UnrecordedTask()).table
    total = sum(Decimal(row["Amount"]) for row in table.to_pylist())
    assert table.num_rows == len(world.model.module("GL Actuals").cells)
    assert total == sum(world.model.module("GL Actuals").cells.values())


def test_ping_tells_a_column_that_the_export_lacks(world: World):
    plan(world)
    world.change_tenant(lambda document: document["plan"]["columns"].update(amount="Total"))
    (finding,) = told(world, "export Budget")
    assert not finding.ok
    assert "no column Total" in finding.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\n,Jan 26,Feb 26\nRent,10,20\n", "first line .* is empty"),
        (b",,\n,Jan 26\nRent,1\n", "first line .* is empty"),
    ],
)
def test_a_grid_without_selectors_is_no_empty_file(content: bytes, words: str):
    with pytest.raises(DataError, match=words), open_text([content], "the file"):
        pass
