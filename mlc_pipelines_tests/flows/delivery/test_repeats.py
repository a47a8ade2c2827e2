"""Loads without a sum: equal rows are sent once, and rows that would take each other's place are refused by record."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from mlc_pipelines.config import Load
from mlc_pipelines.erp.base import MONEY, Entity, Field
from mlc_pipelines.errors import DataError
from mlc_pipelines.fiscal import month_periods
from mlc_pipelines.flows.delivery.mapping import Mapper
from mlc_pipelines.flows.delivery.repeats import Repeats
from mlc_pipelines.flows.delivery.target import LONGEST_NAME, Target
from mlc_pipelines.store.delivery_outcome import SENT, AccountedRows
from mlc_pipelines.store.snapshot_file import SOURCE_ID

ENTITY = Entity(
    name="invoices",
    kind="fact",
    meaning="Lines of invoices.",
    fields=(
        Field("number", pa.string(), "Number.", required=True),
        Field("line", pa.string(), "Line."),
        Field("supplier", pa.string(), "Supplier."),
        Field("contact", pa.string(), "Contact.", personal=True),
        Field("amount", MONEY, "Amount."),
        Field("debit", MONEY, "Debit."),
        Field("quantity", MONEY, "Quantity."),
    ),
    key=("number", "line"),
    amount="amount",
    control_by="supplier",
)
PERIOD = month_periods([2026], start_month=1)[4]
LIST, MODULE = Target(into_list=True), Target()


def lines(*rows: tuple[Any, ...]) -> list[pa.RecordBatch]:
    """Number, line, supplier, amount; cut into batches of one."""
    schema = pa.schema([(f.name, f.type) for f in ENTITY.fields] + [(SOURCE_ID, pa.string())])
    records = [
        {"number": n, "line": line, "supplier": s, "amount": Decimal(a), SOURCE_ID: f"{n}/{line}"}
        for n, line, s, a in rows
    ]
    return [pa.RecordBatch.from_pylist([record], schema) for record in records]


def send(
    columns: dict[str, Any], rows: list[pa.RecordBatch], target: Target = LIST
) -> tuple[Mapper, list[dict[str, str]]]:
    load = Load.model_validate({"import": "Load Invoices", "columns": columns})
    mapper = Mapper(load, ENTITY, PERIOD, {}, {}, target=target)
    return mapper, [row for table in mapper.tables(rows) for row in table.to_pylist()]


TWO_LINES = lines(("7", "1", "A", 10), ("8", "1", "B", 5), ("7", "2", "A", 20))


@pytest.mark.parametrize("target", [LIST, MODULE])
@pytest.mark.parametrize(
    "columns", [{"Code": "number", "Supplier": "supplier"}, {"Document": "number", "Who": "supplier"}]
)
def test_equal_rows_are_sent_once_and_every_record_is_accounted_for(columns: dict[str, str], target: Target):
    mapper, sent = send(columns, TWO_LINES, target)
    assert [tuple(row.values()) for row in sent] == [("7", "A"), ("8", "B")]
    assert mapper.accounting.total_rows(SENT) == 3


@pytest.mark.parametrize(
    ("columns", "target"),
    [
        ({"Code": "number", "Supplier": "supplier"}, LIST),
        ({"Name": "number", "Supplier": "supplier"}, LIST),
        ({"Document": "number", "Supplier": "supplier"}, LIST),
    ],
)
def test_one_key_with_other_content_names_both_records(columns: dict[str, str], target: Target):
    rows = lines(("7", "1", "A", 0), ("8", "1", "B", 0), ("7", "2", "C", 0))
    with pytest.raises(DataError, match=r"import Load Invoices.*'7' of records 7/1 and 7/2, which differ in Supplier"):
        send(columns, rows, target)


def test_two_keys_that_differ_in_case_or_blanks_only_name_both_records():
    for other in ("AB 1", "ab  1", " ab 1"):
        with pytest.raises(DataError, match=r"records ab 1/1 and .*differ in upper and lower case or blanks"):
            send({"Code": "number"}, lines(("ab 1", "1", "A", 0), (other, "2", "A", 0)))


def test_coordinates_that_differ_in_case_only_are_one_cell_in_the_model():
    columns = {"Supplier": "supplier", "Amount": {"sum": "amount"}}
    with pytest.raises(DataError, match=r"'A' of records 1/1 and 2/1, which differ in Amount"):
        send(columns, lines(("1", "1", "A", 1), ("2", "1", "a", 2)), MODULE)


def test_numbers_of_one_place_in_a_module_are_refused_and_summed_when_asked_to():
    rows = lines(("7", "1", "A", 10), ("7", "2", "A", 20))
    with pytest.raises(DataError, match=r"'7' of records 7/1 and 7/2, which differ in Amount.*tells them apart"):
        send({"Document": "number", "Amount": "amount"}, rows, MODULE)
    assert send({"Document": "number", "Amount": {"sum": "amount"}}, rows, MODULE)[1] == [
        {"Document": "7", "Amount": "30"}
    ]
    apart = send({"Document": "number", "Line": "line", "Amount": "amount"}, rows, MODULE)[1]
    assert [row["Amount"] for row in apart] == ["10", "20"]


def test_equal_rows_with_an_amount_each_are_no_repetition():
    rows = lines(("7", "1", "A", 10), ("7", "2", "A", 10))
    with pytest.raises(DataError, match=r"records 7/1 and 7/2.*sum the amount"):
        send({"Code": "number", "Amount": "amount"}, rows)


def test_all_pairs_are_counted_and_five_are_shown():
    rows = lines(*((str(number), line, f"S{line}", 0) for line in ("1", "2") for number in range(7)))
    with pytest.raises(DataError, match=r"7 keys \(Code\)") as caught:
        send({"Code": "number", "Supplier": "supplier"}, rows)
    assert caught.value.message.count("differ in Supplier") == 5
    with pytest.raises(DataError, match=r"2 rows come more than once"):
        send({"Code": "number", "Amount": "amount"}, lines(*((n, x, "A", 1) for x in "12" for n in "78")))


def test_texts_that_run_on_to_the_same_are_others_and_headers_may_differ_in_case():
    rows = lines(("1", "1:1", "A", 0), ("11", ":1", "A", 0), ("1", "1:1", "B", 0))
    _, sent = send({"Code": "number", "code": "line"}, rows, MODULE)
    assert sent == [{"Code": "1", "code": "1:1"}, {"Code": "11", "code": ":1"}]


def test_personal_keys_are_not_shown():
    rows = lines(("7", "1", "A", 0), ("7", "2", "B", 0))
    secret = [batch.set_column(3, "contact", pa.array(["Ann Smith"])) for batch in rows]
    with pytest.raises(DataError, match=r"\(personal\) of records 7/1 and 7/2") as caught:
        send({"Name": "contact", "Supplier": "supplier"}, secret)
    assert "Ann" not in str(caught.value)


def test_each_of_several_sums_is_counted():
    columns = {
        "Supplier": "supplier",
        "Net": {"sum": "amount"},
        "Debit": {"sum": "debit"},
        "Pieces": {"sum": "quantity"},
    }
    rows = lines(("7", "1", "A", 10), ("8", "1", "B", 5), ("7", "2", "A", 20))
    rows = [batch.set_column(5, "debit", pa.array([Decimal(3)], MONEY)) for batch in rows]
    mapper, sent = send(columns, rows, MODULE)
    assert sent == [
        {"Supplier": "A", "Net": "30", "Debit": "6", "Pieces": "0"},
        {"Supplier": "B", "Net": "5", "Debit": "3", "Pieces": "0"},
    ]
    (found,) = [each for each in mapper.accounting.rows() if each.group == "A"]
    sums = {"Net": Decimal(30), "Debit": Decimal(6), "Pieces": Decimal(0)}
    assert found == AccountedRows("A", SENT, 2, Decimal(30), sums)


def test_texts_over_the_limits_are_named_by_record():
    names = Target(names=frozenset({"Code"}), numbered_code="Code", into_list=True)
    longest, longer = "x" * LONGEST_NAME, "x" * (LONGEST_NAME + 1)
    rows = lines((longest, "1", "A", 0), (longer, "1", "A", 0), ("#12", "1", "A", 0), ("12#", "1", longer, 0))
    mapper, sent = send({"Code": "number", "Supplier": "supplier"}, rows, names)
    assert [row["Code"] for row in sent] == [longest, "12#"]
    found = {unmapped.record: unmapped.reason.words for unmapped in mapper.accounting.unmapped.values()}
    assert "more than 60 characters" in found[f"{longer}/1"]
    assert "begins with #" in found["#12/1"]
    assert len(found) == 2


def test_rows_without_a_value_are_no_repetition_of_each_other():
    rows = {"Code": ["1", "2"], "Name": pa.array([None, None], pa.string()), SOURCE_ID: ["a", "b"]}
    with Repeats("Load", ["Code", "Name"], ["Code"], []) as repeats:
        repeats.add(pa.table(rows))
        (sent,) = repeats.once()
    assert sent["Code"].to_pylist() == ["1", "2"]
