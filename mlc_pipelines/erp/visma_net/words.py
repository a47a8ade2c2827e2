"""The words of Visma.net that decide something; Visma.net doesn't translate them.

See docs/vendors/visma_net.md, section 6.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlc_pipelines.vocabulary import Vocabulary

INVOICE_TYPE = Vocabulary(
    "the sign of the amounts, all of which are positive on the wire",
    {
        "Invoice": 1,
        "CreditAdj": 1,
        "Prepayment": 1,
        "QuickCheck": 1,
        "DebitAdj": -1,
        "VoidQuickCheck": -1,
    },
)
"""Checks and refunds are payments: what sign their lines would have as a cost is not known."""

ORDER_STATUS = Vocabulary(
    "whether the order's lines are still expected",
    {
        "Open": True,
        "Printed": True,
        "PendingEmail": True,
        "PendingPrint": True,
        "Balanced": False,
        "Cancelled": False,
        "Closed": False,
        "Hold": False,
        "Voided": False,
    },
)

BALANCE_TYPE = Vocabulary(
    "whether the ledger holds actuals", {"Actual": True, "Report": False, "Statistical": False, "Budget": False}
)

PLACES: Mapping[str, Vocabulary] = {"ledger.balanceType": BALANCE_TYPE}
"""Where words stand that decide something and are no field of an entity."""
