"""The master records: a Norwegian manufacturer of steel parts with three plants."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

from mlc_sandbox.visma_net.books.names import (
    BRANCHES,
    CHART,
    DEPARTMENT_SEGMENT,
    DEPARTMENTS,
    PLACES,
    PRODUCT_SEGMENT,
    SUPPLIERS,
)
from mlc_sandbox.visma_net.books.records import (
    Account,
    AccountType,
    Branch,
    BudgetLine,
    Department,
    Dimension,
    Ledger,
    Period,
    Segment,
    SegmentValue,
    Subaccount,
    Supplier,
)

CLOSABLE = ("SupplierLedger", "CustomerLedger", "InventoryManagement", "GeneralLedger", "CashManagement", "FixedAssets")
"""Modules in which a period is closed on its own (docs/vendors/visma_net.md, section 6.5)."""

_FINANCIAL_INCOME = ("805", "806")


@dataclass(frozen=True)
class Company:
    """All master records; `chart` has the accounts by the number that they were founded with."""

    chart: dict[str, Account]
    dimensions: list[Dimension]
    subaccounts: list[Subaccount]
    branches: list[Branch]
    departments: list[Department]
    ledgers: list[Ledger]
    suppliers: list[Supplier]
    budget: list[BudgetLine]
    periods: dict[str, Period]

    @property
    def accounts(self) -> list[Account]:
        """The accounts; their numbers may have changed since they were founded."""
        return list(self.chart.values())


def found_company(rng: random.Random, *, suppliers: int, first_year: int, today: date) -> Company:
    """Make the master records; the month of `today` is open, those before are closed."""
    ticks = count()

    def stamp() -> datetime:
        return datetime(first_year - 1, 11, 3, 8, tzinfo=UTC) + timedelta(minutes=17 * next(ticks), milliseconds=120)

    segments = [
        _segment(1, "Avdeling", DEPARTMENT_SEGMENT, stamp()),
        _segment(2, "Produktlinje", PRODUCT_SEGMENT, stamp()),
    ]
    subaccounts = [
        Subaccount(number, (left, right), active=left.active and right.active, modified=stamp())
        for number, (left, right) in enumerate(
            ((left, right) for left in segments[0].values.values() for right in segments[1].values.values()), start=12
        )
    ]
    chart = {line[:4]: _account(number, line, stamp()) for number, line in enumerate(CHART.strip().splitlines(), 101)}
    branches = [
        Branch(16 + number, text[0], text[2:], main=number == 0, active=True, modified=stamp())
        for number, text in enumerate(BRANCHES)
    ]
    return Company(
        chart=chart,
        dimensions=[
            Dimension("SUBACCOUNT", "Subaccount", segments),
            Dimension("ACCOUNT", "Account", [Segment(1, "Konto", 4, {}, stamp())]),
            Dimension("SUPPLIER", "Supplier", [Segment(1, "Leverandør", 10, {}, stamp())]),
        ],
        subaccounts=subaccounts,
        branches=branches,
        departments=[_department(text, chart, subaccounts, stamp()) for text in DEPARTMENTS],
        ledgers=[
            Ledger(1, "1", "Hovedbok", "Actual", "NOK", stamp()),
            Ledger(2, "BUD", "Budsjett", "Budget", "NOK", stamp()),
            Ledger(3, "STAT", "Statistikk", "Statistical", "NOK", stamp()),
            Ledger(4, "RAPP", "Rapportering EUR", "Report", "EUR", stamp()),
        ],
        suppliers=[_supplier(rng, number, stamp()) for number in range(suppliers)],
        budget=[
            BudgetLine(year, branch, account, subaccounts[0], _monthly(rng, year), stamp())
            for year in range(first_year, today.year + 1)
            for branch in branches
            for account in chart.values()
            if account.yearly and account.active
        ],
        periods={period.id: period for year in range(first_year, today.year + 2) for period in _periods(year, today)},
    )


def _segment(number: int, name: str, values: tuple[str, ...], modified: datetime) -> Segment:
    made = (
        SegmentValue(
            number, name, text[:3], text[4:].removesuffix("!"), active=not text.endswith("!"), modified=modified
        )
        for text in values
    )
    return Segment(number, name, 3, {value.value: value for value in made}, modified)


def _department(text: str, chart: dict[str, Account], subaccounts: list[Subaccount], modified: datetime) -> Department:
    code = text[:3]
    own = next(one for one in subaccounts if one.values[0].value == code)
    works = code.startswith("03")
    return Department(code, text[4:], chart["5000" if works else "5010"], own if works else None, modified)


def _account(number: int, line: str, modified: datetime) -> Account:
    code, name = line.removesuffix("!").split(" ", 1)
    kind: AccountType = "Expense"
    if code[0] in "01":
        kind = "Asset"
    elif code[0] == "2":
        kind = "Liability"
    elif code[0] == "3" or code.startswith(_FINANCIAL_INCOME):
        kind = "Income"
    return Account(number, code, name, kind, active=not line.endswith("!"), modified=modified)


def _supplier(rng: random.Random, number: int, modified: datetime) -> Supplier:
    name = SUPPLIERS[number % len(SUPPLIERS)]
    country, currency = "NO", "NOK"
    if name.endswith("AB"):
        country, currency = "SE", "SEK"
    elif not name.endswith("AS") and "Ålesund" not in name:
        country, currency = ("DE" if name.endswith("GmbH") else "FR" if name.endswith("SA") else "IE"), "EUR"
    round_ = number // len(SUPPLIERS)
    return Supplier(
        id=77 + number,
        number="00042" if number == 4 else str(50_000 + number),
        name=name + PLACES[round_ % len(PLACES)] + (f" {round_}" if round_ >= len(PLACES) else ""),
        status={7: "OnHold", 11: "HoldPayments", 14: "Inactive", 17: "OneTime"}.get(number, "Active"),
        class_id="UTENLANDSK" if country != "NO" else "INNENLANDSK",
        country=country,
        currency=currency,
        corporate_id=str(rng.randrange(900_000_000, 999_999_999)) if country == "NO" else None,
        modified=modified,
    )


def _monthly(rng: random.Random, year: int) -> dict[str, Decimal]:
    return {f"{year}{month:02d}": Decimal(rng.randrange(10, 900) * 1_000) for month in range(1, 13)}


def _periods(year: int, today: date) -> list[Period]:
    months = [date(year, month, 1) for month in range(1, 13)]
    ends = [*(start - timedelta(days=1) for start in months[1:]), date(year, 12, 31)]
    spans = [*zip(months, ends, strict=True), (date(year, 12, 31), date(year, 12, 31))]
    return [
        Period(
            id=f"{year}{number:02d}",
            start=start,
            end=end,
            name=f"{number:02d}-{year}",
            active=start <= today,
            closed=set(CLOSABLE) if (end.year, end.month) < (today.year, today.month) else set(),
        )
        for number, (start, end) in enumerate(spans, 1)
    ]
