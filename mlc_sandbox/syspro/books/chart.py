"""The chart of accounts of a chemicals distributor: GL codes are cost centre, account and sub account: `20-6100-00`."""

from __future__ import annotations

from dataclasses import dataclass

BRANCHES = {"20": "Johannesburg", "30": "Durban", "40": "Cape Town"}
"""Cost centres with sales and costs; `10` is head office with the balance sheet."""

PSEUDO_CODES = ("FORCED", "RETAINED")
"""Rows of GenMaster that are no accounts (docs/vendors/syspro.md, section B2)."""

BANK, FOREIGN_BANK, RECEIVABLE, STOCK = "10-1000-00", "10-1010-00", "10-1100-00", "10-1200-00"
PAYABLE, VAT_IN, VAT_OUT, ACCRUALS = "10-2000-00", "10-2210-00", "10-2200-00", "10-2300-00"


@dataclass(frozen=True)
class Account:
    """One GL code; `control` accounts take postings from their own ledger only."""

    code: str
    description: str
    group: str
    type: str
    control: bool = False


_BALANCE_SHEET = (
    Account(BANK, "Standard Bank current account", "CASH", "A"),
    Account(FOREIGN_BANK, "Foreign currency account (USD, EUR)", "CASH", "A"),
    Account(RECEIVABLE, "Trade receivables control", "DEBT", "A", control=True),
    Account(STOCK, "Inventory control · all warehouses", "STOCK", "A", control=True),
    Account("10-1210-01", "Inventory: hazardous store, Méthanol & solvents", "STOCK", "A"),
    Account("10-1500-00", "Tanks and bunds, at cost", "FIXED", "A"),
    Account("10-1510-00", "Tanks and bunds, accumulated depreciation", "FIXED", "A"),
    Account(PAYABLE, "Trade payables control", "CRED", "L", control=True),
    Account(VAT_OUT, "VAT output", "TAX", "L"),
    Account(VAT_IN, "VAT input", "TAX", "L"),
    Account(ACCRUALS, "Accrued expenses", "CRED", "L"),
    Account("10-2500-00", "Term loan", "LOAN", "L"),
    Account("10-3000-00", "Share capital", "CAP", "C"),
    Account("10-3100-00", "Retained income", "CAP", "C"),
    Account("10-7000-00", "Interest paid", "FIN", "E"),
    Account("10-7100-00", "Exchange differences", "FIN", "E"),
    Account("10-9000-00", "Litres handled (statistical)", "STAT", "S"),
    Account("10-9999-00", "Template: new branch", "STAT", "T"),
)
_PER_BRANCH = (
    ("4000-00", "Sales: solvents", "SALES", "R"),
    ("4100-00", "Sales: acids & alkalis", "SALES", "R"),
    ("4200-00", "Freight recovered", "SALES", "R"),
    ("5000-00", "Cost of sales: solvents", "COS", "E"),
    ("5100-00", "Cost of sales: acids & alkalis", "COS", "E"),
    ("5200-00", "Hazardous waste disposal", "COS", "E"),
    ("6000-00", "Salaries and wages", "OPEX", "E"),
    ("6000-01", "Casual labour (closed Dec 2025)", "OPEX", "E"),
    ("6100-00", "Warehouse rent", "OPEX", "E"),
    ("6200-00", "Tankers and vehicles", "OPEX", "E"),
    ("6300-00", "Electricity & water", "OPEX", "E"),
    ("6400-00", "Safety, PPE and ADR training", "OPEX", "E"),
    ("6500-00", "Freight outwards · Überführung", "OPEX", "E"),
)

CHART = (
    *_BALANCE_SHEET,
    *(
        Account(f"{branch}-{code}", f"{title}, {name}", group, kind)
        for branch, name in BRANCHES.items()
        for code, title, group, kind in _PER_BRANCH
    ),
)

GROUPS = {
    "CASH": "Cash and bank",
    "DEBT": "Debtors",
    "STOCK": "Stock on hand",
    "FIXED": "Fixed assets",
    "CRED": "Creditors",
    "TAX": "Taxes",
    "LOAN": "Long term loans",
    "CAP": "Capital and reserves",
    "SALES": "Revenue",
    "COS": "Cost of sales",
    "OPEX": "Operating expenses",
    "FIN": "Finance costs",
    "STAT": "Statistics and templates",
}

PURCHASES = ("5000-00", "5100-00", "5200-00", "6100-00", "6200-00", "6300-00", "6400-00", "6500-00")
"""Expenses of a branch that suppliers invoice."""
JOURNALED = ("6000-00", "6100-00", "6200-00", "6300-00", "6400-00")
"""Expenses of a branch that manual journals accrue and allocate."""
ENDED = "6000-01"
"""An expense of a branch that nobody posts to after the first year."""
