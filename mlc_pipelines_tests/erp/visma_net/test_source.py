"""What is asked of Visma.net, and what becomes of its answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.responses import JSONResponse

from mlc_pipelines.erp.base import ControlTotal
from mlc_pipelines.erp.visma_net import ERP
from mlc_pipelines.erp.visma_net.source import OVERLAP, filter_text
from mlc_pipelines_tests.erp.visma_net.conftest import ADJUSTMENT, MARCH
from mlc_pipelines_tests.erp.visma_net.scripted import BALANCES, INVOICES, LINES, ORDERS, SUPPLIERS, filters


@pytest.mark.parametrize("entity", [name for name, each in ERP.entities.items() if not each.feed])
def test_what_has_no_feed_has_no_watermark(script, open_source, entity):
    assert ERP.entities[entity].watermark is None
    with pytest.raises(ValueError, match=entity):
        open_source(script).changes(entity, "2026-03-04T10:00:00+00:00")


@pytest.mark.parametrize("entity", [name for name, each in ERP.entities.items() if each.feed])
def test_what_has_a_feed_has_a_watermark(entity):
    assert ERP.entities[entity].watermark == "modified_at"


def test_an_adjustment_period_has_no_orders(script, open_source):
    opened = open_source(script)
    assert opened.rows("purchase_orders", ADJUSTMENT) == []
    assert opened.source.control(ERP.entities["purchase_orders"], ADJUSTMENT) == []
    assert script.queries(ORDERS) == []


def test_an_invoice_and_a_credit_of_one_number_are_two(script, open_source):
    def document(kind: str, **members):
        lines = [{"lineNumber": 1, "cost": 12500.1234, "costInCurrency": 1}]
        head = {
            "referenceNumber": "000123",
            "financialPeriod": "202603",
            "postPeriod": "042026",
            "detailTotal": 12500.1234,
        }
        supplier = {"supplier": {"internalId": 77, "number": "50000", "name": "Nordic Steel AS"}}
        return {"documentType": kind, **head, **supplier, "invoiceLines": lines, **members}

    script.lists[INVOICES] = [
        document("Invoice"),
        document("DebitAdj", detailTotal=12500.1234),
        document("Invoice") | {"referenceNumber": "000124", "detailTotal": 1},
    ]
    opened = open_source(script)
    rows = opened.rows("supplier_invoices")
    assert [(row["document_type"], row["document_number"], row["amount"], row["foreign_amount"]) for row in rows] == [
        ("DebitAdj", "000123", Decimal("-12500.1234"), -1),
        ("Invoice", "000123", Decimal("12500.1234"), 1),
        ("Invoice", "000124", Decimal("12500.1234"), 1),
    ]
    assert {row["financial_period"] for row in rows} == {"202603"}
    totals = opened.source.control(ERP.entities["supplier_invoices"], MARCH)
    assert totals == [ControlTotal("77", amount=Decimal(1))]


def test_an_invoice_in_foreign_currency_ties_also_when_its_lines_were_rounded_one_by_one(script, open_source):
    def document(number: str, total: float, rate: float):
        lines = [{"lineNumber": 1, "cost": 3.34}, {"lineNumber": 2, "cost": 6.68}]
        head = {"documentType": "Invoice", "referenceNumber": number, "financialPeriod": "202603"}
        return {
            **head,
            "supplier": {"internalId": 7},
            "detailTotal": total,
            "exchangeRate": rate,
            "invoiceLines": lines,
        }

    script.lists[INVOICES] = [document("1", 10.01, 11.5), document("2", 10.02, 1), document("3", 90, 11.5)]
    opened = open_source(script)
    assert sum(row["amount"] for row in opened.rows("supplier_invoices")) == Decimal("30.06")
    totals = opened.source.control(ERP.entities["supplier_invoices"], MARCH)
    assert totals == [ControlTotal("7", amount=Decimal("10.02") * 2 + 90)]


def test_the_ledger_is_tied_out_with_its_balances(script, open_source):
    def line(number: int, **members):
        key = {"module": "GL", "batchNumber": "1", "lineNumber": number, "ledger": {"id": "1"}, "period": "032026"}
        return {**key, "account": {"number": "4000"}, **members}

    def balance(account: str, subaccount: str, debit: float, credit: float):
        movement = {"periodToDateDebit": debit, "periodToDateCredit": credit}
        key = {"ledger": {"id": "1"}, "branch": {"number": "1"}, "financialPeriod": "202603", "currencyId": "NOK"}
        return {**key, "account": {"number": account}, "subaccountId": subaccount, **movement}

    script.lists[LINES] = [line(1, debitAmount=100.1, creditAmount=None), line(2, creditAmount=0.0001)]
    script.lists[BALANCES] = [
        balance("4000", "12", 100.1, 0),
        balance("4000", "13", 0, 0.0001),
        balance("5", "1", 1, 3),
    ]
    opened = open_source(script)
    rows = opened.rows("gl_transactions")
    assert [(row["debit"], row["credit"], row["amount"]) for row in rows] == [
        (Decimal("100.1"), 0, Decimal("100.1")),
        (0, Decimal("0.0001"), Decimal("-0.0001")),
    ]
    assert [row["financial_period"] for row in rows] == ["202603", "202603"]
    totals = opened.source.control(ERP.entities["gl_transactions"], MARCH)
    assert totals == [
        ControlTotal("4000", amount=Decimal("100.0999"), debit=Decimal("100.1"), credit=Decimal("0.0001")),
        ControlTotal("5", amount=Decimal(-2), debit=Decimal(1), credit=Decimal(3)),
    ]
    assert filters(script, BALANCES) == [{"ledger": "1", "periodId": "202603", "excludeYTDAccount": "true"}]
    assert opened.source.control(ERP.entities["gl_balances"], MARCH) == [
        ControlTotal("4000", 2, amount=Decimal("100.0999"), debit=Decimal("100.1"), credit=Decimal("0.0001")),
        ControlTotal("5", 1, amount=Decimal(-2), debit=Decimal(1), credit=Decimal(3)),
    ]


def test_counts_are_queries_of_their_own(script, open_source):
    script.lists[SUPPLIERS] = [{"internalId": number, "number": "1"} for number in range(30)]
    script.lists["/v1/branch"] = [{"branchId": 1, "number": "1"}]
    source = open_source(script).source
    assert source.control(ERP.entities["suppliers"], MARCH) == [ControlTotal(None, rows=30)]
    assert script.queries(SUPPLIERS) == [{"pageNumber": "1", "pageSize": "1"}]
    assert source.control(ERP.entities["branches"], MARCH) == [ControlTotal(None, rows=1)]


def test_a_count_that_visma_net_does_not_tell_is_counted(script, open_source):
    pages = {1: [{"internalId": 1, "number": "1"}, {"internalId": 2, "number": "2"}], 2: [{"internalId": 3}]}
    script.before = lambda path, number: JSONResponse(pages.get(number, [])) if path == SUPPLIERS else None
    assert open_source(script).source.control(ERP.entities["suppliers"], MARCH) == [ControlTotal(None, rows=3)]


def test_progress_is_told(script, open_source):
    script.lists[SUPPLIERS] = [{"internalId": number, "number": "1"} for number in range(30)]
    script.max_page_size = 20
    opened = open_source(script)
    opened.rows("suppliers")
    assert [(each.entity, each.rows, each.expected) for each in opened.progress] == [
        ("suppliers", 20, 30),
        ("suppliers", 30, 30),
    ]


ZONES = [
    "Europe/Oslo", "Europe/Helsinki", "Europe/London", "Atlantic/Azores", "America/New_York", "America/St_Johns",
    "America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe", "UTC",
]  # fmt: skip
MOMENTS = st.integers(0, 8 * 365 * 24 * 60).map(
    lambda minutes: datetime(2022, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(since=MOMENTS, zone=st.sampled_from(ZONES))
@example(since=datetime(2026, 11, 1, 5, 30, tzinfo=UTC), zone="America/New_York")  # the first of two 01:30
@example(since=datetime(2026, 11, 1, 7, 30, tzinfo=UTC), zone="America/New_York")  # two hours before: the first of two
@example(since=datetime(2026, 3, 8, 9, 0, tzinfo=UTC), zone="America/New_York")
@example(since=datetime(2026, 10, 25, 2, 30, tzinfo=UTC), zone="Europe/Oslo")
@example(since=datetime(2026, 3, 29, 4, 30, tzinfo=UTC), zone="Europe/Oslo")
def test_no_reading_of_the_filter_is_later_than_the_watermark(since: datetime, zone: str):
    text = datetime.fromisoformat(filter_text(since - OVERLAP, ZoneInfo(zone)))
    assert text.tzinfo is None
    for fold in (0, 1):  # an hour that comes twice may be meant either way
        assert text.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) <= since
    assert text.replace(tzinfo=UTC) <= since - OVERLAP


@pytest.mark.parametrize(
    ("zone", "text"), [("Europe/Oslo", "2026-07-01T10:00:00.000"), ("America/New_York", "2026-07-01T06:00:00.000")]
)
def test_it_is_the_earlier_of_utc_and_company_time_on_both_sides_of_utc(zone: str, text: str):
    assert filter_text(datetime(2026, 7, 1, 12, tzinfo=UTC) - timedelta(hours=2), ZoneInfo(zone)) == text
