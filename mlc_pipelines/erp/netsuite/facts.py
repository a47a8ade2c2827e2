"""The facts: lines of the general ledger, vendor bills, purchase orders."""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.erp.base import MONEY, RATE
from mlc_pipelines.erp.netsuite.fields import TIMESTAMP, Column, Feature, Join, NetSuiteEntity, day, moment
from mlc_pipelines.erp.netsuite.words import BILL, ORDER, YES

_ID, _TEXT, _FLAG, _DAY = pa.int64(), pa.string(), pa.bool_(), pa.date32()
_STAMP = "t.lastmodifieddate"
_CURRENCY = Join("currency cur", "cur.id = t.currency", Feature.CURRENCIES)
_SUBSIDIARY = Join("subsidiary s", "s.id = tl.subsidiary", Feature.SUBSIDIARIES)


def _transaction_currency() -> Column:
    return Column("currency", _TEXT, "ISO code of the transaction's currency.", "cur.symbol", needs=Feature.CURRENCIES)


def _modified() -> Column:
    return Column(
        "modified_at",
        TIMESTAMP,
        "Last change of the transaction, in the account's time zone.",
        moment(_STAMP),
    )


def _named(word: str, expression: str, alias: str, feature: Feature) -> tuple[Column, Column]:
    return (
        Column(f"{word}_id", _ID, f"Internal id of the {word}.", expression, needs=feature),
        Column(f"{word}_name", _TEXT, f"Name of the {word}, without its parents.", f"{alias}.name", needs=feature),
    )


GL_ACTIVITY = NetSuiteEntity(
    name="gl_activity",
    kind="fact",
    meaning="Lines of posted transactions of the period, by the period they post to (not by their date).",
    fields=(
        Column("transaction_id", _ID, "Internal id of the transaction.", "t.id", required=True),
        Column("line_id", _ID, "Line within the transaction.", "tal.transactionline", required=True),
        Column(
            "accounting_book",
            _ID,
            "Internal id of the accounting book; 1 where the account has only its primary book.",
            "tal.accountingbook",
            required=True,
            needs=Feature.BOOKS,
            otherwise="1",
        ),
        Column("period_id", _ID, "Internal id of the accounting period.", "t.postingperiod", required=True),
        Column("account_id", _ID, "Internal id of the account.", "tal.account", required=True),
        Column("account_number", _TEXT, "Account number, as text.", "a.acctnumber", needs=Feature.ACCOUNT_NUMBERS),
        Column("account_name", _TEXT, "Account name without the number.", "a.accountsearchdisplaynamecopy"),
        Column("account_type", _TEXT, "Account type, such as Income, Expense, Bank, Stat, NonPosting.", "a.accttype"),
        *_named("department", "tl.department", "d", Feature.DEPARTMENTS),
        *_named("class", "tl.class", "c", Feature.CLASSES),
        *_named("location", "tl.location", "l", Feature.LOCATIONS),
        *_named("subsidiary", "tl.subsidiary", "s", Feature.SUBSIDIARIES),
        Column("transaction_type", _TEXT, "Type code, such as Journal, VendBill, CustInvc.", "t.type"),
        Column("transaction_number", _TEXT, "Number that people see on the transaction.", "t.tranid"),
        Column("transaction_date", _DAY, "Date of the transaction; its period may be another.", day("t.trandate")),
        Column("memo", _TEXT, "Memo of the line, else of the transaction.", "NVL(tl.memo, t.memo)"),
        Column("entity_id", _ID, "Internal id of the customer, vendor or employee.", "t.entity"),
        Column("entity_name", _TEXT, "The customer, vendor or employee.", "BUILTIN.DF(t.entity)", personal=True),
        _transaction_currency(),
        Column("debit", MONEY, "Debit in the subsidiary's base currency, else 0.", "NVL(tal.debit, 0)", required=True),
        Column(
            "credit", MONEY, "Credit in the subsidiary's base currency, else 0.", "NVL(tal.credit, 0)", required=True
        ),
        Column(
            "amount",
            MONEY,
            "Debit less credit: income and liabilities are negative.",
            "NVL(tal.amount, 0)",
            required=True,
        ),
        _modified(),
    ),
    key=("transaction_id", "line_id", "accounting_book"),
    modified="modified_at",
    watermark="modified_at",
    period="period_id",
    refers_to=("accounts", "departments", "classes", "locations", "subsidiaries"),
    repeats={
        "accounts": ("number", "name", "type"),
        "departments": ("name",),
        "classes": ("name",),
        "locations": ("name",),
        "subsidiaries": ("name",),
        "vendors": ("code", "name"),
        "employees": ("code", "first_name", "last_name"),
    },
    amount="amount",
    debit="debit",
    credit="credit",
    control_by="account_number",
    table=(
        "transactionaccountingline tal INNER JOIN transaction t ON t.id = tal.transaction"
        " INNER JOIN transactionline tl ON tl.transaction = tal.transaction AND tl.id = tal.transactionline"
    ),
    joins=(
        Join("account a", "a.id = tal.account"),
        Join("department d", "d.id = tl.department", Feature.DEPARTMENTS),
        Join("classification c", "c.id = tl.class", Feature.CLASSES),
        Join("location l", "l.id = tl.location", Feature.LOCATIONS),
        _SUBSIDIARY,
        _CURRENCY,
    ),
    conditions=(f"tal.posting = '{YES}'", f"t.posting = '{YES}'"),
    placed_by="posting period",
    stamp=_STAMP,
    permission="Transactions > Find Transaction, and the transaction types that the ledger holds",
)

_COST = "0 - t.foreigntotal"
"""Of a bill or an order: their totals are negative, as money that leaves (docs/vendors/netsuite.md, section 4)."""

_RECKONED = f"ROUND(({_COST}) * t.exchangerate, 2)"
_LEDGER_LINE = Join(
    "transactionaccountingline tal",
    f"tal.transaction = t.id AND tal.transactionline = 0 AND tal.posting = '{YES}'",
    of_book=True,
)
"""The ledger's line of a header: the payable (docs/vendors/netsuite.md, section 4). A bill before approval has none."""


def _header(document: str, amount: Column) -> tuple[Column, ...]:
    return (
        Column("id", _ID, f"Internal id of the {document}.", "t.id", required=True),
        Column("number", _TEXT, f"Number that people see on the {document}.", "t.tranid"),
        Column("vendor_id", _ID, "Internal id of the vendor.", "t.entity", required=True),
        Column("vendor_code", _TEXT, "Vendor id as people see it.", "v.entityid", personal=True),
        Column("vendor_name", _TEXT, "Company name of the vendor.", "v.companyname", personal=True),
        Column("transaction_date", _DAY, f"Date of the {document}.", day("t.trandate"), required=True),
        Column("due_date", _DAY, "Due date.", day("t.duedate")),
        Column("status", _TEXT, "Status code of NetSuite, such as A.", "t.status"),
        Column("status_name", _TEXT, "Status in words, such as `Bill : Open`.", "BUILTIN.DF(t.status)"),
        *_named("subsidiary", "tl.subsidiary", "s", Feature.SUBSIDIARIES),
        _transaction_currency(),
        Column("exchange_rate", RATE, "To base currency.", "t.exchangerate", needs=Feature.CURRENCIES, otherwise="1"),
        Column("foreign_amount", MONEY, "Total in the transaction's currency; a cost is positive.", _COST),
        amount,
        Column("memo", _TEXT, "Memo.", "t.memo"),
        _modified(),
    )


_HEADER_JOINS = (
    Join("vendor v", "v.id = t.entity"),
    Join("transactionline tl", f"tl.transaction = t.id AND tl.mainline = '{YES}'", Feature.SUBSIDIARIES),
    _SUBSIDIARY,
    _CURRENCY,
)

VENDOR_BILLS = NetSuiteEntity(
    name="vendor_bills",
    kind="fact",
    meaning="Vendor bills of the period, by the period they post to; one row a bill, also those not yet approved.",
    fields=(
        *_header(
            "bill",
            Column(
                "amount",
                MONEY,
                "Total in the subsidiary's base currency, as the ledger has it; before approval foreign total by rate.",
                f"NVL(0 - tal.amount, {_RECKONED})",
                needs=Feature.CURRENCIES,
                otherwise=f"NVL(0 - tal.amount, {_COST})",
            ),
        ),
        Column("posted", _FLAG, "In the ledger; false while it awaits approval.", "t.posting"),
        Column("period_id", _ID, "Internal id of the accounting period.", "t.postingperiod", required=True),
    ),
    key=("id",),
    modified="modified_at",
    watermark="modified_at",
    period="period_id",
    refers_to=("vendors", "subsidiaries"),
    repeats={"vendors": ("code", "name"), "subsidiaries": ("name",)},
    amount="amount",
    control_by="vendor_id",
    table="transaction t",
    joins=(*_HEADER_JOINS, _LEDGER_LINE),
    conditions=(f"t.type = '{BILL}'",),
    placed_by="posting period",
    stamp=_STAMP,
    permission="Transactions > Bills",
    unproven="the sign of bills that await approval: `foreigntotal` is turned in both",
)

PURCHASE_ORDERS = NetSuiteEntity(
    name="purchase_orders",
    kind="fact",
    meaning=(
        "Purchase orders dated in the period, one row an order. They post nothing, so their date decides;"
        " adjustment periods have none."
    ),
    fields=_header(
        "order",
        Column(
            "amount",
            MONEY,
            "Total in the subsidiary's base currency: foreign total by exchange rate, to two places.",
            _RECKONED,
            needs=Feature.CURRENCIES,
            otherwise=_COST,
        ),
    ),
    key=("id",),
    modified="modified_at",
    watermark="modified_at",
    period="transaction_date",
    refers_to=("vendors", "subsidiaries"),
    repeats={"vendors": ("code", "name"), "subsidiaries": ("name",)},
    amount="amount",
    control_by="vendor_id",
    table="transaction t",
    joins=_HEADER_JOINS,
    conditions=(f"t.type = '{ORDER}'",),
    placed_by="transaction date",
    stamp=_STAMP,
    permission="Transactions > Purchase Order",
    unproven="the sign: `foreigntotal` is turned in both",
)
