"""What the ledger of the sample NetSuite company holds of a period, straight from its books."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # most worlds have another ERP
    from mlc_sandbox.netsuite import Books

_LEDGER_TOTALS = """
    SELECT a.acctnumber, coalesce(CAST(tl.department AS VARCHAR), 'Unassigned'), s.name,
           sum(coalesce(tal.debit, 0) - coalesce(tal.credit, 0))
    FROM transactionaccountingline tal JOIN "transaction" t ON t.id = tal."transaction"
    JOIN transactionline tl ON tl."transaction" = t.id AND tl.id = tal.transactionline
    JOIN account a ON a.id = tal.account JOIN subsidiary s ON s.id = tl.subsidiary
    WHERE tal.posting = 'T' AND t.posting = 'T' AND tal.accountingbook = 1 AND t.postingperiod = ?
      AND a.accttype NOT IN ('Stat', 'NonPosting')
    GROUP BY 1, 2, 3
"""


def ledger_totals(books: Books, period: str) -> list[tuple[str, str, str, Decimal]]:
    """Account, department, subsidiary and the sum of what was posted to them in a period, by NetSuite's name of it."""
    return books.cursor().execute(_LEDGER_TOTALS, [books.period(period).id]).fetchall()
