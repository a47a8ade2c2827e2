"""What is reckoned from columns: the sides of a journal entry, movements, values in base currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

NO_ACTUALS = ("P", "S", "L")
"""Posting types of journals that hold no money of the ledger: provisional, statistical, alternate currency
(contract syspro.md, section A4)."""

_NOTHING = Decimal(0)
_WIDE = pa.decimal256(36, 12)
"""A product of two such numbers has more digits than fit decimal128."""


def posted(rows: pa.Table, posting_type: str, post_date: str) -> Any:
    """Which journals are actuals: those with a day of posting, of a type that holds the ledger's money.

    What the values of JnlStatus mean is not known (contract syspro.md, section A4); the day of posting says the same.
    """
    no_actual = pc.is_in(pc.fill_null(rows.column(posting_type), ""), value_set=pa.array(NO_ACTUALS))
    return pc.and_(pc.is_valid(rows.column(post_date)), pc.invert(no_actual))


def is_actual(rows: pa.Table) -> Any:
    """Which entries are actuals: those of such journals that don't say that they are not posted."""
    unposted = pc.equal(pc.fill_null(rows.column("GenJournalDetail/EntryPosted"), ""), "N")
    journals = posted(rows, "GenJournalCtl/JnlPostingType", "GenJournalCtl/PostDate")
    return pc.and_(journals, pc.invert(unposted))


def debit(rows: pa.Table) -> Any:
    """The entry's value where it is a debit: values are positive and EntryType tells the side."""
    return _side(rows, "D")


def credit(rows: pa.Table) -> Any:
    """The entry's value where it is a credit."""
    return _side(rows, "C")


def signed(rows: pa.Table) -> Any:
    """Debit less credit."""
    return pc.subtract(debit(rows), credit(rows))


def _side(rows: pa.Table, side: str) -> Any:
    # Any other type leaves both sides null: a fault of the record, and not a figure.
    kind, value = rows.column("GenJournalDetail/EntryType"), rows.column("GenJournalDetail/EntryValue")
    known = pc.is_in(kind, value_set=pa.array(["D", "C"]))
    return pc.if_else(known, pc.if_else(pc.equal(kind, side), value, pa.scalar(_NOTHING, value.type)), None)


def movement(rows: pa.Table) -> Any:
    """Closing less opening balance."""
    return pc.subtract(rows.column("GenHistory/Closing"), rows.column("GenHistory/Opening"))


def receivable(rows: pa.Table) -> Any:
    """Value in base currency; a credit note is negative however SYSPRO keeps it."""
    value = rows.column("ArInvoice/CurrencyValue")
    is_credit = pc.equal(rows.column("ArInvoice/DocumentType"), "C")
    value = pc.if_else(is_credit, pc.negate(pc.abs(value)), value)
    rate = pc.fill_null(rows.column("ArInvoice/ExchangeRate"), _NOTHING)
    # A rate of nothing is none at all: the invoice is in base currency.
    return _money(value, pc.if_else(pc.equal(rate, _NOTHING), pa.scalar(Decimal(1), rate.type), rate))


def order_line(rows: pa.Table) -> Any:
    """The line's number, 0 for an order without lines."""
    return pc.fill_null(rows.column("PorMasterDetail/Line"), 0)


def order_value(rows: pa.Table) -> Any:
    """Ordered quantity by price."""
    return _value(rows.column("PorMasterDetail/MOrderQty"), rows)


def open_order_value(rows: pa.Table) -> Any:
    """Quantity not yet received by price; nothing of orders that are complete or cancelled."""
    ordered, received = (
        pc.fill_null(rows.column(f"PorMasterDetail/{name}"), _NOTHING) for name in ("MOrderQty", "MReceivedQty")
    )
    left = pc.subtract(ordered, received)
    nothing = pa.scalar(_NOTHING, left.type)
    ended = pc.is_in(rows.column("PorMasterHdr/OrderStatus"), value_set=pa.array(["9", "*"]))
    none = pc.or_(ended, pc.less(left, nothing))
    return _value(pc.if_else(none, nothing, left), rows)


def _value(quantity: Any, rows: pa.Table) -> Any:
    return _money(pc.fill_null(quantity, _NOTHING), pc.fill_null(rows.column("PorMasterDetail/MPrice"), _NOTHING))


def _money(value: Any, rate: Any) -> Any:
    return pc.round(pc.multiply(value.cast(_WIDE), rate.cast(_WIDE)), 2, round_mode="half_towards_infinity")
