"""A bookkeeper who posts an expense into somebody's books now and then, so that there is something to be found."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from threading import Event

from mlc_sandbox.sample import SampleTenant

_EXPENSES = ("Taxi to the customer", "Team lunch", "Hosting", "Office chairs", "Translation", "Train tickets")


def keep_books(tenants: Sequence[SampleTenant], every: float, done: Event) -> None:
    """Post until done: one expense at a time, in turn, the same ones in each run of the sandbox.

    Args:
        tenants: whose books.
        every: seconds between two of them.
        done: set by who wants it to end.
    """
    chance, number = random.Random(1), 0
    while not done.wait(every):
        amount = Decimal(chance.randrange(1_000, 200_000)).scaleb(-2)
        tenants[number % len(tenants)].expense(amount, chance.choice(_EXPENSES))
        number += 1
