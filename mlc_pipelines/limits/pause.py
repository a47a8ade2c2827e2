"""A pause that all processes and hosts obey."""

from __future__ import annotations

from sqlalchemy import text

from mlc_pipelines.clock import SYSTEM_CLOCK, Clock
from mlc_pipelines.errors import RateLimited
from mlc_pipelines.limits.pinned_connection import pinned_connection
from mlc_pipelines.store.db import Database

# Postgres' own clock in production, so that hosts whose clocks differ still share one pause.
NOW = "coalesce(CAST(:now AS double precision), CAST(extract(epoch FROM statement_timestamp()) AS double precision))"
"""SQL of the current moment; `now` is the parameter of `moment_of`."""

ROUNDING = 5e-6
"""Seconds that moments kept as doubles may be off."""

_LONGEST = 600.0

_PAUSE = text(f"""
    INSERT INTO mlc.request_budget AS budget (name, moments, paused_until)
    VALUES (:name, '{{}}', {NOW} + :seconds)
    ON CONFLICT (name) DO UPDATE SET paused_until = greatest(budget.paused_until, excluded.paused_until)
    RETURNING paused_until
""")  # noqa: S608 - no value is put into the text

_LEFT = text(f"SELECT max(paused_until) - {NOW} FROM mlc.request_budget WHERE name = :name")  # noqa: S608 - as above


class SharedPause:
    """A time before which nobody who shares the name sends a request.

    Args:
        database: the shared state.
        name: the same for all who share it.
        clock: any other than the system's replaces the database's clock (for simulations).
    """

    def __init__(self, database: Database, name: str, clock: Clock) -> None:
        self._connection = pinned_connection(database)
        self._clock = clock
        self._name = name

    def declare(self, seconds: float) -> None:
        """The pause lasts at least that long from now on."""
        self._connection.one(_PAUSE, {"name": self._name, "now": moment_of(self._clock), "seconds": seconds})

    def left(self) -> float:
        """Seconds until it is over; not positive when there is none."""
        left = self._connection.one(_LEFT, {"name": self._name, "now": moment_of(self._clock)})[0]
        return -1.0 if left is None or left <= ROUNDING else left

    def wait(self, seconds: float) -> None:
        """Wait so long.

        Raises:
            RateLimited: that is more than ten minutes.
        """
        if seconds > _LONGEST:
            raise RateLimited(
                f"The request budget {self._name} has no room for another {seconds:.0f} s.",
                hint="Try again later.",
                retry_after=seconds,
            )
        self._clock.sleep(seconds)


def moment_of(clock: Clock) -> float | None:
    """The parameter `now`: None for the database's own clock."""
    return None if clock is SYSTEM_CLOCK else clock.now().timestamp()
