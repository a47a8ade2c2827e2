"""Requests a minute, shared by all processes and hosts."""

from __future__ import annotations

from sqlalchemy import text

from mlc_pipelines.clock import SYSTEM_CLOCK, Clock
from mlc_pipelines.errors import RateLimited
from mlc_pipelines.http.kept import kept_connection
from mlc_pipelines.store.db import Database

_WINDOW = 60.0
_BURST_SHARE = 30  # a thirtieth may go out at once: a larger burst would cost as much of the steady throughput
_LONGEST_PAUSE = 600.0
_ROUNDING = 5e-6  # of moments kept as doubles; below the ten microseconds that each interval is longer than needed

# Postgres' own clock in production, so that hosts whose clocks differ still share one budget.
_NOW = "coalesce(CAST(:now AS double precision), CAST(extract(epoch FROM statement_timestamp()) AS double precision))"

# The generic cell rate algorithm in one statement: everybody reserves the next free moment and is told how long to wait
# for it. Nobody waits for the disk: reservations lost in a crash of the server do no harm.
_RESERVE = text(f"""
    INSERT INTO mlc.request_budget AS budget (name, theoretical_arrival, paused_until)
    VALUES (:name, {_NOW} + :interval, 0)
    ON CONFLICT (name) DO UPDATE SET theoretical_arrival = :interval + greatest(
        budget.theoretical_arrival, budget.paused_until, excluded.theoretical_arrival - :interval)
    RETURNING
        greatest(theoretical_arrival - :interval - :tolerance, paused_until) - {_NOW},
        set_config('synchronous_commit', 'off', true)
""")  # noqa: S608 - no value is put into the text

_PAUSE = text(f"""
    INSERT INTO mlc.request_budget AS budget (name, theoretical_arrival, paused_until)
    VALUES (:name, 0, {_NOW} + :seconds)
    ON CONFLICT (name) DO UPDATE SET paused_until = greatest(budget.paused_until, excluded.paused_until)
    RETURNING paused_until
""")  # noqa: S608 - no value is put into the text

_PAUSED = text(f"SELECT paused_until - {_NOW} FROM mlc.request_budget WHERE name = :name")  # noqa: S608 - as above


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
        burst = max(1, per_minute // _BURST_SHARE)
        # A window sees at most one request for each interval and `burst - 1` more: ceil(60 / interval) + burst - 1.
        # The ten microseconds outweigh the rounding of clocks, so that requests 60 s apart never share a window.
        interval = _WINDOW / (per_minute - burst + 1) + 1e-5
        self._connection = kept_connection(database)
        self._clock = clock
        self._name = name
        self._rate = {"name": name, "interval": interval, "tolerance": (burst - 1) * interval}

    def acquire(self) -> None:
        """Return when the next request may be sent.

        Raises:
            RateLimited: the budget is paused for more than ten minutes.
        """
        while (wait := self._connection.one(_RESERVE, {**self._rate, "now": self._now()})[0]) > _ROUNDING:
            if wait > _LONGEST_PAUSE:
                raise RateLimited(
                    f"The request budget {self._name} has no room for another {wait:.0f} s.",
                    hint="Try again later.",
                    retry_after=wait,
                )
            self._clock.sleep(wait)
            # A pause may have been declared since; what was reserved then lies inside of it.
            if self._connection.one(_PAUSED, {"name": self._name, "now": self._now()})[0] <= _ROUNDING:
                return

    def pause(self, seconds: float) -> None:
        """Nobody's `acquire` returns before that time is over."""
        self._connection.one(_PAUSE, {"name": self._name, "now": self._now(), "seconds": seconds})

    def _now(self) -> float | None:
        return None if self._clock is SYSTEM_CLOCK else self._clock.now().timestamp()
