"""What the generation leaves to chance: days, stamps, amounts, accounts."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from mlc_sandbox.visma_net.books.records import Account, Branch, Period, Subaccount
from mlc_sandbox.visma_net.books.store import Store


@dataclass(frozen=True)
class Month:
    """A month that is being filled.

    Attributes:
        period: its financial period.
        last: last day with transactions.
        rates: NOK for one unit of each currency.
        current: whether it is the open one.
    """

    period: Period
    last: date
    rates: dict[str, Decimal]
    current: bool


class Chance:
    """Draws what one set of books is filled with.

    Attributes:
        store: that is filled.
        rng: the one source of chance.
        usable: active subaccounts.
    """

    def __init__(self, store: Store, rng: random.Random, now: datetime) -> None:
        self.store = store
        self.rng = rng
        self.usable = [one for one in store.company.subaccounts if one.active]
        self._now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._retired = [one for one in store.company.subaccounts if not one.active]

    def day(self, month: Month) -> date:
        """Some day of the month."""
        return month.period.start + timedelta(days=self.rng.randrange((month.last - month.period.start).days + 1))

    def stamp(self, day: date, days: int = 0) -> datetime:
        """Some moment of a working day, `days` later, never after the present."""
        moment = datetime.combine(day + timedelta(days=days), time(6), UTC)
        moment += timedelta(milliseconds=self.rng.randrange(0, 34_000_000, 10))
        return min(moment, self._now - timedelta(milliseconds=self.rng.randrange(1_000, 7_000_000, 10)))

    def amount(self, middle: float = 9.2) -> Decimal:
        """A positive amount; one in ten has four decimals."""
        places = 4 if self.rng.random() < 0.1 else 2
        return Decimal(int(math.exp(self.rng.gauss(middle, 1.1)) * 10**places) + 1).scaleb(-places)

    def account(self, *numbers: str) -> Account:
        """One of these accounts."""
        return self.store.company.chart[self.rng.choice(numbers)]

    def subaccount(self) -> Subaccount:
        """A subaccount; now and then one with an inactive segment value."""
        return self.rng.choice(self._retired if self.rng.random() < 0.02 else self.usable)

    def branch(self) -> Branch:
        """A plant; the first one is the largest."""
        return self.rng.choices(self.store.company.branches, (5, 3, 2))[0]
