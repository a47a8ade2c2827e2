"""When a period's close opens and ends, in working days around the period's end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import total_ordering
from zoneinfo import ZoneInfo

from mlc_pipelines.fiscal.workdays import WorkingDays

_OFFSET = re.compile(r"WD\s*(?P<days>[+-]?[0-9]{1,2})(?:\s+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2}))?")
_SHAPE = "Write it like WD+5 18:00: a working day before (-) or after (+) the period's end, and a time of day."


@total_ordering
@dataclass(frozen=True)
class WorkingDayOffset:
    """A moment given by a working day and a time of day.

    Attributes:
        days: +1 is the first working day after the period's end, -1 the last working day of the period.
        at: wall-clock time in the calendar's time zone.
    """

    days: int
    at: time = time(0)

    @classmethod
    def parse(cls, text: str) -> WorkingDayOffset:
        """Reads `WD-2` (midnight, as the day begins) or `WD+5 18:00`.

        Raises:
            ValueError: the text is no such moment; the message says what to write.
        """
        found = _OFFSET.fullmatch(text.strip())
        if not found:
            raise ValueError(_SHAPE)
        days = int(found["days"])
        if days == 0:
            raise ValueError("There is no WD0: WD+1 is the first working day after the period's end, WD-1 its last.")
        if found["days"][0] not in "+-":
            raise ValueError(_SHAPE)
        try:
            return cls(days, time(int(found["hour"] or 0), int(found["minute"] or 0)))
        except ValueError:
            raise ValueError(_SHAPE) from None

    def __lt__(self, other: WorkingDayOffset) -> bool:
        return (self.days, self.at) < (other.days, other.at)

    def __str__(self) -> str:
        return f"WD{self.days:+d}" + (f" {self.at:%H:%M}" if self.at != time(0) else "")

    def moment(self, period_end: date, days: WorkingDays, zone: ZoneInfo) -> datetime:
        """The moment for a period that ends on that day, aware, in the zone; as `wall_clock` gives it."""
        return wall_clock(days.nth(self.days, period_end), self.at, zone)


def wall_clock(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment at which a zone's clocks show that day and time.

    A time that the zone skips (summer time begins) becomes the first moment after the gap; one that it has twice
    (summer time ends) is the first of the two.
    """
    local = datetime.combine(day, at, zone)
    while local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        local += timedelta(minutes=1)
    return local


class CloseState(Enum):
    """Where a period stands by the close calendar."""

    FUTURE = "future"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True)
class CloseWindow:
    """A period's close: from `opens` until `closes`, with the last load at `final_load`; aware moments."""

    opens: datetime
    closes: datetime
    final_load: datetime


@dataclass(frozen=True)
class CloseRule:
    """The close of every period of a calendar, relative to the period's end.

    Raises:
        ValueError: the three are not in the order opens, final load, closes.
    """

    opens: WorkingDayOffset = WorkingDayOffset(-2)
    closes: WorkingDayOffset = WorkingDayOffset(5, time(18))
    final_load: WorkingDayOffset = WorkingDayOffset(5, time(17))

    def __post_init__(self) -> None:
        if not self.opens < self.final_load <= self.closes:
            raise ValueError(
                f"opens ({self.opens}), final_load ({self.final_load}) and closes ({self.closes}) "
                "don't come in that order"
            )

    def window(self, period_end: date, days: WorkingDays, zone: ZoneInfo) -> CloseWindow:
        """The close of a period that ends on that day."""
        opens, closes, final_load = (
            offset.moment(period_end, days, zone) for offset in (self.opens, self.closes, self.final_load)
        )
        return CloseWindow(opens, closes, final_load)
