"""The words of NetSuite that decide something: codes, the same in every language.

See docs/vendors/netsuite.md, sections 3.2 and 4.
Names that `BUILTIN.DF` gives are in the user's language: they are shown, and decide nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlc_pipelines.vocabulary import Vocabulary

YES, NO = BOOLEANS = ("T", "F")
"""True and false, of every flag."""

POSTING = Vocabulary("whether the line is in the ledger", {YES: True, NO: False})
PERIOD_FLAG = Vocabulary("what kind of period it is, and whether it is posted to", {YES: True, NO: False})
BOOK_FLAG = Vocabulary("which accounting book is read", {YES: True, NO: False})

PLACES: Mapping[str, Vocabulary] = {
    "transaction.posting, transactionaccountingline.posting": POSTING,
    "accountingperiod.isposting, isadjust, isquarter, isyear, isinactive": PERIOD_FLAG,
    "accountingbook.isprimary, isadjustmentonly": BOOK_FLAG,
}
"""Where words stand that decide something and are no field of an entity."""

BILL, ORDER = "VendBill", "PurchOrd"
"""Codes of transaction types: a query asks for one, as it asks for a table."""
