"""A desk where batches are written: numbers, GUIDs, stamps, amounts in two currencies."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from mlc_sandbox.acumatica.books.calendar import Calendar
from mlc_sandbox.acumatica.books.chart import ACTUAL, BASE, CURRENCIES, RATES
from mlc_sandbox.acumatica.books.ledger import ON_HOLD, POSTED, ZERO, Batch, LedgerTable, Line

_CENT = Decimal("0.01")


class Desk:
    """Writes batches into a ledger.

    Args:
        rng: all that is left to chance.
        calendar: of the books.
        latest: no generated stamp lies after it.
    """

    def __init__(self, rng: random.Random, calendar: Calendar, latest: datetime) -> None:
        self.rng = rng
        self.calendar = calendar
        self.latest = latest
        self.ledger = LedgerTable()
        self.lines = 0
        self._numbers: Counter[str] = Counter()

    def guid(self) -> str:
        """A new GUID, the same ones again for the same seed."""
        return str(UUID(int=self.rng.getrandbits(128), version=4))

    def number(self, series: str) -> str:
        """The next number of a series, such as `GL000123`."""
        self._numbers[series] += 1
        return f"{series}{self._numbers[series]:06d}"

    def stamp(self, day: date) -> datetime:
        """A moment of that day's office hours, to the millisecond."""
        moment = datetime(day.year, day.month, day.day, 8, tzinfo=UTC) + timedelta(
            milliseconds=self.rng.randrange(36_000_000)
        )
        return min(moment, self.latest)

    def amount(self, least: int, most: int) -> Decimal:
        """An amount between two whole ones, to the cent."""
        return Decimal(self.rng.randrange(least * 100, most * 100)).scaleb(-2)

    def write(
        self,
        module: str,
        day: date,
        lines: Sequence[Line],
        *,
        description: str | None = None,
        ledger: str = ACTUAL,
        period: str | None = None,
        currency: str = BASE,
        status: str = POSTED,
        kind: str | None = None,
        modified: datetime | None = None,
        number: str | None = None,
    ) -> Batch:
        """Enter a batch; its branch is that of its first line.

        Args:
            module: GL, AP, AR, CA or IN.
            day: its date.
            lines: with amounts in its currency, and in the base currency where that is another.
            description: of the whole.
            ledger: its ledger.
            period: default: that of the day.
            currency: of the amounts.
            status: where it stands.
            kind: type of the document behind it.
            modified: change stamp. Default: some time on that day.
            number: default: the next one of the module.
        """
        stamp = modified or self.stamp(day)
        if period is None:
            found = self.calendar.of_day(day)
            if found is None:
                raise ValueError(f"There is no period for {day}.")
            period = found.id
        batch = Batch(
            self.guid(),
            {
                "Module": module,
                "BatchNbr": number or self.number(module),
                "LedgerID": ledger,
                "BranchID": lines[0].branch,
                "TransactionDate": day,
                "PostPeriod": period,
                "CurrencyID": currency,
                "Description": description,
                "Status": status,
                "Hold": status == ON_HOLD,
                "CreatedDateTime": stamp,
                "LastModifiedDateTime": stamp,
            },
            rate=RATES.get(currency, Decimal(1)),
            kind=kind,
        )
        to_base(lines, batch.rate, currency)
        batch.append(lines)
        self.ledger.enter(batch)
        self.lines += len(lines)
        return batch


def to_base(lines: Sequence[Line], rate: Decimal, currency: str) -> None:
    """Fill in the base amounts; when both sides are equal in the batch's currency, they are in the base one.

    What rounding leaves goes to the last line with an amount on the lesser side.
    """
    for line in lines:
        if currency == BASE:
            line.base_debit, line.base_credit = line.debit, line.credit
        else:
            line.base_debit, line.base_credit = rounded(line.debit * rate), rounded(line.credit * rate)
    if currency == BASE or sum(line.debit - line.credit for line in lines):
        return
    left = sum((line.base_debit - line.base_credit for line in lines), ZERO)
    for line in reversed(lines):
        if left > 0 and line.credit:
            line.base_credit += left
            return
        if left < 0 and line.debit:
            line.base_debit -= left
            return


def rounded(amount: Decimal, currency: str = BASE) -> Decimal:
    """To the places of the currency."""
    places = CURRENCIES[currency][1]
    return amount.quantize(_CENT if places == 2 else Decimal(1), ROUND_HALF_UP)
