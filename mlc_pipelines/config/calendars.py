"""Calendar files: `calendars/<name>.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Any, Literal, Self, cast
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from mlc_pipelines.config.base import ConfigModel, Name, Raw, refused
from mlc_pipelines.config.zones import TimeZone
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import (
    YEAR_ENDS,
    CloseRule,
    FiscalCalendar,
    ListedPeriod,
    Period,
    WorkingDayOffset,
    listed_periods,
    listing_problems,
    month_periods,
    week_periods,
    working_days,
    year_ends_differ,
    year_start_problem,
)

_YEARS = (1990, 2100)


def _years(years: tuple[int, ...]) -> tuple[int, ...]:
    """Fiscal years without a hole, ascending."""
    if not years:
        raise refused("is empty", "Write at least one fiscal year.")
    ordered = tuple(sorted(set(years)))
    if len(ordered) != len(years):
        raise refused("names a year twice", f"Write [{', '.join(map(str, ordered))}].")
    missing = sorted(set(range(ordered[0], ordered[-1] + 1)) - set(ordered))
    if missing:
        raise refused("leaves out years in between", f"Add {', '.join(map(str, missing))}.")
    return ordered


@cache
def _country_problem(code: str) -> str:
    try:
        working_days(code, 2024, 2024)
    except ConfigurationError as error:
        return error.message
    return ""


def _country(code: str) -> str:
    if _country_problem(code):
        raise refused("is no country with known public holidays", "Write an ISO 3166 code such as NO, or leave it out.")
    return code


def _offset(value: object) -> object:
    if isinstance(value, WorkingDayOffset):
        return value
    try:
        return WorkingDayOffset.parse(str(value))
    except ValueError as error:
        raise refused("is not a working day around a period's end", str(error)) from None


Offset = Annotated[Any, BeforeValidator(_offset)]
Year = Annotated[int, Field(ge=_YEARS[0], le=_YEARS[1])]
Years = Annotated[tuple[Year, ...], AfterValidator(_years)]
AdjustmentPeriods = Annotated[int, Field(ge=0, le=12)]


class Close(ConfigModel):
    """The `close:` section of a calendar, in working days around a period's end.

    Attributes:
        opens: `WD-2` by default: the last working day but one of the period, at midnight.
        closes: `WD+5 18:00` by default.
        final_load: `WD+5 17:00` by default.
    """

    opens: Offset = CloseRule().opens
    closes: Offset = CloseRule().closes
    final_load: Offset = CloseRule().final_load

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        try:
            _ = self.rule
        except ValueError as error:
            raise refused(str(error), "Write opens before final_load, and final_load not after closes.") from None
        return self

    @property
    def rule(self) -> CloseRule:
        """The rule."""
        return CloseRule(self.opens, self.closes, self.final_load)


class _CalendarBase(ConfigModel):
    """What all kinds have.

    Attributes:
        name: the file's name without `.yaml`.
        country: ISO 3166 code for public holidays; Mondays to Fridays by default.
        timezone: of the close windows; UTC by default.
        close: when periods are closed.
    """

    name: Name
    country: Annotated[str, AfterValidator(_country)] | None = None
    timezone: TimeZone = "UTC"
    close: Close = Close()


class MonthsCalendar(_CalendarBase):
    """Calendar months.

    Attributes:
        start_month: month in which a fiscal year starts; 1 by default. A year is named by the one in which it ends.
        years: fiscal years.
        adjustment_periods: how many follow after the twelve; 0 by default.
    """

    kind: Literal["months"]
    start_month: int = Field(default=1, ge=1, le=12)
    years: Years
    adjustment_periods: AdjustmentPeriods = 0

    def periods(self) -> tuple[Period, ...]:
        """The periods of all years."""
        return month_periods(self.years, start_month=self.start_month, adjustment_periods=self.adjustment_periods)


class WeeksCalendar(_CalendarBase):
    """Years of 52 or 53 weeks.

    Attributes:
        year_start: first day of any fiscal year, see `fiscal.week_periods`.
        year_ends: whether years end on the weekday `nearest` to a month's end or on the `last` one in it. It has to be
            said where the two differ in one of the years, and where `year_start` fits the `last` one only.
        years: fiscal years.
        adjustment_periods: how many follow after the regular ones; 0 by default.
    """

    kind: Literal["4-4-5", "4-5-4", "5-4-4", "13x4"]
    year_start: date
    year_ends: Literal["nearest", "last"] = "nearest"
    years: Years
    adjustment_periods: AdjustmentPeriods = 0

    @classmethod
    def relations(cls, raw: Raw) -> Iterator[tuple[tuple[str, ...], PydanticCustomError]]:
        """A year of the rule starts on `year_start`; the rule is said unless both give the same days."""
        year_start, years, rule = _day(raw.get("year_start")), raw.get("years"), raw.get("year_ends")
        if year_start is None or rule not in (None, *YEAR_ENDS):
            return
        problem = year_start_problem(year_start, rule or "nearest")
        if problem:
            remedy = "Give the first day of a fiscal year, or list the periods (kind: explicit)."
            if rule is None and not year_start_problem(year_start, "last"):
                remedy = (
                    f"If years end on the last {year_start - timedelta(days=1):%A} of a month, add year_ends: last."
                )
            yield ("year_start",), refused(problem, remedy)
        elif rule is None and isinstance(years, list):
            texts = [str(year) for year in cast("list[object]", years)]
            numbers = [int(text) for text in texts if text.isdecimal() and _YEARS[0] <= int(text) <= _YEARS[1]]
            differing = year_ends_differ(numbers, year_start)
            if differing:
                year, days = differing
                spans = " or ".join(f"{start} to {end} ({each})" for each, (start, end) in days.items())
                yield (
                    ("year_start",),
                    refused(
                        f"leaves open which rule years end by: FY{year} is {spans}",
                        "Add year_ends: nearest (they end on the weekday nearest to a month's end) or year_ends: last "
                        "(on the last such weekday of the month).",
                    ),
                )

    def periods(self) -> tuple[Period, ...]:
        """The periods of all years."""
        return week_periods(
            self.years,
            pattern=self.kind,
            year_start=self.year_start,
            year_ends=self.year_ends,
            adjustment_periods=self.adjustment_periods,
        )


def _day(value: object) -> date | None:
    """A day as it stands in the file; None for anything else, which the key's own type refuses."""
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        return None


class PeriodLine(ConfigModel):
    """One listed period; days inclusive."""

    key: Name
    start: date
    end: date
    adjustment: bool = False

    @property
    def listed(self) -> ListedPeriod:
        """The same for the fiscal layer."""
        return ListedPeriod(self.key, self.start, self.end, self.adjustment)


def _listed(lines: tuple[PeriodLine, ...]) -> tuple[PeriodLine, ...]:
    if not lines:
        raise refused("is empty", "List at least one period.")
    errors = [
        InitErrorDetails(type=refused(problem, remedy), loc=(position,), input=lines[position].key)
        for position, problem, remedy in listing_problems([line.listed for line in lines])
    ]
    if errors:
        raise ValidationError.from_exception_data("periods", errors)
    return lines


class ExplicitCalendar(_CalendarBase):
    """Periods that are listed.

    Attributes:
        periods_listed: `periods:` in the file.
        years: fiscal years, if they are written; the list says them already.
    """

    kind: Literal["explicit"]
    periods_listed: Annotated[tuple[PeriodLine, ...], AfterValidator(_listed)] = Field(alias="periods")
    years: Years | None = None

    @classmethod
    def relations(cls, raw: Raw) -> Iterator[tuple[tuple[str, ...], PydanticCustomError]]:
        """Years, when written, are those of the list."""
        years, lines = raw.get("years"), raw.get("periods")
        if isinstance(years, list) and isinstance(lines, list):
            keys = [str(cast("Raw", line).get("key")) for line in cast("list[Any]", lines) if isinstance(line, Mapping)]
            listed = {key[2:6] for key in keys}
            if set(map(str, cast("list[Any]", years))) != listed:
                yield ("years",), refused("are not the years of the listed periods", "Remove the key.")

    def periods(self) -> tuple[Period, ...]:
        """The listed periods."""
        return listed_periods([line.listed for line in self.periods_listed])


CalendarFile = Annotated[MonthsCalendar | WeeksCalendar | ExplicitCalendar, Field(discriminator="kind")]

CALENDAR_FILE: TypeAdapter[MonthsCalendar | WeeksCalendar | ExplicitCalendar] = TypeAdapter(CalendarFile)


def fiscal_calendar(file: MonthsCalendar | WeeksCalendar | ExplicitCalendar) -> FiscalCalendar:
    """The calendar that a file describes."""
    return FiscalCalendar(file.name, ZoneInfo(file.timezone), file.periods(), file.country, file.close.rule)
