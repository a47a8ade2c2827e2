"""Working days: neither weekend nor public holiday of a country."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

from mlc_pipelines.errors import ConfigurationError


@dataclass(frozen=True)
class WorkingDays:
    """The working days of a span of calendar years.

    Attributes:
        country: ISO 3166 code, or None for Mondays to Fridays without holidays.
        days: every working day of the span, ascending.
    """

    country: str | None
    days: Sequence[date]

    @cached_property
    def _known(self) -> frozenset[date]:
        return frozenset(self.days)

    def __contains__(self, day: date) -> bool:
        return day in self._known

    def nth(self, number: int, period_end: date) -> date:
        """The working day counted from a period's end.

        Args:
            number: 1 is the first working day after the end, -1 the last one up to and with the end.
            period_end: last day of the period.

        Raises:
            ValueError: the number is 0: no working day lies between "up to the end" and "after the end".
            ConfigurationError: the day is outside the years that are known.
        """
        if number == 0:
            raise ValueError("Working day 0 is no day: 1 is the first after a period's end, -1 the last of the period.")
        index = bisect_right(self.days, period_end) + (number - 1 if number > 0 else number)
        if not 0 <= index < len(self.days):
            raise ConfigurationError(
                f"Working day {number:+d} of a period that ends on {period_end} lies outside the calendar.",
                hint=f"Working days are known from {self.days[0]} to {self.days[-1]}: add years to the calendar.",
            )
        return self.days[index]


@lru_cache(maxsize=64)
def working_days(country: str | None, first_year: int, last_year: int) -> WorkingDays:
    """Working days of these calendar years and of the one before and after, so that close windows find theirs.

    Args:
        country: ISO 3166 alpha-2 code for its holidays and weekend days, None for plain Mondays to Fridays.
        first_year: first calendar year.
        last_year: last calendar year.

    Raises:
        ConfigurationError: no holidays are known for that country.
    """
    span = range(first_year - 1, last_year + 2)
    start, after = date(span[0], 1, 1), date(span[-1] + 1, 1, 1)
    every_day = (start + timedelta(days=offset) for offset in range((after - start).days))
    if country is None:
        return WorkingDays(None, tuple(day for day in every_day if day.weekday() < 5))
    # Imported here: 0.1 s that most starts of a run don't need.
    import holidays

    try:
        # The library takes names of its classes too; a code keeps the file readable for others.
        public = holidays.country_holidays(country if len(country) == 2 else "", years=span)
    except NotImplementedError:
        raise ConfigurationError(
            f"No public holidays are known for the country {country!r}.",
            hint="Write an ISO 3166 code such as NO, or leave country out for Mondays to Fridays.",
        ) from None
    return WorkingDays(country, tuple(day for day in every_day if public.is_working_day(day)))
