"""A fiscal calendar: its periods, and when each of them is closed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from difflib import get_close_matches
from functools import cached_property
from zoneinfo import ZoneInfo

from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal.close import CloseRule, CloseState, CloseWindow, wall_clock
from mlc_pipelines.fiscal.period import Period
from mlc_pipelines.fiscal.workdays import WorkingDays, working_days
from mlc_pipelines.fiscal.years import month_periods

BUILT_IN = "calendar-months"
"""Name of the calendar that needs no file."""

_FIRST_BUILT_IN_YEAR = 2024


@dataclass(frozen=True)
class FiscalCalendar:
    """The fiscal calendar of one or more tenants.

    Attributes:
        name: as tenants name it in `calendar:`.
        timezone: zone of the close windows.
        periods: all periods in calendar order; the regular ones follow each other without gap or overlap.
        country: ISO 3166 code for public holidays, None for Mondays to Fridays.
        close: when periods are closed.
    """

    name: str
    timezone: ZoneInfo
    periods: tuple[Period, ...]
    country: str | None = None
    close: CloseRule = field(default_factory=CloseRule)

    @cached_property
    def by_key(self) -> Mapping[str, Period]:
        """Periods by key, in calendar order."""
        return {period.key: period for period in self.periods}

    @cached_property
    def regular(self) -> tuple[Period, ...]:
        """The periods without the adjustment periods."""
        return tuple(period for period in self.periods if not period.adjustment)

    @property
    def of_months(self) -> bool:
        """Whether every regular period is a calendar month."""
        return all(period.is_month for period in self.regular)

    @cached_property
    def working_days(self) -> WorkingDays:
        """The country's working days over all periods, with a year to spare on both sides."""
        return working_days(self.country, self.regular[0].start.year, self.regular[-1].end.year)

    def period(self, key: str) -> Period:
        """The period of that key.

        Raises:
            ConfigurationError: there is none; the hint names near keys.
        """
        try:
            return self.by_key[key]
        except KeyError:
            near = get_close_matches(key.upper(), self.by_key, n=3, cutoff=0.7)
            span = f"It has {self.periods[0].key} to {self.periods[-1].key}."
            hint = f"{span} Did you mean {', '.join(near)}?" if near else span
            raise ConfigurationError(f"Calendar {self.name!r} has no period {key!r}.", hint=hint) from None

    def period_of(self, day: date) -> Period:
        """The regular period in which a day lies.

        Raises:
            ConfigurationError: the day is outside the calendar's years.
        """
        index = bisect_right(self.regular, day, key=lambda period: period.start) - 1
        if index < 0 or day > self.regular[index].end:
            raise ConfigurationError(
                f"{day} lies outside calendar {self.name!r}, "
                f"which has {self.regular[0].start} to {self.regular[-1].end}.",
                hint="Add the fiscal year to the calendar's years.",
            )
        return self.regular[index]

    def period_labelled(self, label: str, template: str) -> Period:
        """The regular period that has this label in the model's words.

        Raises:
            ConfigurationError: none or several have it.
        """
        found = [period for period in self.regular if period.label(template) == label]
        if len(found) == 1:
            return found[0]
        what = f"periods {', '.join(period.key for period in found)} all have" if found else "no period has"
        example = self.regular[0]
        raise ConfigurationError(
            f"Calendar {self.name!r}: {what} the label {label!r} in the format {template!r}.",
            hint=f"In that format {example.key} is {example.label(template)!r}.",
        )

    def shared_label(self, template: str) -> tuple[Period, Period] | None:
        """Two regular periods that a label format can't tell apart, if there are any."""
        seen: dict[str, Period] = {}
        for period in self.regular:
            before = seen.setdefault(period.label(template), period)
            if before is not period:
                return before, period
        return None

    def is_working_day(self, day: date) -> bool:
        """Whether the country works on that day."""
        return day in self.working_days

    def working_day(self, number: int, period_end: date) -> date:
        """The working day counted from a period's end: 1 is the first after it, -1 the last up to it.

        Raises:
            ValueError: the number is 0.
        """
        return self.working_days.nth(number, period_end)

    def close_window(self, period: Period) -> CloseWindow:
        """When that period is closed: aware moments in the calendar's time zone."""
        return self._close_windows[period.key]

    @cached_property
    def _close_windows(self) -> Mapping[str, CloseWindow]:
        days, zone = self.working_days, self.timezone
        return {period.key: self.close.window(period.end, days, zone) for period in self.periods}

    def close_state(self, period: Period, now: datetime) -> CloseState:
        """Where a period stands: to come, open since its first day, in its close, or closed."""
        window = self.close_window(period)
        if now >= window.closes:
            return CloseState.CLOSED
        if now >= window.opens:
            return CloseState.CLOSING
        begins = wall_clock(period.start, time(), self.timezone)
        return CloseState.OPEN if now >= begins else CloseState.FUTURE

    def close_days(self, period: Period) -> tuple[datetime, ...]:
        """The moments of a close that want everything loaded: its opening, its working days at that hour, its end."""
        window = self.close_window(period)
        first, last = (bisect_right(self.working_days.days, each.date()) for each in (window.opens, window.final_load))
        at = self.close.opens.at
        days = (wall_clock(day, at, self.timezone) for day in self.working_days.days[first:last])
        return (window.opens, *(moment for moment in days if moment < window.final_load), window.final_load)


def calendar_months(clock: Clock) -> FiscalCalendar:
    """The built-in calendar: January to December from 2024 to the year after the clock's, UTC, Mondays to Fridays."""
    years = range(_FIRST_BUILT_IN_YEAR, clock.now().year + 2)
    return FiscalCalendar(BUILT_IN, ZoneInfo("UTC"), month_periods(years))


def union_of_periods(calendars: Iterable[FiscalCalendar]) -> tuple[str, ...]:
    """The period keys of all these calendars together, each once, in calendar order."""
    return tuple(sorted({period.key for calendar in calendars for period in calendar.periods}))
