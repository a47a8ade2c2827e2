"""A transaction as book-keepers see it: a header and signed lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import count

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        account: account id.
        amount: debit positive, credit negative, in the transaction's currency.
        number: line id; None takes the next free one. 0 is the main line of a type that has one.
        department: id or None; likewise the fields that follow.
        class_: class id.
        location: location id.
        entity: vendor, customer or employee id.
        memo: text.
    """

    account: int
    amount: Decimal
    number: int | None = None
    department: int | None = None
    class_: int | None = None
    location: int | None = None
    entity: int | None = None
    memo: str | None = None


@dataclass(frozen=True)
class Entry:
    """One transaction.

    Attributes:
        type: a key of `RECORD_TYPES`, for instance `Journal` or `VendBill`.
        date: transaction date.
        period: id of the accounting period that it posts in.
        lines: at least two, balanced.
        subsidiary: subsidiary id.
        currency: currency id; None is the subsidiary's.
        exchange_rate: the subsidiary's currency for one unit of the transaction's; None looks it up.
        entity: vendor, customer or employee id.
        memo: header memo.
        external_id: unique over all transactions.
        tran_id: document number; None numbers it.
        posting: whether it reaches the general ledger.
        status: status code; None takes the usual one of the type.
        approval_status: 1 pending, 2 approved, 3 rejected.
        books: ids of the accounting books it posts to; empty for all.
        reversal_date: when it is reversed.
        reversal_defer: whether the reversal waits for that day.
        reversal: id of the reversing or reversed journal.
        is_reversal: whether it reverses another one.
        voided: whether it was voided.
        created: when it was entered; None is now.
    """

    type: str
    date: date
    period: int
    lines: Sequence[Line]
    subsidiary: int = 1
    currency: int | None = None
    exchange_rate: Decimal | None = None
    entity: int | None = None
    memo: str | None = None
    external_id: str | None = None
    tran_id: str | None = None
    posting: bool = True
    status: str | None = None
    approval_status: int = 2
    books: tuple[int, ...] = ()
    reversal_date: date | None = None
    reversal_defer: bool = False
    reversal: int | None = None
    is_reversal: bool = False
    voided: bool = False
    created: datetime | None = None
    modified: datetime | None = None

    @property
    def balance(self) -> Decimal:
        """Debits less credits; zero when it is in balance."""
        return sum((line.amount for line in self.lines), Decimal())

    def numbered(self) -> Entry:
        """The same with a number on every line: those given are kept, others take the next free ones."""
        taken = {line.number for line in self.lines}
        free = (number for number in count(1 if self.type == "Journal" else 0) if number not in taken)
        return replace(
            self, lines=[line if line.number is not None else replace(line, number=next(free)) for line in self.lines]
        )


def base_amounts(lines: Sequence[Line], rate: Decimal) -> list[Decimal]:
    """Amounts in the subsidiary's currency; what rounding leaves over goes to the biggest line: they balance."""
    amounts = [(line.amount * rate).quantize(CENT, ROUND_HALF_UP) for line in lines]
    if sum(line.amount for line in lines) == 0 and (rest := sum(amounts)):
        biggest = max(range(len(amounts)), key=lambda index: abs(amounts[index]))
        amounts[biggest] -= rest
    return amounts
