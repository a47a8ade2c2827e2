"""Account summary, account details, companies, budgets (docs/vendors/acumatica.md, sections 6, 7 and 9)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.sandbox_acumatica.client import Client, read, value, wrapped
from mlc_sandbox.acumatica import AcumaticaSandbox, Line

PERIOD = "052026"


def summary(client: Client, period: str = PERIOD, ledger: str = "ACTUAL", **more: Any) -> list[dict[str, Any]]:
    return client.results("AccountSummaryInquiry", Ledger=ledger, Period=period, **more)


def details(client: Client, first: str = PERIOD, last: str = PERIOD, **more: Any) -> list[dict[str, Any]]:
    return client.results("AccountDetailsForPeriodInquiry", FromPeriod=first, ToPeriod=last, **more)


def by_account(rows: list[dict[str, Any]], debit: str, credit: str) -> dict[str, tuple[Decimal, Decimal]]:
    sums: dict[str, tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for row in rows:
        before = sums[value(row, "Account")]
        sums[value(row, "Account")] = before[0] + value(row, debit), before[1] + value(row, credit)
    return {account: totals for account, totals in sums.items() if any(totals)}


def test_both_inquiries_agree_with_the_books(client: Client) -> None:
    truth = {account: totals for account, totals in client.sandbox.books.activity(PERIOD).items() if any(totals)}
    assert truth
    assert by_account(summary(client), "DebitTotal", "CreditTotal") == truth
    lines = details(client)
    assert by_account(lines, "DebitAmountInBaseCurrency", "CreditAmountInBaseCurrency") == truth
    assert len(lines) == len(client.sandbox.books.lines(PERIOD))


def test_parameters_are_echoed_and_results_only_come_when_expanded(client: Client) -> None:
    body = wrapped(FromPeriod="05-2026", ToPeriod=PERIOD)
    plain = read(client.put("AccountDetailsForPeriodInquiry", body))
    assert plain["Results"] == []
    assert (value(plain, "FromPeriod"), value(plain, "Ledger")) == (PERIOD, "ACTUAL")


def test_balances_are_in_natural_sign_and_run_on(client: Client) -> None:
    books = client.sandbox.books
    books.post([Line("16000", "000000", "WEST", debit=Decimal("50000.00")),
                Line("30000", "000000", "WEST", credit=Decimal("50000.00"))], period=PERIOD)  # fmt: skip
    rows = {(value(row, "Account"), value(row, "Branch")): row for row in summary(client)}
    for account in ("16000", "30000"):
        row = rows[account, "WEST"]
        assert value(row, "EndingBalance") == value(row, "PtdTotal") == Decimal(50000)
    after = {(value(row, "Account"), value(row, "Branch")): row for row in summary(client, "062026")}
    for key, row in rows.items():
        assert value(after[key], "BeginningBalance") == value(row, "EndingBalance")


def test_income_and_expense_begin_the_year_at_nothing(client: Client) -> None:
    last, first = summary(client, "132025"), summary(client, "012026")
    assert any(value(row, "EndingBalance") for row in last if value(row, "Type") == "Expense")
    assert not any(value(row, "BeginningBalance") for row in first if value(row, "Type") in {"Income", "Expense"})

    def in_balance(rows: list[dict[str, Any]], name: str) -> Decimal:
        debit_kinds = {"Asset", "Expense"}
        signed = (value(row, name) * (1 if value(row, "Type") in debit_kinds else -1) for row in rows)
        return sum(signed, Decimal(0))

    assert in_balance(last, "EndingBalance") == 0
    assert in_balance(first, "BeginningBalance") == 0


def test_the_subaccount_is_a_filter_and_no_breakdown(client: Client) -> None:
    rows = summary(client, Subaccount="100OPS")
    keys = [(value(row, "Account"), value(row, "Branch")) for row in rows]
    assert len(keys) == len(set(keys)) > 0
    assert {value(row, "Subaccount") for row in rows} == {"100OPS"}
    expected = sum(line.base_debit for line in client.sandbox.books.lines(PERIOD) if line.subaccount == "100OPS")
    assert sum(value(row, "DebitTotal") for row in rows) == expected
    assert {value(row, "Branch") for row in summary(client, Branch="WEST")} == {"WEST"}
    assert {value(row, "AccountClass") for row in summary(client, AccountClass="AP")} == {"AP"}


def test_only_posted_batches_count(client: Client) -> None:
    posted = details(client, "062026", "062026")
    wider = details(client, "062026", "062026", IncludeUnposted=True)
    widest = details(client, "062026", "062026", IncludeUnposted=True, IncludeUnreleased=True)
    assert len(posted) < len(wider) < len(widest)
    assert {value(row, "Posted") for row in posted} == {True}
    assert {(value(row, "Posted"), value(row, "Released")) for row in widest} == {
        (True, True), (False, True), (False, False),
    }  # fmt: skip
    assert by_account(summary(client, "062026"), "DebitTotal", "CreditTotal") == by_account(
        posted, "DebitAmountInBaseCurrency", "CreditAmountInBaseCurrency"
    )


def test_foreign_currency_is_told_beside_the_base(client: Client) -> None:
    rows = [row for row in details(client, "012025", "062026") if value(row, "Currency") == "EUR"]
    assert any(value(row, "DebitAmount") != value(row, "DebitAmountInBaseCurrency") for row in rows)
    revalued = [row for row in rows if value(row, "Module") == "CM"]
    assert revalued
    assert all(value(row, "DebitAmount") == 0 for row in revalued)
    assert any(value(row, "DebitAmountInBaseCurrency") for row in revalued)


def test_ranges_of_periods_go_over_the_year_and_the_adjustments(client: Client) -> None:
    periods = {value(row, "PeriodID") for row in details(client, "122025", "012026")}
    assert periods == {"122025", "132025", "012026"}


def test_statistical_ledgers_are_one_sided(client: Client) -> None:
    rows = details(client, Ledger="STAT")
    assert rows
    assert sum(value(row, "CreditAmount") for row in rows) == 0
    assert {value(row, "LedgerID") for row in summary(client, ledger="STAT")} == {3}
    assert summary(client, ledger="BUDGET") == []


@pytest.mark.parametrize(
    ("inquiry", "parameters", "field"),
    [
        ("AccountSummaryInquiry", {"Ledger": "ACTUAL"}, "Period"),
        ("AccountSummaryInquiry", {"Period": PERIOD}, "Ledger"),
        ("AccountSummaryInquiry", {"Ledger": "NOPE", "Period": PERIOD}, "Ledger"),
        ("AccountSummaryInquiry", {"Ledger": "ACTUAL", "Period": "202605"}, "Period"),
        ("AccountSummaryInquiry", {"Ledger": "ACTUAL", "Period": PERIOD, "Branch": "X"}, "Branch"),
        ("AccountDetailsForPeriodInquiry", {"FromPeriod": PERIOD}, "ToPeriod"),
    ],
)
def test_refused_parameters(client: Client, inquiry: str, parameters: dict[str, str], field: str) -> None:
    answer = client.put(inquiry, wrapped(**parameters), expand="Results")
    assert answer.status_code == 422
    assert field in answer.json()[field]["error"]
    assert field in answer.json()["error"]


def test_bodies_that_are_none(client: Client) -> None:
    assert client.put("AccountSummaryInquiry", wrapped(Nonsense=1)).status_code == 500
    assert client.put("AccountSummaryInquiry", {"Ledger": "ACTUAL"}).status_code == 400
    assert client.put("AccountSummaryInquiry", wrapped(Ledger=7)).status_code == 400
    assert client.put("AccountSummaryInquiry", []).status_code == 400


def test_companies_and_branches(client: Client) -> None:
    rows = client.results("CompaniesStructure")
    assert {(value(row, "CompanyID"), value(row, "BranchID"), value(row, "BranchStatus")) for row in rows} == {
        ("MERIDIAN", "HEADOFFICE", True), ("MERIDIAN", "WEST", True),
        ("MERNORDIC", "NORDIC", True), ("MERIDIAN", "OLDTOWN", False),
    }  # fmt: skip


def test_a_financial_year_may_begin_in_july() -> None:
    with AcumaticaSandbox(gl_lines=500, today=date(2026, 6, 15), first_month=7, clock=sandbox_clock()) as sandbox:
        client = Client(sandbox)
        year = read(client.get("FinancialPeriod/2026", expand="Details"))
        assert value(year, "StartDate").startswith("2025-07-01")
        rows = details(client, "122026", "122026")
        assert {value(row, "TransactionDate")[:7] for row in rows} == {"2026-06"}


BUDGET = {"Branch": "HEADOFFICE", "Ledger": "BUDGET", "FinancialYear": "2026"}


def test_budgets_are_kept(client: Client) -> None:
    article = wrapped(Account="60000", Subaccount="100STR", Amount=120, Period01=100, Period02="20.5")
    body = wrapped(**BUDGET) | {"Details": [article]}
    kept = read(client.put("Budget", body, expand="Details"))["Details"][0]
    assert (value(kept, "DistributedAmount"), value(kept, "Released")) == (Decimal("120.5"), False)
    changed = wrapped(**BUDGET) | {"Details": [wrapped(Account="60000", Subaccount="100STR", Period02=20)]}
    client.put("Budget", changed)
    again = read(client.put("Budget", wrapped(**BUDGET), expand="Details"))["Details"]
    assert [(row["id"], value(row, "DistributedAmount")) for row in again] == [(kept["id"], Decimal(120))]


def test_budgets_that_are_not_kept_or_refused(client: Client) -> None:
    client.sandbox.switches.budget_persists = False
    article = wrapped(Account="60000", Subaccount="100STR", Amount=1)
    client.put("Budget", wrapped(**BUDGET) | {"Details": [article]})
    assert read(client.put("Budget", wrapped(**BUDGET), expand="Details"))["Details"] == []
    refused = client.put("Budget", wrapped(**(BUDGET | {"Ledger": "ACTUAL"})) | {"Details": [wrapped(Account="?")]})
    assert refused.status_code == 422
    assert refused.json()["Ledger"]["error"]
    assert refused.json()["Details"][0]["Account"]["error"]
    assert client.get("Budget").status_code == 500
