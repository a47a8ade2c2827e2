"""Every entity against what the sandbox's books hold, and accounts that have less, or more, than most."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pytest

from mlc_pipelines.erp.base import ControlTotal
from mlc_pipelines.erp.netsuite import ERP
from mlc_pipelines.errors import ConfigurationError, DataError
from mlc_pipelines_tests.erp.netsuite.conftest import ADJUSTMENT, DECEMBER, MARCH, TODAY, Open
from mlc_pipelines_tests.erp.netsuite.truth import BILLS, DIMENSIONS, LEDGER, ORDERS, same, truth
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.netsuite import NetSuiteSandbox
from mlc_sandbox.netsuite.books.entries import Entry, Line
from mlc_sandbox.netsuite.books.schema import POSTING_LINES

FACTS = [name for name, entity in ERP.entities.items() if entity.kind == "fact"]


def period_id(sandbox: NetSuiteSandbox, name: str = "Mar 2026") -> int:
    return sandbox.books.period(name).id


@pytest.mark.parametrize("entity", DIMENSIONS)
def test_a_dimension_is_whole(shared_sandbox: NetSuiteSandbox, open_source: Open, entity: str):
    expected = truth(shared_sandbox, DIMENSIONS[entity])
    source = open_source(shared_sandbox)
    same(source.rows(entity), expected)
    assert source.source.control(ERP.entities[entity], MARCH) == [ControlTotal(None, len(expected))]
    assert len(expected) > 1


@pytest.mark.parametrize(("page_rows", "row_limit"), [(1000, 100_000), (100, 100_000), (50, 300)])
def test_the_ledger_is_whole(shared_sandbox: NetSuiteSandbox, open_source: Open, page_rows: int, row_limit: int):
    source = open_source(shared_sandbox, page_rows=page_rows, row_limit=row_limit)
    rows = source.rows("gl_activity")
    same(rows, truth(shared_sandbox, LEDGER, period_id(shared_sandbox), 1))
    held = shared_sandbox.books.control(period_id(shared_sandbox))
    assert (len(rows), sum(row["debit"] for row in rows)) == (held.lines, held.debit)
    assert source.progress[-1].rows == source.progress[-1].expected == held.lines


@pytest.mark.parametrize("entity", FACTS)
@pytest.mark.parametrize("page_rows", [1000, 7])
def test_control_totals_are_those_of_the_rows(
    shared_sandbox: NetSuiteSandbox, open_source: Open, entity: str, page_rows: int
):
    declared = ERP.entities[entity]
    assert declared.control_by
    summed: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
    for row in open_source(shared_sandbox).rows(entity):
        group = summed["" if row[declared.control_by] is None else str(row[declared.control_by])]
        for place, value in enumerate((1, row["amount"], row.get("debit", 0), row.get("credit", 0))):
            group[place] += value or 0
    totals = open_source(shared_sandbox, page_rows=page_rows).source.control(declared, MARCH)
    assert {t.group: [t.rows, t.amount, t.debit or 0, t.credit or 0] for t in totals} == dict(summed)
    assert all((t.debit is None) == (t.credit is None) == (declared.debit is None) for t in totals)
    assert len(totals) == len(summed) > 5


def test_the_ledgers_control_totals_are_the_books(shared_sandbox: NetSuiteSandbox, open_source: Open):
    totals = open_source(shared_sandbox).source.control(ERP.entities["gl_activity"], MARCH)
    held = shared_sandbox.books.control(period_id(shared_sandbox))
    assert sum(total.rows or 0 for total in totals) == held.lines
    assert sum(total.debit or 0 for total in totals) == held.debit
    assert sum(total.credit or 0 for total in totals) == held.credit


def test_bills_and_orders_are_whole(shared_sandbox: NetSuiteSandbox, open_source: Open):
    source = open_source(shared_sandbox, page_rows=20)
    same(source.rows("vendor_bills"), truth(shared_sandbox, BILLS, "VendBill", period_id(shared_sandbox)))
    same(source.rows("purchase_orders"), truth(shared_sandbox, ORDERS, "PurchOrd", MARCH.start, MARCH.end))


@pytest.mark.parametrize("kind", ["VendBill", "PurchOrd"])
def test_what_has_no_line_in_the_ledger_costs_its_total(sandbox: NetSuiteSandbox, open_source: Open, kind: str):
    """A bill before approval, and an order: the sign can't come from the ledger."""
    books = sandbox.books
    period = period_id(sandbox)
    books.reopen_period(period)
    vendor = books.cursor().execute("SELECT min(id) FROM vendor").fetchall()[0][0]
    value, rate = Decimal("250.10"), Decimal("1.25")
    lines = [Line(books.account("0110").id, -value, number=0), Line(books.account("6010").id, value)]
    number = books.post(Entry(kind, MARCH.end, period, lines, entity=vendor, posting=False, exchange_rate=rate))
    entity = "vendor_bills" if kind == "VendBill" else "purchase_orders"
    rows = {row["id"]: row for row in open_source(sandbox).rows(entity)}
    assert (rows[number]["foreign_amount"], rows[number]["amount"]) == (value, Decimal("312.63"))


@pytest.mark.parametrize("word", ["Y", None])
@pytest.mark.parametrize("table", ["transaction", "transactionaccountingline"])
def test_a_line_that_says_neither_that_it_is_posted_nor_that_it_is_not(
    sandbox: NetSuiteSandbox, open_source: Open, table: str, word: str | None
):
    """No row of it comes, and totals that are asked for in the same words don't miss it."""
    cursor = sandbox.books.cursor()
    posted = f"SELECT min(id) FROM transaction WHERE posting = 'T' AND postingperiod = {period_id(sandbox)}"
    number = cursor.execute(posted).fetchall()[0][0]
    changed = f"""UPDATE {POSTING_LINES} SET "{table}.posting" = ? WHERE "transaction.id" = {number}"""
    cursor.execute(changed, [word])
    said = f"'{word}'" if word else "empty"
    line = rf"{table}\.posting of \d+ lines of Mar 2026, the first of transaction {number}, is {said}.*: T, F"
    for entity in ("gl_activity", "vendor_bills"):
        with pytest.raises(DataError, match=f"{entity}: {line}"):
            open_source(sandbox).source.control(ERP.entities[entity], MARCH)


@pytest.mark.parametrize("flag", ["isposting", "isadjust", "isquarter", "isyear", "isinactive"])
def test_a_period_that_says_neither_yes_nor_no(sandbox: NetSuiteSandbox, open_source: Open, flag: str):
    period = period_id(sandbox)
    sandbox.books.cursor().execute(f"UPDATE accountingperiod SET {flag} = 'J' WHERE id = {period}")
    with pytest.raises(DataError, match=f"accountingperiod {period}: {flag} is 'J'"):
        open_source(sandbox).rows("gl_activity")


def test_a_book_that_says_neither_yes_nor_no(sandbox: NetSuiteSandbox, open_source: Open):
    sandbox.books.cursor().execute("UPDATE accountingbook SET isadjustmentonly = 'maybe' WHERE id = 2")
    with pytest.raises(DataError, match="accountingbook 2: isadjustmentonly is 'maybe'"):
        open_source(sandbox).rows("gl_activity")


def test_an_adjustment_period_is_not_the_month_that_it_lies_over(shared_sandbox: NetSuiteSandbox, open_source: Open):
    source = open_source(shared_sandbox)
    december, adjusting = source.rows("gl_activity", DECEMBER), source.rows("gl_activity", ADJUSTMENT)
    same(december, truth(shared_sandbox, LEDGER, period_id(shared_sandbox, "Dec 2025"), 1))
    same(adjusting, truth(shared_sandbox, LEDGER, period_id(shared_sandbox, "Adj Dec 2025"), 1))
    assert december
    assert adjusting
    assert source.rows("purchase_orders", DECEMBER)
    assert source.rows("purchase_orders", ADJUSTMENT) == []
    assert source.source.control(ERP.entities["purchase_orders"], ADJUSTMENT) == []


def test_a_period_that_the_account_does_not_have(shared_sandbox: NetSuiteSandbox, open_source: Open):
    window = fiscal_period("FY2026-P03", MARCH.start, MARCH.end.replace(day=28))
    with pytest.raises(ConfigurationError, match=r"FY2026-P03 \(2026-03-01 to 2026-03-28\).*Mar 2026"):
        open_source(shared_sandbox).rows("gl_activity", window)
    with pytest.raises(ConfigurationError, match="FY2026-P03"):
        open_source(shared_sandbox).source.control(ERP.entities["vendor_bills"], window)


def test_the_second_book_by_id_or_name(shared_sandbox: NetSuiteSandbox, open_source: Open):
    expected = truth(shared_sandbox, LEDGER, period_id(shared_sandbox), 2)
    for book in ("2", "IFRS, secondary"):
        same(open_source(shared_sandbox, accounting_book=book).rows("gl_activity"), expected)
    with pytest.raises(ConfigurationError, match=r"no 'IFRS'.* Primary Accounting Book \(1\)"):
        open_source(shared_sandbox, accounting_book="IFRS").rows("gl_activity")


def test_only_the_chosen_subsidiaries(shared_sandbox: NetSuiteSandbox, open_source: Open):
    everything = open_source(shared_sandbox).rows("gl_activity")
    source = open_source(shared_sandbox, subsidiaries=["2", "Nordwind GmbH, Köln"])
    rows = source.rows("gl_activity")
    assert rows == [row for row in everything if row["subsidiary_id"] in {2, 3}]
    assert 0 < len(rows) < len(everything)
    control = source.source.control(ERP.entities["gl_activity"], MARCH)
    assert sum(total.rows or 0 for total in control) == len(rows)
    bills = source.rows("vendor_bills")
    assert {row["subsidiary_id"] for row in bills} <= {2, 3}
    assert sum(total.rows or 0 for total in source.source.control(ERP.entities["vendor_bills"], MARCH)) == len(bills)
    with pytest.raises(ConfigurationError, match=r"no 'Nordwind'"):
        open_source(shared_sandbox, subsidiaries=["Nordwind"]).rows("gl_activity")


@pytest.mark.parametrize(
    ("feature", "absent", "entity"),
    [
        ("oneworld", ["subsidiary_id", "subsidiary_name"], "subsidiaries"),
        ("departments", ["department_id", "department_name"], "departments"),
        ("classes", ["class_id", "class_name"], "classes"),
        ("locations", ["location_id", "location_name"], "locations"),
        ("multi_book", [], None),
    ],
)
def test_an_account_without_a_feature(
    sandbox: NetSuiteSandbox, open_source: Open, feature: str, absent: list[str], entity: str | None
):
    full = open_source(sandbox)
    expected = {name: full.rows(name) for name in ERP.entities}
    setattr(sandbox.switches.features, feature, False)
    bare = open_source(sandbox)
    rows = bare.rows("gl_activity")
    assert rows == [{**row, **dict.fromkeys(absent)} for row in expected["gl_activity"]]
    assert {row["accounting_book"] for row in rows} == {1}
    for name in ERP.entities:
        found = bare.rows(name)
        assert len(found) == (0 if name == entity else len(expected[name]))
        total = bare.source.control(ERP.entities[name], MARCH)
        assert sum(each.rows or 0 for each in total) == len(found)
    assert all(finding.ok for finding in bare.source.ping())


def test_an_account_with_nothing_optional(sandbox: NetSuiteSandbox, open_source: Open):
    for feature in vars(sandbox.switches.features):
        setattr(sandbox.switches.features, feature, False)
    source = open_source(sandbox)
    rows = source.rows("gl_activity")
    assert len(rows) == sandbox.books.control(period_id(sandbox)).lines
    assert all(row["department_name"] is row["subsidiary_id"] is None for row in rows)
    with pytest.raises(ConfigurationError, match="not OneWorld"):
        open_source(sandbox, subsidiaries=["1"]).rows("accounts")
    with pytest.raises(ConfigurationError, match="no accounting books"):
        open_source(sandbox, accounting_book="2").rows("accounts")


def test_features_cost_one_request_where_all_are_there(shared_sandbox: NetSuiteSandbox, open_source: Open):
    source = open_source(shared_sandbox)
    source.rows("departments")
    before = len(shared_sandbox.log)
    source.rows("departments")
    source.rows("locations")
    assert len(shared_sandbox.log) == before + 2
    queries = [json.loads(each.body)["q"] for each in shared_sandbox.log[-5:] if each.path.endswith("suiteql")]
    assert sum("COUNT(tl.department)" in query for query in queries) == 1


def test_other_wire_forms_give_the_same_rows(sandbox: NetSuiteSandbox, open_source: Open):
    expected = open_source(sandbox).rows("gl_activity")
    sandbox.switches.terse_numbers = True
    sandbox.switches.date_format = "DD.MM.YYYY"
    sandbox.switches.expires_in_as_text = True
    assert open_source(sandbox).rows("gl_activity") == expected


def test_requests_keep_the_documented_rules(shared_sandbox: NetSuiteSandbox, open_source: Open):
    shared_sandbox.log.clear()
    source = open_source(shared_sandbox, page_rows=100)
    for name, entity in ERP.entities.items():
        source.rows(name)
        source.source.control(entity, MARCH)
    queries = [each for each in shared_sandbox.log if each.path.endswith("/suiteql")]
    for each in queries:
        assert each.query in ({"limit": "100", "offset": "0"}, {"limit": "1000", "offset": "0"})
        assert {name.lower(): value for name, value in each.headers.items()}["prefer"] == "transient"
        sql = json.loads(each.body)["q"]
        assert sql == " ".join(sql.split())
    assert not any("cookie" in {name.lower() for name in each.headers} for each in shared_sandbox.log)
    assert all(each.status == 200 for each in shared_sandbox.log)
    assert MARCH.end < TODAY


def test_rsa_keys(sandbox: NetSuiteSandbox, open_source: Open):
    sandbox.integration = sandbox.add_integration("RSA")
    assert open_source(sandbox).rows("subsidiaries")


@pytest.mark.parametrize("entity", [name for name, declared in ERP.entities.items() if declared.watermark])
def test_a_feed_gives_what_changed_since_its_watermark(shared_sandbox: NetSuiteSandbox, open_source: Open, entity: str):
    declared = ERP.entities[entity]
    source = open_source(shared_sandbox).source

    def feed(since: datetime) -> list[dict[str, Any]]:
        batches = source.changes(declared, since.isoformat())
        return pa.Table.from_batches(batches, declared.schema).to_pylist()

    whole = feed(datetime(1990, 1, 1))  # noqa: DTZ001 - NetSuite's own have no zone
    stamps = sorted({row["modified_at"] for row in whole})
    middle = stamps[len(stamps) // 2]
    key = itemgetter(*declared.key)
    assert sorted(map(key, feed(middle))) == sorted(
        key(row) for row in whole if row["modified_at"] >= middle - timedelta(days=1)
    )
    assert len(whole) == len(set(map(key, whole))) > 0


def test_an_entity_without_stamp_has_no_feed(shared_sandbox: NetSuiteSandbox, open_source: Open):
    without = [declared for declared in ERP.entities.values() if not declared.watermark]
    source = open_source(shared_sandbox).source
    for declared in without:
        with pytest.raises(ValueError, match="no change stamp"):
            next(source.changes(declared, "2026-01-01T00:00:00"))
