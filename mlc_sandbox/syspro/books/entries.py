"""Journals as they are entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

UNPOSTED, ON_HOLD, CANCELLED, POSTED = "0", "1", "2", "9"
"""Values of `JnlStatus`; only the first is known from a real answer (docs/vendors/syspro.md, section A4)."""

ONE_SIDED = frozenset("S")
"""Posting types whose entries need not add up to zero: statistical ones count litres."""
_NO_MONEY = frozenset("PSL")


def moves_money(posting_type: str) -> bool:
    """Whether posted journals of this type are money of the ledger.

    Provisional, statistical and alternate currency journals are not (docs/vendors/syspro.md, section A4).
    """
    return posting_type not in _NO_MONEY


@dataclass(frozen=True)
class Entry:
    """One line of a journal; debit positive."""

    code: str
    value: Decimal
    reference: str = ""
    comment: str = ""
    analysis: int = 0


@dataclass(frozen=True)
class Journal:
    """A journal as it is entered.

    Attributes:
        year, period: where it posts to.
        day: its date, which may lie outside the period.
        entries: two or more, together zero.
        source: G entered by hand, A accounts payable, R accounts receivable.
        reference: up to 30 characters.
        type: the posting type: N normal, P provisional ...
        posted_on: day on which it was posted; its own day when not given.
    """

    year: int
    period: int
    day: date
    entries: Sequence[Entry]
    source: str = "G"
    reference: str = ""
    notation: str = ""
    type: str = "N"
    status: str = POSTED
    authorised: bool = True
    operator: str = "ACCOUNTS"
    posted_on: date | None = None
