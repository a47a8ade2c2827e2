"""What is derived from columns: the sides of a journal entry, movements, values in base currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.syspro.words import ENTRY_POSTED, ENTRY_TYPE, ORDER_STATUS, POSTING_TYPE, RECEIVABLE_TYPE

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

_NOTHING = Decimal(0)
_WIDE = pa.decimal256(36, 12)
"""A product of two such numbers has more digits than fit decimal128."""


def posted(rows: pa.Table, posting_type: str, post_date: str) -> Any:
    """Which journals are actuals: those with a day of posting, of a type that holds the ledger's money.

    What the values of JnlStatus mean is not known (docs/vendors/syspro.md, section A4); the day of posting says the
    same.
    """
    return pc.and_(pc.is_valid(rows.column(post_date)), POSTING_TYPE.decided(rows.column(posting_type)))


def is_actual(rows: pa.Table) -> Any:
    """Which entries are actuals: those of such journals that don't say that they are not posted."""
    journals = posted(rows, "GenJournalCtl/JnlPostingType", "GenJournalCtl/PostDate")
    return pc.and_(journals, ENTRY_POSTED.decided(rows.column("GenJournalDetail/EntryPosted")))


def debit(rows: pa.Table) -> Any:
    """The entry's value where it is a debit: values are positive and EntryType tells the side."""
    return _side(rows, "debit")


def credit(rows: pa.Table) -> Any:
    """The entry's value where it is a credit."""
    return _side(rows, "credit")


def signed(rows: pa.Table) -> Any:
    """Debit less credit."""
    return pc.subtract(debit(rows), credit(rows))


def _side(rows: pa.Table, side: str) -> Any:
    is_of_side = pc.equal(ENTRY_TYPE.decided(rows.column("GenJournalDetail/EntryType")), side)
    value = rows.column("GenJournalDetail/EntryValue")
    return pc.if_else(is_of_side, value, pa.scalar(_NOTHING, value.type))


def movement(rows: pa.Table) -> Any:
    """Closing less opening balance."""
    return pc.subtract(rows.column("GenHistory/Closing"), rows.column("GenHistory/Opening"))


def receivable(rows: pa.Table) -> Any:
    """Value in base currency; a credit note is negative however SYSPRO keeps it."""
    value = rows.column("ArInvoice/CurrencyValue")
    is_credit = pc.equal(RECEIVABLE_TYPE.decided(rows.column("ArInvoice/DocumentType")), "negative")
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
    expected = pc.and_(ORDER_STATUS.decided(rows.column("PorMasterHdr/OrderStatus")), pc.greater(left, nothing))
    return _value(pc.if_else(expected, left, nothing), rows)


def _value(quantity: Any, rows: pa.Table) -> Any:
    return _money(pc.fill_null(quantity, _NOTHING), pc.fill_null(rows.column("PorMasterDetail/MPrice"), _NOTHING))


def _money(value: Any, rate: Any) -> Any:
    return pc.round(pc.multiply(value.cast(_WIDE), rate.cast(_WIDE)), 2, round_mode="half_towards_infinity")
