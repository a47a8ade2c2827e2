"""The words of SYSPRO that decide something: codes of one letter, the same in every language.

See docs/vendors/syspro.md.
"""

from __future__ import annotations

from mlc_pipelines.vocabulary import Vocabulary

FLAG = Vocabulary("a flag, which is empty where the column is", {"Y": True, "N": False, "": None})

POSTING_TYPE = Vocabulary(
    "whether the journal holds money of the ledger",
    {"N": True, "A": True, "I": True, "E": True, "U": True, "P": False, "S": False, "L": False},
)
"""Normal, auditor's, inter-company, period end, user-defined; provisional, statistical, alternate currency (A4)."""

ENTRY_TYPE = Vocabulary("the side of the entry, whose value has no sign", {"D": "debit", "C": "credit"})

ENTRY_POSTED = Vocabulary(
    "whether the entry of a journal with a day of posting is posted", {"Y": True, "N": False, "": True}
)
"""Where an installation lacks the column, the journal's day of posting alone decides (B2)."""

RECEIVABLE_TYPE = Vocabulary("the sign of the value", {"I": "as it comes", "D": "as it comes", "C": "negative"})

ORDER_STATUS = Vocabulary(
    "whether what is not received is still expected", {"1": True, "4": True, "9": False, "*": False}
)

STATISTICAL = ("S", "T")
"""Account types (B2) whose balances are not of the ledger's money; only the control totals of journals go by them."""

PSEUDO_CODES = ("FORCED", "RETAINED")
"""GL codes of year end, which are no accounts (B2): queries leave them out."""
