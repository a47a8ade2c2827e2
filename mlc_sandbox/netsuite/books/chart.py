"""The chart of accounts of a software company: about 120 accounts, with summary accounts and every account type."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

# One line per account: number, name, type, then marks: a leading dot per level below its summary account,
# S summary account, I inactive since a while but with postings, R retained earnings, C translation adjustment.
_CHART = """
0100 Cash and bank|Bank|S
.0110 Operating account|Bank
.0120 Payroll account|Bank
.0130 Deposits abroad, EUR|Bank
.0140 Deposits abroad, GBP|Bank
.0150 Petty cash "Front desk"|Bank
0200 Receivables|AcctRec|S
.0210 Accounts receivable|AcctRec
.0220 Receivables, resellers|AcctRec
0300 Unbilled receivables|UnbilledRec
0400 Other current assets|OthCurrAsset|S
.0410 Prepaid software|OthCurrAsset
.0420 Prepaid insurance|OthCurrAsset
.0430 Contract costs, current|OthCurrAsset
.0440 Recoverable VAT|OthCurrAsset
.0450 Intercompany receivable|OthCurrAsset
0500 Fixed assets|FixedAsset|S
.0510 Computers and servers|FixedAsset
.0520 Office furniture|FixedAsset
.0530 Leasehold improvements|FixedAsset
.0590 Accumulated depreciation|FixedAsset
0600 Capitalised development|OthAsset|S
.0610 Development cost, platform|OthAsset
.0620 Development cost, mobile|OthAsset
.0690 Accumulated amortisation|OthAsset
0700 Deferred commissions|DeferExpense
0800 Rent deposits|OthAsset
2000 Accounts payable|AcctPay|S
.2010 Trade payables|AcctPay
.2020 Payables, contractors|AcctPay
2100 Corporate cards|CredCard|S
.2110 Corporate card, travel|CredCard
.2120 Corporate card, cloud|CredCard
2200 Accrued liabilities|OthCurrLiab|S
.2210 Accrued payroll|OthCurrLiab
.2220 Accrued bonus|OthCurrLiab
.2230 Payroll taxes|OthCurrLiab
.2240 VAT payable|OthCurrLiab
.2250 Accrued expenses|OthCurrLiab
.2260 Intercompany payable|OthCurrLiab
.2270 Lease liability, current|OthCurrLiab
2300 Deferred revenue|DeferRevenue|S
.2310 Deferred subscriptions|DeferRevenue
.2320 Deferred support|DeferRevenue
2500 Long-term loans|LongTermLiab|S
.2510 Term loan|LongTermLiab
.2520 Convertible notes|LongTermLiab
.2530 Lease liability, long term|LongTermLiab
3000 Equity|Equity|S
.3010 Common stock|Equity
.3020 Additional paid-in capital|Equity
.3030 Stock compensation reserve|Equity
3200 Cumulative translation adjustment|Equity|C
3900 Retained earnings|RetainedEarnings|R
4000 Revenue|Income|S
.4010 Subscriptions, platform|Income
.4020 Subscriptions, analytics|Income
.4030 Subscriptions, mobile|Income
.4040 Usage fees|Income
.4050 Support plans|Income
.4060 Marketplace fees|Income
.4070 Professional services|Income|S
..4071 Implementation|Income
..4072 Training|Income
..4073 Custom development|Income
.4090 Discounts and credits|Income
5000 Cost of revenue|COGS|S
.5010 Hosting, production|COGS
.5020 Content delivery|COGS
.5030 Third-party licences|COGS
.5040 Support salaries|COGS
.5050 Support contractors|COGS
.5060 Payment processing|COGS
.5070 Services salaries|COGS
.5080 Services travel|COGS
6000 Research and development|Expense|S
.6010 Engineering salaries|Expense
.6020 Engineering bonus|Expense
.6030 Engineering contractors|Expense
.6040 Development tools|Expense
.6050 Hosting, staging|Expense
.6060 Security audits|Expense
.6070 Old tool subscriptions|Expense|I
6200 Sales and marketing|Expense|S
.6210 Sales salaries|Expense
.6220 Sales commissions|Expense
.6230 Sales travel|Expense
.6240 Advertising|Expense
.6250 Events and trade fairs|Expense
.6260 Marketing software|Expense
.6270 Partner programme|Expense
.6280 Content & translations|Expense
6400 General and administrative|Expense|S
.6410 Administration salaries|Expense
.6420 Rent|Expense
.6430 Utilities|Expense
.6440 Office supplies|Expense
.6450 Legal fees|Expense
.6460 Audit & tax advice|Expense
.6470 Insurance|Expense
.6480 Bank charges|Expense
.6490 Recruiting|Expense
.6500 Employee benefits|Expense|S
..6501 Health insurance|Expense
..6502 Pension, employer's part|Expense
..6503 Meals|Expense
.6510 Software, administration|Expense
.6520 Telephone and internet|Expense
.6530 Bad debt|Expense
6600 Depreciation and amortisation|Expense|S
.6610 Depreciation, equipment|Expense
.6620 Amortisation, development|Expense
.6630 Stock compensation|Expense
7000 Other income|OthIncome|S
.7010 Interest income|OthIncome
.7020 Exchange gains|OthIncome
.7030 Grants|OthIncome
8000 Other expense|OthExpense|S
.8010 Interest expense|OthExpense
.8020 Exchange losses|OthExpense
.8030 Income tax|OthExpense
9000 Purchase orders|NonPosting
9010 Sales orders|NonPosting
9100 Headcount|Stat
9110 Active customers|Stat
"""

_FIRST_ID = 101

# type: long name, balance sheet, left (debit) side, general rate type
ACCOUNT_TYPES: dict[str, tuple[str, bool, bool, str]] = {
    "Bank": ("Bank", True, True, "CURRENT"),
    "AcctRec": ("Accounts Receivable", True, True, "CURRENT"),
    "UnbilledRec": ("Unbilled Receivable", True, True, "CURRENT"),
    "OthCurrAsset": ("Other Current Asset", True, True, "CURRENT"),
    "FixedAsset": ("Fixed Asset", True, True, "CURRENT"),
    "OthAsset": ("Other Asset", True, True, "CURRENT"),
    "DeferExpense": ("Deferred Expense", True, True, "CURRENT"),
    "AcctPay": ("Accounts Payable", True, False, "CURRENT"),
    "CredCard": ("Credit Card", True, False, "CURRENT"),
    "OthCurrLiab": ("Other Current Liability", True, False, "CURRENT"),
    "LongTermLiab": ("Long Term Liability", True, False, "CURRENT"),
    "DeferRevenue": ("Deferred Revenue", True, False, "CURRENT"),
    "Equity": ("Equity", True, False, "HISTORICAL"),
    "RetainedEarnings": ("Retained Earnings", True, False, "HISTORICAL"),
    "Income": ("Income", False, False, "AVERAGE"),
    "OthIncome": ("Other Income", False, False, "AVERAGE"),
    "COGS": ("Cost of Goods Sold", False, True, "AVERAGE"),
    "Expense": ("Expense", False, True, "AVERAGE"),
    "OthExpense": ("Other Expense", False, True, "AVERAGE"),
    "NonPosting": ("Non Posting", False, True, "CURRENT"),
    "Stat": ("Statistical", False, True, "CURRENT"),
}
"""Account type code -> long name, whether on the balance sheet, whether on the left side, default rate type."""

UNPOSTABLE_TYPES = frozenset({"NonPosting", "Stat"})
"""Account types that never hold general ledger money."""


@dataclass(frozen=True)
class Account:
    """One account of the chart.

    Attributes:
        id: internal id.
        number: account number as text, with its leading zeros.
        name: name without the number.
        type: code, a key of `ACCOUNT_TYPES`.
        parent: id of its summary account.
        above: names of the accounts above it, top first.
        summary: whether others lie below it; such an account takes no postings.
        inactive: whether new postings are refused; old ones are there.
        special: `RetEarnings`, `CumulTransAdj` or empty.
    """

    id: int
    number: str
    name: str
    type: str
    parent: int | None
    above: tuple[str, ...]
    summary: bool
    inactive: bool
    special: str


def build_chart() -> list[Account]:
    """The chart, parents first."""
    accounts: list[Account] = []
    path: list[Account] = []
    ids = count(_FIRST_ID)
    for line in _CHART.strip().splitlines():
        depth = len(line) - len(line.lstrip("."))
        text, kind, marks = (*line[depth:].split("|"), "")[:3]
        number, name = text.split(" ", 1)
        del path[depth:]
        account = Account(
            id=next(ids),
            number=number,
            name=name,
            type=kind,
            parent=path[-1].id if path else None,
            above=tuple(parent.name for parent in path),
            summary="S" in marks,
            inactive="I" in marks,
            special="RetEarnings" if "R" in marks else "CumulTransAdj" if "C" in marks else "",
        )
        accounts.append(account)
        path.append(account)
    return accounts
