"""Accounts, subaccounts, ledgers, branches and currencies of a professional-services firm."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

CASH, FOREIGN_CASH, RECEIVABLES, WIP, INVENTORY = "10200", "10250", "11000", "12000", "12100"
INPUT_TAX, PREPAYMENTS, INTERBRANCH, EQUIPMENT, DEPRECIATION = "14500", "15000", "19000", "16000", "16900"
PAYABLES, ACCRUALS, CAPITAL, RETAINED, NET_INCOME = "20000", "21000", "30000", "32000", "33000"
FEES, RECHARGED, PAYROLL, CONTRACTORS, FX, BANK = "40000", "41000", "50000", "51000", "72000", "71000"
OFFSET, OLD_EXPENSE = "99999", "64900"
EXPENSES = ("51000", "52000", "60000", "61000", "62000", "62500", "63000", "64000", "65000")


@dataclass(frozen=True)
class Account:
    """An account; `kind` is one of the four types that there are (docs/vendors/acumatica.md, section 6)."""

    code: str
    name: str
    kind: str
    group: str
    active: bool = True
    cash: bool = False
    currency: str | None = None
    project_group: str | None = None


ACCOUNTS = (
    Account("09900", "Clearing", "Asset", "OTHASSET"),
    Account(CASH, "Company Checking", "Asset", "CASHASSET", cash=True),
    Account(FOREIGN_CASH, "Konto EUR (Bank Zürich)", "Asset", "CASHASSET", cash=True, currency="EUR"),
    Account(RECEIVABLES, "Accounts Receivable", "Asset", "AR"),
    Account(WIP, "Unbilled Time", "Asset", "OTHASSET", project_group="WIP"),
    Account(INVENTORY, "Inventory", "Asset", "INVENTORY"),
    Account(INPUT_TAX, "Input Tax", "Asset", "OTHASSET"),
    Account(PREPAYMENTS, "Vendor Prepayments", "Asset", "PREPAID"),
    Account(EQUIPMENT, "Office Equipment", "Asset", "FASSET"),
    Account(DEPRECIATION, "Accumulated Depreciation", "Asset", "FASSET"),
    Account(INTERBRANCH, "Due from Branches", "Asset", "OTHASSET"),
    Account(PAYABLES, "Accounts Payable", "Liability", "AP"),
    Account(ACCRUALS, "Accrued Expenses", "Liability", "ACCRLIAB"),
    Account("24000", "Sales Tax Payable", "Liability", "TAXPAY"),
    Account(CAPITAL, "Common Stock", "Liability", "EQUITY"),
    Account(RETAINED, "Retained Earnings", "Liability", "EQUITY"),
    Account(NET_INCOME, "YTD Net Income", "Liability", "EQUITY"),
    Account(FEES, "Consulting Fees", "Income", "SALES", project_group="REVENUE"),
    Account(RECHARGED, "Recharged Expenses", "Income", "SALES", project_group="REVENUE"),
    Account("49000", "Discounts Given", "Income", "OTHINC"),
    Account(PAYROLL, "Consultants' Salaries", "Expense", "PAYROLL", project_group="LABOR"),
    Account(CONTRACTORS, "Contractors", "Expense", "COGS", project_group="SUBCON"),
    Account("52000", "Materials Used", "Expense", "COGS", project_group="MATERIAL"),
    Account("60000", "Rent", "Expense", "EXOTHER"),
    Account("61000", "Software & Subscriptions", "Expense", "EXOTHER"),
    Account("62000", "Travel", "Expense", "EXOTHER", project_group="TRAVEL"),
    Account("62500", "Café & Büro: Verpflegung, groß", "Expense", "EXOTHER"),
    Account("63000", "Training", "Expense", "EXOTHER"),
    Account("64000", "Professional Fees", "Expense", "EXOTHER"),
    Account(OLD_EXPENSE, "Postage (closed)", "Expense", "EXOTHER", active=False),
    Account("65000", 'Insurance, "all risks"', "Expense", "EXOTHER"),
    Account("66000", "Depreciation", "Expense", "EXOTHER"),
    Account(BANK, "Bank Charges", "Expense", "EXOTHER"),
    Account(FX, "Realised Exchange Gains and Losses", "Expense", "EXOTHER"),
    Account("98000", "Headcount", "Expense", "STAT"),
    Account("98100", "Billable Hours", "Expense", "STAT"),
    Account(OFFSET, "Plan Offset", "Liability", "STAT"),
)

OFFICES = {"000": "No office", "100": "Boston", "200": "Denver", "300": "Århus"}
PRACTICES = {"000": "No practice", "STR": "Strategy", "TEC": "Technology", "TAX": "Tax", "OPS": "Opération"}
SUBACCOUNTS = {
    office + practice: f"{place} / {name}" for office, place in OFFICES.items() for practice, name in PRACTICES.items()
}
"""Code -> description."""

CLOSED_SUBACCOUNT = "200TAX"
DEFAULT_SUBACCOUNT = "000000"


@dataclass(frozen=True)
class Branch:
    """A branch and the company that it belongs to."""

    code: str
    name: str
    company: str
    company_name: str
    company_type: str
    country: str
    offices: tuple[str, ...]
    active: bool = True


BRANCHES = (
    Branch(
        "HEADOFFICE", "Boston Head Office", "MERIDIAN", "Meridian Advisory LLC", "With Branches", "US", ("000", "100")
    ),
    Branch("WEST", "Denver", "MERIDIAN", "Meridian Advisory LLC", "With Branches", "US", ("200",)),
    Branch(
        "NORDIC", "Meridian Rådgivning ApS", "MERNORDIC", "Meridian Rådgivning ApS", "Without Branches", "DK", ("300",)
    ),
    Branch("OLDTOWN", "Salem (closed)", "MERIDIAN", "Meridian Advisory LLC", "With Branches", "US", (), active=False),
)


@dataclass(frozen=True)
class Ledger:
    """A ledger; `kind` is Actual, Budget, Statistical or Reporting."""

    code: str
    number: int
    name: str
    kind: str


ACTUAL, BUDGET, STATISTICAL = "ACTUAL", "BUDGET", "STAT"
LEDGERS = (
    Ledger(ACTUAL, 1, "Actual ledger", "Actual"),
    Ledger(BUDGET, 2, "Budget ledger", "Budget"),
    Ledger(STATISTICAL, 3, "Statistics: heads, hours, plans", "Statistical"),
    Ledger("GROUP", 4, "Group reporting", "Reporting"),
)

BASE = "USD"
CURRENCIES = {
    "USD": ("$", 2, "US Dollar"),
    "EUR": ("€", 2, "Euro"),
    "GBP": ("£", 2, "Pound Sterling"),
    "DKK": ("kr", 2, "Dansk krone"),
    "JPY": ("¥", 0, "Yen"),
}
"""Code -> symbol, decimal places, name."""

RATES = {
    "USD": Decimal(1),
    "EUR": Decimal("1.083500"),
    "GBP": Decimal("1.272134"),
    "DKK": Decimal("0.145217"),
    "JPY": Decimal("0.00667123"),
}
"""Dollars for one unit."""
