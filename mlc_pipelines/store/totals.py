"""Control totals, as they are kept with a snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from pydantic import TypeAdapter

_ZERO = Decimal(0)


@dataclass(frozen=True)
class GroupTotal:
    """Rows and amounts of one control group (an account, a vendor).

    Attributes:
        group: its code; empty where an entity has no groups, and for rows without a code.
        rows: how many.
        amount, debit, credit: sums; zero where the entity has no such field.
    """

    group: str
    rows: int = 0
    amount: Decimal = _ZERO
    debit: Decimal = _ZERO
    credit: Decimal = _ZERO


def whole(totals: Iterable[GroupTotal]) -> GroupTotal:
    """All groups together."""
    totals = list(totals)
    return GroupTotal(
        "",
        sum(total.rows for total in totals),
        sum((total.amount for total in totals), _ZERO),
        sum((total.debit for total in totals), _ZERO),
        sum((total.credit for total in totals), _ZERO),
    )


STORED_TOTALS = TypeAdapter(tuple[GroupTotal, ...])
"""Their JSON: a list of objects, amounts as text."""
