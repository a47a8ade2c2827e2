"""What a list is asked for, and which of its rows are taken."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from mlc_pipelines.erp.acumatica import ERP
from mlc_pipelines.erp.base import ControlTotal
from mlc_pipelines.errors import DataError
from mlc_pipelines_tests.erp.acumatica.conftest import MARCH, Open
from mlc_pipelines_tests.erp.acumatica.instance import STAMP, Instance, balance, batch, bill, detail
from mlc_pipelines_tests.periods import fiscal_period


def test_only_posted_batches_of_the_ledger_and_period_are_read(instance: Instance, open_source: Open):
    instance.records["JournalTransaction"] = [
        batch(1),
        batch(2, Status="Balanced"),
        batch(3, LedgerID="BUDGET"),
        batch(4, period="042026"),
    ]
    assert {row["document_number"] for row in open_source(instance).rows("journal_transactions")} == {"GL000001"}
    assert instance.lists("JournalTransaction")[0]["$expand"] == "Details"


def payment(number: int, kind: str, day: str, amount: str) -> dict[str, object]:
    return {
        "Type": kind,
        "ReferenceNbr": f"{number:06}",
        "Vendor": "V1",
        "ApplicationDate": f"2026-{day}T00:00:00+02:00",
        "PaymentAmount": amount,
        "LastModifiedDateTime": STAMP,
    }


def test_payments_are_of_the_days_of_the_period_as_they_are_written(instance: Instance, open_source: Open):
    instance.records["Check"] = [
        payment(1, "Payment", "03-01", "100"),  # in UTC still February
        payment(2, "Payment", "03-31", "10"),
        payment(3, "Voided Payment", "03-15", "-100"),
        payment(4, "Vendor Refund", "03-15", "7"),
        payment(5, "Payment", "02-28", "1"),
        payment(6, "Payment", "04-01", "1"),
        payment(7, "Debit Adj.", "03-15", "1"),
        payment(8, "Voided Refund", "03-15", "-7"),
    ]
    source = open_source(instance)
    amounts = {row["document_number"]: int(row["amount"]) for row in source.rows("payments")}
    assert amounts == {"000001": 100, "000002": 10, "000003": -100, "000004": -7, "000008": 7}
    assert source.source.control(ERP.entities["payments"], MARCH) == [ControlTotal("V1", rows=5, amount=Decimal(10))]
    adjusting = fiscal_period("FY2026-P13", date(2026, 3, 1), date(2026, 3, 31), adjustment=True)
    assert source.rows("payments", adjusting) == []


@pytest.mark.parametrize("written", ["2026-03-31T23:59:59-11:00", "2026-03-01T00:00:00+14:00", "2026-03-31T23:59:59Z"])
def test_the_first_and_the_last_day_are_read_whole(instance: Instance, open_source: Open, written: str):
    instance.records["Check"] = [{**payment(1, "Payment", "03-01", "1"), "ApplicationDate": written}]
    assert len(open_source(instance).rows("payments")) == 1


@pytest.mark.parametrize(
    "strange", [{"PeriodID": "042026"}, {"PeriodID": "032026", "Ledger": "BUDGET"}], ids=["period", "ledger"]
)
def test_lines_of_another_period_or_ledger_are_not_taken(
    instance: Instance, open_source: Open, strange: dict[str, str]
):
    key = ("AccountDetailsForPeriodInquiry", "032026")
    instance.results[key] = [detail("A", "60000", "1", "0", Ledger="Actual", PeriodID="03-2026")]
    source = open_source(instance)
    assert source.rows("gl_details")
    instance.results[key].append(detail("B", "60000", "1", "0", **strange))
    with pytest.raises(DataError, match=r"asked for (period_id 032026|ledger ACTUAL).*is of (042026|BUDGET)"):
        source.rows("gl_details")


def test_a_list_that_was_not_filtered_is_not_taken(instance: Instance, open_source: Open):
    instance.records["Bill"] = [{**bill(1, "Bill", "1"), "PostPeriod": "022026"}]
    instance.filtering = False
    with pytest.raises(DataError, match="asked for period_id 032026, and its answer is of 022026"):
        open_source(instance).rows("bills")


def test_a_branch_alone(instance: Instance, open_source: Open):
    both = batch(1)
    both["Details"].append({**both["Details"][0], "LineNbr": 3, "BranchID": "NORTH"})
    instance.records["JournalTransaction"] = [both, batch(2)]
    instance.results["AccountDetailsForPeriodInquiry", "032026"] = [
        detail("A", "60000", "1", "0", Branch="NORTH"),
        detail("A", "60000", "2", "0"),
    ]
    source = open_source(instance, branch="NORTH", page_size=1)
    assert [row["line_number"] for row in source.rows("journal_transactions")] == [3]
    assert [row["amount"] for row in source.rows("gl_details")] == [Decimal(1)]
    instance.results["AccountSummaryInquiry", "032026"] = [
        {**balance("60000", "Expense", "0", "1", "0", "1"), "Branch": branch} for branch in ("NORTH", "HEAD", None)
    ]
    assert [row["branch"] for row in source.rows("account_balances")] == ["NORTH", "NORTH"]
    assert instance.inquired[-1]["Branch"] == {"value": "NORTH"}


def test_a_line_without_a_branch_is_of_its_batch(instance: Instance, open_source: Open):
    record = batch(1, BranchID="NORTH")
    record["Details"][0]["BranchID"] = None
    instance.records["JournalTransaction"] = [record]
    source = open_source(instance, branch="NORTH")
    assert [row["line_number"] for row in source.rows("journal_transactions")] == [1]
    assert [total.rows for total in source.source.control(ERP.entities["journal_transactions"], MARCH)] == [1]


@pytest.mark.parametrize(("version", "stamp"), [("22.200.001", "LastModified"), ("24.200.001", "LastModifiedDateTime")])
def test_stock_of_older_versions_has_its_stamp_under_another_name(
    instance: Instance, open_source: Open, version: str, stamp: str
):
    instance.records["StockItem"] = [{"InventoryID": "A", stamp: "2026-04-02T07:00:00+00:00"}]
    source = open_source(instance, version=version)
    assert len(source.rows("stock_items")) == 1
    (row,) = source.changes("stock_items", "2026-04-02T06:00:00+00:00")
    assert row["modified_at"] == datetime(2026, 4, 2, 7, tzinfo=UTC)
    for asked in instance.lists("StockItem"):
        assert asked["$select"].split(",")[-1] == stamp


def test_custom_fields_of_header_and_lines(instance: Instance, open_source: Open):
    record = bill(1, "Bill", "5", custom={"Document": {"UsrRegion": {"type": "CustomStringField", "value": "North"}}})
    record["Details"][0]["custom"] = {"Transactions": {"UsrShare": {"type": "CustomDecimalField", "value": 0.5}}}
    instance.records["Bill"] = [record]
    places = {"custom_1": "Document.UsrRegion", "custom_3": "Details/Transactions.UsrShare"}
    (row,) = open_source(instance, custom_fields={"bills": places}).rows("bills")
    assert (row["custom_1"], row["custom_2"], row["custom_3"]) == ("North", None, "0.5")
    assert instance.lists("Bill")[0]["$custom"] == "Document.UsrRegion,Transactions.UsrShare"


def test_no_query_asks_for_a_word_of_a_language(instance: Instance, open_source: Open):
    source = open_source(instance)
    for name, entity in ERP.entities.items():
        if entity.record not in {"AccountDetailsForPeriodInquiry", "AccountSummaryInquiry"}:
            source.rows(name)
            filters = " ".join(query.get("$filter", "") for query in instance.lists(entity.record))
            assert not re.search("Type|Status", filters)
