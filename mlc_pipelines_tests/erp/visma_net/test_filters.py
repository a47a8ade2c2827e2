"""Only what was asked for: parameters as Visma.net takes them, and what it did not keep to sifted out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mlc_pipelines.erp.base import ControlTotal
from mlc_pipelines.erp.visma_net import ERP
from mlc_pipelines.errors import DataError
from mlc_pipelines_tests.erp.visma_net.conftest import MARCH
from mlc_pipelines_tests.erp.visma_net.scripted import BALANCES, INVOICES, LINES, ORDERS, SUPPLIERS, filters, order


@pytest.mark.parametrize(
    ("entity", "path", "sent"),
    [
        ("supplier_invoices", INVOICES, {"financialPeriod": "202603"}),
        ("purchase_orders", ORDERS, {"orderDate": "2026-03-01", "orderDateCondition": ">="}),
        (
            "gl_transactions",
            LINES,
            {
                "ledger": "1",
                "fromPeriod": "202603",
                "toPeriod": "202603",
                "expandAccountInfo": "true",
                "expandBranchInfo": "true",
            },
        ),
        ("gl_balances", BALANCES, {"ledger": "1", "periodId": "202603"}),
        ("suppliers", SUPPLIERS, {}),
    ],
)
def test_records_of_a_period_are_asked_for(script, open_source, entity, path, sent):
    open_source(script).rows(entity)
    assert filters(script, path) == [sent]


@pytest.mark.parametrize(
    ("since", "zone", "sent"),
    [
        ("2026-03-04T10:20:53.750000+00:00", "Europe/Oslo", "2026-03-04T08:20:53.750"),
        ("2026-07-04T10:20:53+00:00", "Europe/Oslo", "2026-07-04T08:20:53.000"),
        ("2026-07-04T10:20:53+00:00", "America/New_York", "2026-07-04T04:20:53.000"),
        ("2026-07-04T10:20:53+00:00", "UTC", "2026-07-04T08:20:53.000"),
        ("2026-07-04T10:20:53", "UTC", "2026-07-04T08:20:53.000"),
        ("2026-03-29T02:30:00+00:00", "Europe/Oslo", "2026-03-29T00:30:00.000"),
    ],
)
def test_changes_are_asked_for_by_both_conditions_two_hours_back_and_without_a_zone(
    script, open_source, since, zone, sent
):
    open_source(script, timezone=zone).changes("supplier_invoices", since)
    assert filters(script, INVOICES) == [{"lastModifiedDateTime": sent, "lastModifiedDateTimeCondition": ">="}]


def test_balances_take_the_moment_alone(script, open_source):
    open_source(script).changes("gl_balances", "2026-03-04T10:00:00+00:00")
    assert filters(script, BALANCES) == [{"ledger": "1", "lastModifiedDateTime": "2026-03-04T08:00:00.000"}]


def test_orders_of_other_days_are_left_out_also_of_the_control_totals(script, open_source):
    script.lists[ORDERS] = [
        order(1, "2026-03-31T00:00:00", base="115.05"),
        order(2, "2026-04-01T00:00:00"),
        order(3, "2026-03-01T00:00:00"),
        order(4, "2026-02-28T23:59:59.999"),
    ]
    opened = open_source(script)
    rows = opened.rows("purchase_orders")
    assert {row["document_number"] for row in rows} == {"PO0001", "PO0003"}
    assert [row["amount"] for row in rows] == [Decimal("46.02"), Decimal("69.03"), 4, 6]
    totals = opened.source.control(ERP.entities["purchase_orders"], MARCH)
    assert totals == [ControlTotal("77", amount=Decimal("125.05"))]


def posting(number: int, **members):
    key = {"module": "GL", "batchNumber": "1", "lineNumber": number, "ledger": {"id": "1"}, "period": "202603"}
    return {**key, "account": {"number": "4000"}, "debitAmount": 1, "creditAmount": 0, **members}


def test_of_a_ledger_and_period_that_visma_net_did_not_keep_to_nothing_is_read(script, open_source):
    script.lists[LINES] = [
        posting(1),
        posting(2, ledger={"id": "2"}),
        posting(3, period="022026"),
        posting(4, ledger=None, period=None),
    ]
    opened = open_source(script)
    assert [(row["line_number"], row["ledger"]) for row in opened.rows("gl_transactions")] == [(1, "1"), (4, "1")]
    changes = opened.changes("gl_transactions", "2026-03-04T10:00:00+00:00")
    assert [row["line_number"] for row in changes] == [1, 3, 4]


def test_rows_that_are_all_of_other_ledgers_are_an_error(script, open_source):
    script.lists[LINES] = [posting(1, ledger={"id": "2"})]
    with pytest.raises(DataError, match="asked for ledger 1, and gave 1 rows of other ledgers"):
        open_source(script).rows("gl_transactions")


def test_invoices_of_other_periods_are_left_out_and_drafts_without_one_are_kept(script, open_source):
    script.lists[INVOICES] = [
        {
            "documentType": "Invoice",
            "referenceNumber": str(number),
            "financialPeriod": period,
            "status": status,
            "supplier": {"internalId": 77},
            "detailTotal": 5,
            "invoiceLines": [{"lineNumber": 1, "cost": 5}],
        }
        for number, (period, status) in enumerate([("202603", "Open"), ("202602", "Open"), (None, "Hold")])
    ]
    opened = open_source(script)
    rows = opened.rows("supplier_invoices")
    assert [(row["document_number"], row["status"]) for row in rows] == [("0", "Open"), ("2", "Hold")]
    totals = opened.source.control(ERP.entities["supplier_invoices"], MARCH)
    assert totals == [ControlTotal("77", amount=Decimal(10))]
