"""The source on the sandbox's books: what is read is what is there, by both versions and whatever the server's ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from mlc_pipelines.erp.sap_business_one import ERP
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.erp.sap_business_one.conftest import MARCH
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.sap_business_one import DEFAULT_SQL_TABLES, SapBusinessOneSandbox

DOCUMENTS = [name for name, entity in ERP.entities.items() if entity.sign]
DIMENSIONS = [name for name, entity in ERP.entities.items() if entity.kind == "dimension"]
FAR = fiscal_period("FY2026-P01", date(2025, 1, 1), date(2026, 12, 31))


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[SapBusinessOneSandbox]:
    """Books that no test changes."""
    with SapBusinessOneSandbox(gl_lines=3_000, today=date(2026, 5, 20), clock=sandbox_clock()) as sandbox:
        yield sandbox


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_ledger_is_read_whole(shared_sandbox, opened, version):
    rows = opened(shared_sandbox, version).rows("journal_entries")
    truth = shared_sandbox.books.control(MARCH.start, MARCH.end)
    assert len(rows) == truth.lines
    assert sum(row["debit"] for row in rows) == truth.debit == sum(row["credit"] for row in rows)
    by_account = defaultdict(Decimal)
    for row in rows:
        by_account[row["account_number"]] += row["amount"]
    assert by_account == truth.by_account
    keys = [(row["transaction_id"], row["line_number"]) for row in rows]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("entity", DIMENSIONS)
def test_dimensions_are_read_whole(shared_sandbox, opened, version, entity):
    source = opened(shared_sandbox, version)
    table = shared_sandbox.books.tables[ERP.entities[entity].entity_set]
    rows = source.rows(entity)
    assert [row[ERP.entities[entity].key[0]] for row in rows] == [row[table.type.key] for row in table.in_order()]
    assert source.control(entity)[None].rows == len(table)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("entity", DOCUMENTS)
def test_documents_and_their_sums_agree(shared_sandbox, opened, version, entity):
    declared = ERP.entities[entity]
    source = opened(shared_sandbox, version)
    rows = source.rows(entity, FAR)
    truth = shared_sandbox.books.documents(declared.entity_set, FAR.start, FAR.end)
    assert [row["id"] for row in rows] == [document["DocEntry"] for document in truth]
    counting = sum(document["DocTotal"] for document in truth if document.get("Cancelled") != "tYES")
    assert sum(row["amount"] for row in rows) == declared.sign * counting
    by_partner = defaultdict(Decimal)
    for row in rows:
        by_partner[row[declared.control_by]] += row["amount"]
    assert {code: total.amount for code, total in source.control(entity, FAR).items()} == by_partner


def test_the_ledger_is_tied_out_by_account_where_sql_may_read_it(sandbox, opened):
    sandbox.switches.sql_tables = DEFAULT_SQL_TABLES | {"OJDT", "JDT1"}
    totals = opened(sandbox).control("journal_entries")
    truth = sandbox.books.control(MARCH.start, MARCH.end)
    assert {account: total.amount for account, total in totals.items()} == truth.by_account
    assert sum(total.rows for total in totals.values()) == truth.lines


@pytest.mark.parametrize("tables", [DEFAULT_SQL_TABLES, None])
def test_the_ledger_is_counted_where_it_may_not(sandbox, opened, tables):
    sandbox.switches.sql_tables = tables
    (total,) = opened(sandbox).control("journal_entries").values()
    assert total.records == len(sandbox.books.tables["JournalEntries"].between(MARCH.start, MARCH.end))


@pytest.mark.parametrize(
    "switches",
    [
        {"next_link": "relative"},
        {"honours_page_size": False},
        {"largest_page": 7},
        {"pages_shift": True},
        {"v2_dates": "plain"},
        {"trouble_rate": 0.1},
    ],
)
def test_however_the_server_is_set_up(sandbox, opened, switches):
    for name, value in switches.items():
        setattr(sandbox.switches, name, value)
    source = opened(sandbox)
    assert len(source.rows("journal_entries")) == sandbox.books.control(MARCH.start, MARCH.end).lines
    partners = {row["vendor_id"] for row in source.rows("purchase_invoices", FAR)}
    assert set(source.control("purchase_invoices", FAR)) == partners


def test_what_changed_comes_by_the_feeds(sandbox, opened):
    source = opened(sandbox)
    rows = source.rows("purchase_orders", FAR)
    last = max(row["modified_at"] for row in rows).isoformat()
    newest = max(row["transaction_id"] for row in source.rows("journal_entries", FAR))
    sandbox.clock.advance(7 * 24 * 3600)
    order = rows[0]["id"]
    sandbox.books.change("PurchaseOrders", order, NumAtCard="changed")
    reversal = sandbox.books.cancel(newest)
    changed = {row["id"]: row for row in source.changes("purchase_orders", last)}
    assert changed[order]["reference"] == "changed"
    assert changed[order]["modified_at"].isoformat() > last
    entries = {row["transaction_id"] for row in source.changes("journal_entries", str(newest))}
    assert {newest, reversal} <= entries


def test_segmented_charts_keep_their_codes_and_show_their_format(opened):
    with SapBusinessOneSandbox(
        gl_lines=1_000, today=date(2026, 5, 20), segmented_chart=True, clock=sandbox_clock()
    ) as sandbox:
        source = opened(sandbox)
        accounts = {row["number"]: row["format_code"] for row in source.rows("chart_of_accounts")}
        posted = {row["account_number"] for row in source.rows("journal_entries")}
    assert all(number.startswith("_SYS") for number in posted)
    assert posted <= set(accounts)
    assert all(accounts.values())
