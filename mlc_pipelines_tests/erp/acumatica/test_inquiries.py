"""The two inquiries of the ledger."""

from __future__ import annotations

from decimal import Decimal

from mlc_pipelines.erp.acumatica import ERP
from mlc_pipelines.erp.base import ControlTotal
from mlc_pipelines_tests.erp.acumatica.conftest import MARCH, Open
from mlc_pipelines_tests.erp.acumatica.instance import Instance, balance, detail


def test_the_ledgers_lines_are_identified_by_their_content(instance: Instance, open_source: Open):
    details = [
        detail("B", "60000", "2", "0"),
        detail("A", "60000", "2.25", "0", TransactionDescription="late"),
        detail("A", "60000", "2.25", "0", TransactionDescription="early"),
        detail("A", "20000", "0", "4.5"),
    ]
    key = ("AccountDetailsForPeriodInquiry", "032026")
    instance.results[key] = details
    source = open_source(instance)
    rows = source.rows("gl_details")
    assert [(row["document_number"], row["line_number"], row["account_number"], row["memo"]) for row in rows] == [
        ("A", 1, "20000", None),
        ("A", 2, "60000", "early"),
        ("A", 3, "60000", "late"),
        ("B", 1, "60000", None),
    ]
    assert [row["amount"] for row in rows] == [Decimal("-4.5"), Decimal("2.25"), Decimal("2.25"), Decimal(2)]
    assert {row["ledger"] for row in rows} == {"ACTUAL"}
    instance.results[key] = details[::-1]
    assert source.rows("gl_details") == rows
    assert instance.inquired[0] == {
        "FromPeriod": {"value": "032026"},
        "ToPeriod": {"value": "032026"},
        "Ledger": {"value": "ACTUAL"},
        "IncludeUnposted": {"value": False},
        "IncludeUnreleased": {"value": False},
    }


def test_details_and_balances_are_each_others_totals(instance: Instance, open_source: Open):
    instance.results["AccountDetailsForPeriodInquiry", "032026"] = [
        detail("A", "60000", "4.5", "1"),
        detail("A", "20000", "0", "4.5"),
    ]
    instance.results["AccountSummaryInquiry", "032026"] = [
        balance("60000", "Expense", "10", "4.5", "1", "13.5"),
        balance("20000", "Liability", "10", "0", "4.5", "14.5"),
    ]
    source = open_source(instance)
    rows = source.rows("account_balances")
    assert [(row["account_number"], row["beginning_balance"], row["ending_balance"]) for row in rows] == [
        ("20000", Decimal(-10), Decimal("-14.5")),
        ("60000", Decimal(10), Decimal("13.5")),
    ]
    assert (rows[0]["branch"], rows[0]["period_id"]) == ("", "032026")
    assert source.source.control(ERP.entities["gl_details"], MARCH) == [
        ControlTotal("20000", amount=Decimal("-4.5"), debit=Decimal(0), credit=Decimal("4.5")),
        ControlTotal("60000", amount=Decimal("3.5"), debit=Decimal("4.5"), credit=Decimal(1)),
    ]
    assert source.source.control(ERP.entities["account_balances"], MARCH) == [
        ControlTotal("20000", amount=Decimal("-4.5")),
        ControlTotal("60000", amount=Decimal("3.5")),
    ]
