"""The words of Acumatica that decide something: labels, in the language of the user.

See docs/vendors/acumatica.md, section 4.

No query has one of them in its `$filter`: in another language it would give no rows and no error.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlc_pipelines.vocabulary import Vocabulary

LOCALE = "en-US"
"""The language of these words."""

AS_IS, TURNED, NEGATIVE, POSITIVE, LEFT_OUT = "as it comes", "turned", "negative", "positive", "no row"
"""What becomes of the amounts of a row, or of the row itself."""


def _labels(decides: str, **words: str) -> Vocabulary:
    """Words by what they decide: they are parted by commas, for labels have blanks."""
    decisions = {"as_is": AS_IS, "turned": TURNED, "negative": NEGATIVE, "positive": POSITIVE, "left_out": LEFT_OUT}
    table = {word.strip(): decisions[decision] for decision, said in words.items() for word in said.split(",")}
    return Vocabulary(decides, table, translated=True)


BATCH_STATUS = _labels(
    "whether the batch is in the ledger",
    as_is="Posted",
    left_out="On Hold, Balanced, Pending Approval, Rejected, Scheduled, Released, Partially Released, Unposted,"
    " Completed, Void, Voided",
)
BILL_TYPE = _labels(
    "the sign of the amount, which comes without one",
    as_is="Bill, Credit Adj., Prepayment, Prepayment Req.",
    turned="Debit Adj.",
)
PAYMENT_TYPE = _labels(
    "the sign of the amount, and whether the row is a payment",
    as_is="Payment, Check, Prepayment",
    negative="Refund, Vendor Refund, Voided Payment, Voided Check",
    positive="Voided Refund",
    left_out="Debit Adj.",
)
"""Debit adjustments are shown among payments because they can be applied; they are bills'
(docs/vendors/acumatica.md, section 6)."""

ACCOUNT_TYPE = _labels(
    "the sign of the balances, which come in the sign that is natural to the account",
    as_is="Asset, Expense",
    turned="Liability, Income",
)
LEDGER_TYPE = Vocabulary(
    "whether Acumatica answers in English, for `mlc ping`",
    dict.fromkeys(("Actual", "Budget", "Statistical", "Reporting"), True),
    translated=True,
)

PLACES: Mapping[str, Vocabulary] = {"Ledger.Type": LEDGER_TYPE}
"""Where words stand that decide something and are no field of an entity."""
