"""Lists and inquiries: complete, exact, in order, whatever moves meanwhile."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from mlc_pipelines.erp.acumatica import ERP
from mlc_pipelines.erp.acumatica.derived import completed
from mlc_pipelines.erp.base import MONEY, RATE, ControlTotal
from mlc_pipelines.errors import BadRequest, ConfigurationError, DataError, IncompleteRead, NotFound, Unavailable
from mlc_pipelines_tests.erp.acumatica.conftest import COOKIE, MARCH, OAUTH, Open
from mlc_pipelines_tests.erp.acumatica.instance import STAMP, Instance, Record, batch, months
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.faults import Action, Fault, answer

LATER = "2026-03-31T10:00:00.5+00:00"


def test_values_are_unwrapped_and_exact(instance: Instance, open_source: Open):
    record = batch(7, ("60000 ", "9007199254740993.93", "0"), ("20000", None, "9007199254740993.93"))
    instance.records["JournalTransaction"] = [record]
    first, second = open_source(instance).rows("journal_transactions")
    assert first["debit"] == first["amount"] == Decimal("9007199254740993.93")
    assert (second["debit"], second["amount"]) == (Decimal(0), Decimal("-9007199254740993.93"))
    assert (first["account_number"], first["document_memo"], first["project"]) == ("60000", "Accrual", None)
    # The day as it is written, not the moment in UTC, which is the evening before.
    assert first["posting_date"] == date(2026, 3, 9)
    assert first["modified_at"] == datetime(2026, 3, 10, 9, tzinfo=UTC)


def test_only_posted_batches_of_the_ledger_and_period_are_read(instance: Instance, open_source: Open):
    instance.records["JournalTransaction"] = [
        batch(1),
        batch(2, Status="Balanced"),
        batch(3, LedgerID="BUDGET"),
        batch(4, period="042026"),
    ]
    assert {row["document_number"] for row in open_source(instance).rows("journal_transactions")} == {"GL000001"}
    assert instance.lists("JournalTransaction")[0]["$expand"] == "Details"


@pytest.mark.parametrize("page", [1, 3, 10, 500])
def test_pages_make_a_whole_in_the_order_of_the_key(instance: Instance, open_source: Open, page: int):
    instance.records["JournalTransaction"] = [batch(number) for number in (5, 3, 9, 1, 8, 2, 10, 4, 7, 6)]
    rows = open_source(instance, page_size=page).rows("journal_transactions")
    assert [(row["document_number"], row["line_number"]) for row in rows] == [
        (f"GL{number:06}", line) for number in range(1, 11) for line in (1, 2)
    ]


@pytest.mark.parametrize("records", [4, 8, 9])
@pytest.mark.parametrize("paging", ["wraps", "no top"])
def test_a_server_that_never_ends_is_read_once(instance: Instance, open_source: Open, records: int, paging: Any):
    instance.records["JournalTransaction"] = [batch(number) for number in range(records)]
    instance.paging = paging
    assert len(open_source(instance, page_size=4).rows("journal_transactions")) == 2 * records


def test_a_server_that_does_not_skip_gives_no_complete_read(instance: Instance, open_source: Open):
    instance.records["JournalTransaction"] = [batch(number) for number in range(9)]
    instance.paging = "no skip"
    source = open_source(instance, page_size=4)
    with pytest.raises(IncompleteRead, match="answers each page with the first 4 records"):
        source.rows("journal_transactions")
    with pytest.raises(IncompleteRead):
        source.source.control(ERP.entities["journal_transactions"], MARCH)


def test_a_record_that_leaves_the_list_takes_no_other_with_it(instance: Instance, open_source: Open):
    batches = [batch(number) for number in range(12)]
    instance.records["JournalTransaction"] = batches

    def move(asked: int) -> None:
        if asked == 4:  # the calendar is the first request: two pages were read
            instance.records["JournalTransaction"] = batches[1:]  # GL000008 slips to a page that was read

    instance.before = move
    rows = open_source(instance, page_size=4, max_concurrent_requests=1).rows("journal_transactions")
    assert sorted({row["document_number"] for row in rows}) == [f"GL{number:06}" for number in range(1, 12)]


def test_a_record_that_changed_while_it_was_read_comes_in_its_newest_form(instance: Instance, open_source: Open):
    batches = [batch(number, *[("60000", "1", "0"), ("20000", "0", "1")] * 2) for number in range(12)]
    instance.records["JournalTransaction"] = batches

    def change(asked: int) -> None:
        if asked == 4:
            shorter = batch(0, ("60000", "5", "0"), ("20000", "0", "5"), LastModifiedDateTime=LATER)
            instance.records["JournalTransaction"] = [shorter, *batches[1:]]

    instance.before = change
    rows = open_source(instance, page_size=4).rows("journal_transactions")
    assert [row["amount"] for row in rows if row["document_number"] == "GL000000"] == [Decimal(5), Decimal(-5)]
    assert len(rows) == 2 + 11 * 4


def test_a_list_that_never_rests_is_no_complete_read(instance: Instance, open_source: Open):
    instance.records["JournalTransaction"] = [batch(number) for number in range(12)]

    def disturb(asked: int) -> None:
        instance.records["JournalTransaction"][0] = batch(0, LastModifiedDateTime=f"2026-03-11T09:00:{asked:02}+00:00")

    instance.before = disturb
    with pytest.raises(IncompleteRead, match=r"1 records still changed.*GL000000"):
        open_source(instance, page_size=4).rows("journal_transactions")


def test_control_totals_come_from_a_reading_of_their_own(instance: Instance, open_source: Open):
    instance.records["JournalTransaction"] = [batch(1), batch(2), batch(3)]
    totals = open_source(instance).source.control(ERP.entities["journal_transactions"], MARCH)
    sums = {"rows": 3, "amount": Decimal("3.3"), "debit": Decimal("3.3"), "credit": Decimal(0)}
    assert totals[1] == ControlTotal("60000", **sums)
    assert totals[0].amount == Decimal("-3.3")
    assert "Details/Subaccount" not in instance.lists("JournalTransaction")[0]["$select"]


def test_periods_follow_the_calendar_and_not_the_number_of_the_month(instance: Instance, open_source: Open):
    instance.records["FinancialPeriod"] = [months(2025, 7)]  # July 2025 to June 2026: March is the ninth
    instance.records["JournalTransaction"] = [batch(1, period="092026"), batch(2), batch(3, period="132026")]
    source = open_source(instance)
    assert {row["document_number"] for row in source.rows("journal_transactions")} == {"GL000001"}
    adjusting = fiscal_period("FY2026-P13", date(2026, 6, 1), date(2026, 6, 30), adjustment=True)
    assert {row["document_number"] for row in source.rows("journal_transactions", adjusting)} == {"GL000003"}
    with pytest.raises(ConfigurationError, match=r"no period .*FY2027-P01.*122026 \(2026-06-01 to 2026-06-30\)"):
        source.rows("journal_transactions", fiscal_period("FY2027-P01", date(2026, 7, 1), date(2026, 7, 31)))


@pytest.mark.parametrize("written", ["{month}{year}", "{month}-{year}", "{year}{month}", "{year}-{month}", None])
def test_periods_however_the_calendar_writes_them(instance: Instance, open_source: Open, written: str | None):
    (year,) = instance.records["FinancialPeriod"] = [months(2026)]
    for number, period in enumerate(year["Details"], 1):
        period["PeriodNbr"] = f"{number:02}"
        period["FinancialPeriodID"] = written and written.format(month=f"{number:02}", year=2026)
    instance.records["JournalTransaction"] = [batch(1)]
    assert len(open_source(instance).rows("journal_transactions")) == 2


def test_a_page_for_people_is_no_calendar(instance: Instance, open_source: Open):
    page = answer(200, {"content-type": "text/html"}, "<html>Sign in</html>")
    instance.faults.add(Fault("GET", "/FinancialPeriod", page))
    with pytest.raises(DataError, match="FinancialPeriod: the answer is no JSON: it is a page of HTML"):
        open_source(instance).rows("journal_transactions")


def test_the_calendar_of_a_company(instance: Instance, open_source: Open):
    instance.records["CompanyFinancialPeriod"] = [
        {"Company": "NORTH", **months(2025, 7)},
        {"Company": "SOUTH", **months(2026)},
    ]
    instance.records["JournalTransaction"] = [batch(1, period="092026"), batch(2)]
    rows = open_source(instance, company="NORTH").rows("journal_transactions")
    assert {row["document_number"] for row in rows} == {"GL000001"}


def bill(number: int, kind: str = "Bill", *amounts: str, **fields: Any) -> Record:
    return {
        "Type": kind,
        "ReferenceNbr": f"{number:06}",
        "Vendor": "V1 ",
        "PostPeriod": "032026",
        "Amount": "11.5",
        "LastModifiedDateTime": STAMP,
        **fields,
        "Details": [{"Account": "60000", "Amount": amount} for amount in amounts],
    }


def test_lines_without_a_number_have_that_of_their_place_and_credits_are_negative(
    instance: Instance, open_source: Open
):
    instance.records["Bill"] = [bill(1, "Bill", "5.1", "4.9"), bill(1, "Debit Adj.", "3.0"), bill(2, "Bill", "1")]
    source = open_source(instance)
    rows = source.rows("bills")
    assert [(row["document_type"], row["document_number"], row["line_number"], str(row["amount"])) for row in rows] == [
        ("Bill", "000001", 1, "5.100000"),
        ("Bill", "000001", 2, "4.900000"),
        ("Bill", "000002", 1, "1.000000"),
        ("Debit Adj.", "000001", 1, "-3.000000"),
    ]
    assert {row["document_amount"] for row in rows} == {Decimal("11.5")}
    assert source.source.control(ERP.entities["bills"], MARCH) == [ControlTotal("V1", rows=4, amount=Decimal(8))]


@pytest.mark.parametrize("branch", [None, "HEAD"])
def test_a_document_without_lines_is_a_row_of_line_0(instance: Instance, open_source: Open, branch: str | None):
    bills = [bill(1, "Bill", "5"), bill(2), bill(3, "Debit Adj."), bill(4, "Bill", "1")]
    instance.records["Bill"] = [{**each, "BranchID": "HEAD"} for each in bills] + [{**bill(5), "BranchID": "NORTH"}]
    source = open_source(instance, branch=branch, page_size=2)
    rows = source.rows("bills")
    found = [(row["document_number"], row["line_number"], row["amount"], row["branch"]) for row in rows]
    north = [] if branch else [("000005", 0, Decimal(0), "NORTH")]
    assert sorted(found) == [
        ("000001", 1, Decimal(5), "HEAD"),
        ("000002", 0, Decimal(0), "HEAD"),
        ("000003", 0, Decimal(0), "HEAD"),
        ("000004", 1, Decimal(1), "HEAD"),
        *north,
    ]
    assert {row["document_amount"] for row in rows} == {Decimal("11.5")}
    totals = source.source.control(ERP.entities["bills"], MARCH)
    assert totals == [ControlTotal("V1", rows=len(rows), amount=Decimal(6))]


def test_an_order_without_lines(instance: Instance, open_source: Open):
    order = {"Type": "Normal", "VendorID": "V1", "Date": "2026-03-09T00:00:00", "LastModifiedDateTime": STAMP}
    lines = [{"LineNbr": 4, "ExtendedCost": "2"}]
    instance.records["PurchaseOrder"] = [
        {**order, "OrderNbr": "A", "Details": []},
        {**order, "OrderNbr": "B", "Details": lines},
    ]
    rows = open_source(instance).rows("purchase_orders")
    assert [(row["document_number"], row["line_number"]) for row in rows] == [("A", 0), ("B", 4)]


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


def detail(number: str, account: str, debit: str, credit: str, **fields: object) -> dict[str, object]:
    return {
        "Module": "GL",
        "BatchNumber": number,
        "Account": account,
        "DebitAmount": "1",
        "DebitAmountInBaseCurrency": debit,
        "CreditAmountInBaseCurrency": credit,
        "PeriodID": "032026",
        "Branch": "HEAD",
        **fields,
    }


def balance(account: str, kind: str, *figures: str) -> dict[str, object]:
    names = ("BeginningBalance", "DebitTotal", "CreditTotal", "EndingBalance")
    return {"Account": account, "Type": kind, **dict(zip(names, figures, strict=True))}


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


def test_changes_since_a_watermark_with_an_overlap(instance: Instance, open_source: Open):
    stamps = {1: "08:54:59.9", 2: "08:55:00.1", 3: "09:00:00", 4: "09:30:00"}
    instance.records["JournalTransaction"] = [
        batch(number, LastModifiedDateTime=f"2026-04-02T{moment}+02:00", period=f"{number:02}2026")
        for number, moment in stamps.items()
    ] + [batch(5, LastModifiedDateTime="2026-04-02T08:00:01+00:00")]
    source = open_source(instance)
    rows = source.changes("journal_transactions", "2026-04-02T07:00:00+00:00")
    assert {row["document_number"] for row in rows} == {"GL000002", "GL000003", "GL000004"}
    # The clock stands at 08:00 UTC: what changes from here on belongs to the next feed.
    assert "le datetimeoffset'2026-04-02T08:00:00.000+00:00'" in instance.lists("JournalTransaction")[0]["$filter"]
    with pytest.raises(ValueError, match="no change feed"):
        source.changes("subaccounts", "2026-04-02T07:00:00+00:00")


@pytest.mark.parametrize(
    ("currency", "base", "rate", "expected"),
    [
        ("EUR", "USD", "1.0835", "5.525850"),
        ("EUR", "USD", None, None),
        ("USD", "USD", None, "5.100000"),
        ("USD", None, None, "5.100000"),
        ("JPY", "USD", "0.006671235", "0.034023"),
    ],
)
def test_an_order_is_converted_by_its_rate_or_not_at_all(currency, base, rate, expected):
    columns = {
        "amount": pa.array([Decimal("5.1")], MONEY),
        "exchange_rate": pa.array([rate and Decimal(rate)], RATE),
        "currency": pa.array([currency]),
        "base_currency": pa.array([base], pa.string()),
        "base_amount": pa.array([None], MONEY),
    }
    rows = completed(pa.RecordBatch.from_pydict(columns), ERP.entities["purchase_orders"])
    (found,) = rows["base_amount"].to_pylist()
    assert (found and str(found)) == expected


def test_an_order_in_another_currency_without_a_rate_is_an_error(instance: Instance, open_source: Open):
    order = {"Type": "Normal", "OrderNbr": "PO1", "VendorID": "V1", "Date": "2026-03-09T00:00:00+00:00"}
    kept = {"BaseCurrencyID": "USD", "LastModifiedDateTime": STAMP, "Details": [{"LineNbr": 1, "ExtendedCost": "5"}]}
    instance.records["PurchaseOrder"] = [{**order, **kept, "CurrencyID": "USD"}]
    assert [row["base_amount"] for row in open_source(instance).rows("purchase_orders")] == [5]
    instance.records["PurchaseOrder"] = [{**order, **kept, "CurrencyID": "EUR"}]
    with pytest.raises(DataError, match=r"Normal PO1 came without its amount in base currency.*CurrencyRate"):
        open_source(instance).rows("purchase_orders")


def test_custom_fields_of_header_and_lines(instance: Instance, open_source: Open):
    record = bill(1, "Bill", "5", custom={"Document": {"UsrRegion": {"type": "CustomStringField", "value": "North"}}})
    record["Details"][0]["custom"] = {"Transactions": {"UsrShare": {"type": "CustomDecimalField", "value": 0.5}}}
    instance.records["Bill"] = [record]
    places = {"custom_1": "Document.UsrRegion", "custom_3": "Details/Transactions.UsrShare"}
    (row,) = open_source(instance, custom_fields={"bills": places}).rows("bills")
    assert (row["custom_1"], row["custom_2"], row["custom_3"]) == ("North", None, "0.5")
    assert instance.lists("Bill")[0]["$custom"] == "Document.UsrRegion,Transactions.UsrShare"


@pytest.mark.parametrize("auth", [OAUTH, COOKIE])
@pytest.mark.parametrize("listed_for", ["signed in", "all", "none"])
def test_the_endpoint_is_found_with_a_session_that_has_ended(
    instance: Instance, open_source: Open, auth: dict[str, Any], listed_for: Any
):
    open_source(instance, auth=auth).rows("accounts")
    instance.expire()
    instance.listed_for = listed_for
    assert open_source(instance, auth=auth).rows("accounts") == []


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (answer(404), DataError),
        (answer(200, {}, "<html>Sign in</html>"), DataError),
        (answer(200, {}, '{"x": 1}'), DataError),
        (answer(200, {}, '{"endpoints": [{"na'), Unavailable),
    ],
)
def test_an_address_without_a_list_of_endpoints(
    instance: Instance, open_source: Open, page: Action, error: type[Exception]
):
    instance.faults.add(Fault("GET", "/entity$", page))
    with pytest.raises(error, match=r"entity answered without a list of endpoints.*Check base_url"):
        open_source(instance).rows("accounts")


def test_a_missing_endpoint_that_is_not_listed_is_told_by_the_first_read(instance: Instance, open_source: Open):
    instance.listed_for = "none"
    with pytest.raises(NotFound, match="Check endpoint and version"):
        open_source(instance, version="25.200.001").rows("accounts")


@pytest.mark.parametrize("bare", [False, True])
def test_the_endpoint_is_checked_before_anything_is_read(instance: Instance, open_source: Open, bare: bool):
    instance.bare_versions = bare
    wanted = r"no endpoint Default 25.200.001. There are: Default 22.200.001, Default 24.200.001."
    with pytest.raises(ConfigurationError, match=wanted):
        open_source(instance, version="25.200.001").rows("accounts")
    assert instance.queries == []
    assert open_source(instance).rows("accounts") == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("OptimizationException", "Optimization cannot be performed.The following fields cause the error:\r\nX: Y"),
        ("OutcomeEntityHasErrorsException", "Operation failed"),
        ("KeyNotFoundException", "The given key was not present"),
    ],
)
def test_what_repeating_does_not_change_is_not_repeated(instance: Instance, open_source: Open, kind: str, text: str):
    error = {"message": "An error has occurred.", "exceptionMessage": text, "exceptionType": f"PX.{kind}"}
    instance.faults.add(Fault("GET", "/Account", answer(500, body=error), times=10))
    with pytest.raises(BadRequest, match=text.split(maxsplit=1)[0]):
        open_source(instance).rows("accounts")
    assert sum(request.path.endswith("/Account") for request in instance.log) == 1


@pytest.mark.parametrize("kind", ["Prepmt. Invoice", "bill", ""])
def test_a_bill_of_a_type_that_nobody_knows_has_no_sign(instance: Instance, open_source: Open, kind: str):
    instance.records["Bill"] = [bill(1, "Bill", "5"), bill(2, kind, "3"), bill(3, kind, "1")]
    said = f"bills: document_type is {repr(kind) if kind else 'empty'} in the record of .*document_number 000002"
    source = open_source(instance)
    with pytest.raises(DataError, match=said):
        source.rows("bills")
    with pytest.raises(DataError, match=said):
        source.source.control(ERP.entities["bills"], MARCH)


def test_a_batch_in_a_state_that_nobody_knows_is_neither_posted_nor_not(instance: Instance, open_source: Open):
    instance.records["JournalTransaction"] = [batch(1), batch(2, Status="Gebucht")]
    said = "status is 'Gebucht' in the record of module GL, document_number GL000002, line_number 1"
    with pytest.raises(DataError, match=f"journal_transactions: {said} .and in 1 more rows"):
        open_source(instance).rows("journal_transactions")
    with pytest.raises(DataError, match=said):
        open_source(instance).changes("journal_transactions", STAMP)


def test_the_balance_of_an_account_of_a_type_that_nobody_knows_has_no_sign(instance: Instance, open_source: Open):
    instance.results["AccountSummaryInquiry", "032026"] = [balance("30000", "Equity", "10", "4.5", "1", "13.5")]
    with pytest.raises(DataError, match="account_balances: account_type is 'Equity' in the record of account_number"):
        open_source(instance).rows("account_balances")


def test_words_that_are_only_shown_may_be_any(instance: Instance, open_source: Open):
    instance.records["Bill"] = [bill(1, "Bill", "5", Status="Ein neues Wort")]
    assert [row["status"] for row in open_source(instance).rows("bills")] == ["Ein neues Wort"]


def test_no_query_asks_for_a_word_of_a_language(instance: Instance, open_source: Open):
    source = open_source(instance)
    for name, entity in ERP.entities.items():
        if entity.record not in {"AccountDetailsForPeriodInquiry", "AccountSummaryInquiry"}:
            source.rows(name)
            filters = " ".join(query.get("$filter", "") for query in instance.lists(entity.record))
            assert not re.search("Type|Status", filters)
