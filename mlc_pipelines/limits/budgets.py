"""Requests a minute, shared by all processes and hosts."""

from __future__ import annotations

from sqlalchemy import text

from mlc_pipelines.clock import Clock
from mlc_pipelines.limits.pause import NOW, ROUNDING, SharedPause, moment_of
from mlc_pipelines.limits.pinned_connection import pinned_connection
from mlc_pipelines.store.db import Database

# Half a second more than a minute: between the moment that is reserved and the one at which the request arrives there
# is the network, and a machine that is busy.
_WINDOW = 60.5
_KEPT = 600  # at least, since those who share a budget may have been given different shares of it

# The moments of the newest requests, oldest first. A request may go a window after the one that is
# `per_minute` places before it, and never before the one that was reserved last. One statement: everybody reserves the
# next free moment and is told how long to wait for it. Nobody waits for the disk: reservations lost in a crash of the
# server do no harm.
_RESERVE = text(f"""
    INSERT INTO mlc.request_budget AS budget (name, moments, paused_until)
    VALUES (:name, ARRAY[{NOW}], 0)
    ON CONFLICT (name) DO UPDATE SET moments = (budget.moments || greatest(
        excluded.moments[1],
        budget.paused_until,
        budget.moments[cardinality(budget.moments)],
        budget.moments[cardinality(budget.moments) - CAST(:per_minute AS integer) + 1] + {_WINDOW}
    ))[greatest(1, cardinality(budget.moments) + 2 - greatest({_KEPT}, CAST(:per_minute AS integer))):]
    RETURNING moments[cardinality(moments)] - {NOW}, set_config('synchronous_commit', 'off', true)
""")  # noqa: S608 - no value is put into the text


class RequestBudget:
    """At most `per_minute` requests in any 60 seconds, over all processes and hosts that use this database.

    The moments come from the database's clock; any other than the system's clock replaces it (for simulations).

    Args:
        database: the shared state.
        name: of the budget; the same for all who share it.
        per_minute: our share of what the vendor allows.
        clock: time; waits go through it.
    """

    def __init__(self, database: Database, name: str, per_minute: int, clock: Clock) -> None:
        self._connection = pinned_connection(database)
        self._clock = clock
        self._pause = SharedPause(database, name, clock)
        self._rate = {"name": name, "per_minute": per_minute}

    def acquire(self) -> None:
        """Return when the next request may be sent.

        Raises:
            RateLimited: the budget is paused for more than ten minutes.
        """
        while (wait := self._connection.one(_RESERVE, {**self._rate, "now": moment_of(self._clock)})[0]) > ROUNDING:
            self._pause.wait(wait)
            # A pause may have been declared since; what was reserved then lies inside of it.
            if self._pause.left() <= 0:
                return

    def pause(self, seconds: float) -> None:
        """Nobody's `acquire` returns before that time is over."""
        self._pause.declare(seconds)
