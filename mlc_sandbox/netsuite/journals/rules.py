"""The business rules that a journal has to meet before it is saved (docs/vendors/netsuite.md, sections 5.2 and 5.6)."""

from __future__ import annotations

from mlc_sandbox.netsuite.books import Books, Entry
from mlc_sandbox.netsuite.refusals import user_error
from mlc_sandbox.netsuite.switches import Switches

CLOSED_PERIOD = "This transaction cannot be saved: the posting period is closed."
_ATTRIBUTES = {"department": "department", "class": "class_", "location": "location"}


def check_journal(entry: Entry, books: Books, switches: Switches) -> None:
    """Check a journal as it would be saved.

    Raises:
        Refusal: 400 USER_ERROR.
    """
    if len(entry.lines) < 2:
        raise user_error("Please enter value(s) for: Line. A journal entry must have at least two lines.", "line")
    for position, line in enumerate(entry.lines):
        for name in sorted(switches.mandatory_dimensions):
            if getattr(line, _ATTRIBUTES[name]) is None:
                raise user_error(f"Please enter value(s) for: {name.title()}", f"line.items[{position}].{name}")
    if entry.balance:
        raise user_error(f"Transaction was not in balance. Posting total = {entry.balance}")
    require_open(books, entry.period)
    period = next(period for period in books.periods if period.id == entry.period)
    if not period.start <= entry.date <= period.end:
        raise user_error(
            "The transaction date you specified is not within the date range of your accounting period.", "tranDate"
        )


def require_open(books: Books, period: int) -> None:
    """Refuse a change in a closed period.

    Raises:
        Refusal: 400 USER_ERROR.
    """
    if books.is_closed(period):
        raise user_error(CLOSED_PERIOD, "postingPeriod")
