"""Labels in the user's language: lists of choices are answered, and filtered, as that user sees them.

See docs/vendors/acumatica.md, section 4.
"""

from __future__ import annotations

from typing import Any

_GERMAN = {
    "Posted": "Gebucht",
    "Unposted": "Nicht gebucht",
    "On Hold": "Zurückgestellt",
    "Balanced": "Ausgeglichen",
    "Open": "Offen",
    "Closed": "Geschlossen",
    "Bill": "Rechnung",
    "Debit Adj.": "Lastschrift",
    "Credit Adj.": "Gutschrift",
    "Payment": "Zahlung",
    "Asset": "Aktiva",
    "Liability": "Passiva",
    "Income": "Ertrag",
    "Expense": "Aufwand",
    "Actual": "Ist",
    "Statistical": "Statistisch",
}
_LISTS = frozenset({"Type", "Status", "ItemStatus", "PostOption"})


def label(field: str, value: Any, language: str) -> Any:
    """The value as a user of that language sees it."""
    return _GERMAN.get(value, value) if language == "de-DE" and field in _LISTS else value
