"""Mapping: every row is sent, excluded or quarantined, and every cent with it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_pipelines.config import Load
from mlc_pipelines.flows.delivery.mapping import Mapper
from mlc_pipelines.store.delivery_outcome import EXCLUDED, QUARANTINED, SENT
from mlc_pipelines_tests.flows.delivery.small_ledger import ENTITY, MAPS, MEMBERS, PERIOD, batches_of

LOAD = Load.model_validate(
    {
        "import": "Load Actuals",
        "columns": {
            "Account": "account",
            "Department": {"field": "department", "map": "departments", "default": "Unassigned"},
            "Period": {"period": "%b %y"},
            "Version": {"constant": "Actual"},
            "Amount": {"sum": "amount"},
        },
        "where": {"kind": {"not_in": ["Stat"]}},
        "members": {"Account": "Accounts"},
        "on_unmapped": "quarantine",
    }
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "account": st.sampled_from(["0100", "0200", "4000", "100", "9999", None]),
            "department": st.sampled_from(["Sales, EMEA", "R&D", "Legal", None, ""]),
            "kind": st.sampled_from(["Expense", "Stat", None]),
            "amount": st.decimals("-1e20", "1e20", places=4, allow_nan=False) | st.none(),
        }
    ),
    max_size=40,
)


def disposition_of(record: dict) -> str:
    """The rules, written once more and by hand."""
    if record["kind"] == "Stat":
        return EXCLUDED
    department_known = record["department"] in {"Sales, EMEA", "R&D", None, ""}
    return SENT if department_known and record["account"] in MEMBERS["Account"] else QUARANTINED


@settings(deadline=None)
@given(rows, st.integers(1, 7))
def test_every_row_and_every_cent_has_one_disposition(records: list[dict], size: int):
    mapper = Mapper(LOAD, ENTITY, PERIOD, MAPS, MEMBERS)
    tables = list(mapper.tables(batches_of(records, size)))
    for disposition in (SENT, EXCLUDED, QUARANTINED):
        expected = [record for record in records if disposition_of(record) == disposition]
        assert mapper.accounting.total_rows(disposition) == len(expected)
        assert mapper.accounting.total_amount(disposition) == sum((r["amount"] or 0 for r in expected), Decimal(0))
    in_file = sum((Decimal(text) for table in tables for text in table["Amount"].to_pylist()), Decimal(0))
    assert in_file == mapper.accounting.total_amount(SENT)


@settings(deadline=None)
@given(rows, st.integers(1, 7))
def test_the_file_holds_each_coordinate_once_with_its_exact_sum(records: list[dict], size: int):
    mapper = Mapper(LOAD, ENTITY, PERIOD, MAPS, MEMBERS)
    expected: dict[tuple[str, str], Decimal] = {}
    for record in records:
        if disposition_of(record) == SENT:
            department = MAPS["departments"].entries.get(record["department"] or "", "Unassigned")
            key = (record["account"], department)
            expected[key] = expected.get(key, Decimal(0)) + (record["amount"] or 0)
    lines = [line for table in mapper.tables(batches_of(records, size)) for line in table.to_pylist()]
    assert {(line["Account"], line["Department"]): Decimal(line["Amount"]) for line in lines} == expected
    assert len(lines) == len(expected)
    assert {(line["Period"], line["Version"]) for line in lines} <= {("May 26", "Actual")}


@settings(deadline=None)
@given(rows)
def test_the_file_does_not_depend_on_how_rows_are_cut(records: list[dict]):
    whole = list(Mapper(LOAD, ENTITY, PERIOD, MAPS, MEMBERS).tables(batches_of(records, 100)))
    cut = list(Mapper(LOAD, ENTITY, PERIOD, MAPS, MEMBERS).tables(batches_of(records, 1)))
    assert [table.to_pylist() for table in whole] == [table.to_pylist() for table in cut]


def test_unmapped_codes_are_named_with_what_hangs_on_them():
    records = [
        {"account": "9999", "department": "R&D", "kind": None, "amount": Decimal("10.10")},
        {"account": "9999", "department": "Legal", "kind": None, "amount": Decimal(-3)},
        {"account": "0100", "department": "R&D", "kind": None, "amount": Decimal(1)},
    ]
    mapper = Mapper(LOAD, ENTITY, PERIOD, MAPS, MEMBERS)
    list(mapper.tables(batches_of(records, 2)))
    found = {
        (u.column, u.value): (u.rows, u.amount, u.reason.words, u.record) for u in mapper.accounting.unmapped.values()
    }
    assert found == {
        ("Account", "9999"): (2, Decimal("7.10"), "no member of list Accounts", "0"),
        ("Department", "Legal"): (1, Decimal(-3), "no entry in maps/departments.csv", "1"),
    }
