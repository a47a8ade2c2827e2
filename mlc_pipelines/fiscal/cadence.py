"""How often something is done: every so often, at times of a crontab, or as a close needs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol

from cronsim import CronSim, CronSimError

from mlc_pipelines.fiscal.calendar import FiscalCalendar
from mlc_pipelines.fiscal.close import wall_clock

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Cadence(Protocol):
    """A rule that gives the moments at which something is to be done."""

    def next(self, after: datetime, calendar: FiscalCalendar) -> datetime | None:
        """The first moment after that one; aware, in the calendar's time zone. None when no more is known."""
        ...


@dataclass(frozen=True)
class Every:
    """At equal distances, on a grid that all tenants share: whole days begin at midnight, shorter ones lie within.

    Who is late is therefore late once: a tick that comes three minutes after the grid doesn't move the next one.

    Attributes:
        interval: their distance.
    """

    interval: timedelta

    def next(self, after: datetime, calendar: FiscalCalendar) -> datetime:
        """The first moment of the grid after that one."""
        zone = calendar.timezone
        if self.interval % _DAY:
            return (_EPOCH + ((after - _EPOCH) // self.interval + 1) * self.interval).astimezone(zone)
        days = self.interval // _DAY
        local = after.astimezone(zone).date()
        return wall_clock(local + _DAY * (days - local.toordinal() % days), time(), zone)

    def __str__(self) -> str:
        for unit, length in (("d", _DAY), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1))):
            if not self.interval % length:
                return f"{self.interval // length}{unit}"
        return f"{self.interval.total_seconds():.0f}s"


@dataclass(frozen=True)
class Cron:
    """At the times of a crontab's five fields, in the calendar's time zone.

    A time that summer time skips is made up for right after it; one that comes twice counts once, as cron does it.

    Raises:
        ValueError: the text has not five fields, or one can't be read; the message says which.
    """

    expression: str

    def __post_init__(self) -> None:
        if len(self.expression.split()) != 5:
            raise ValueError("A cron expression has five fields: minute, hour, day of month, month, day of week.")
        try:
            CronSim(self.expression, _EPOCH)
        except CronSimError as error:
            raise ValueError(f"{error} of the cron expression.") from None

    def next(self, after: datetime, calendar: FiscalCalendar) -> datetime:
        """The first time after that moment."""
        return next(CronSim(self.expression, after.astimezone(calendar.timezone)))

    def __str__(self) -> str:
        return self.expression


@dataclass(frozen=True)
class AtClose:
    """As a close needs it: when it opens, on each of its working days, and for its final load."""

    def next(self, after: datetime, calendar: FiscalCalendar) -> datetime | None:
        """The first such moment of any period's close after that one; None beyond the calendar's years."""
        # Closes of neighbouring periods may overlap.
        coming = [period for period in calendar.regular if calendar.close_window(period).final_load > after]
        moments = [moment for period in coming[:2] for moment in calendar.close_days(period) if moment > after]
        return min(moments, default=None)

    def __str__(self) -> str:
        return "close"
