"""Calendars: looking periods up, working days, close windows."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import (
    FiscalCalendar,
    calendar_months,
    union_of_periods,
    week_periods,
)
from mlc_pipelines_tests.fiscal.norway import NORWAY, OSLO

WEEKS = FiscalCalendar("weeks", OSLO, week_periods([2025, 2026], pattern="13x4", year_start=date(2025, 12, 29)))


class FixedClock:
    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


@pytest.mark.parametrize("calendar", [NORWAY, WEEKS], ids=["months", "weeks"])
def test_every_day_belongs_to_exactly_the_period_that_covers_it(calendar: FiscalCalendar) -> None:
    for period in calendar.regular:
        assert calendar.period_of(period.start) == period
        assert calendar.period_of(period.end) == period
        assert calendar.period(period.key) == period


def test_a_day_outside_the_calendar_is_refused() -> None:
    for day in (date(2023, 12, 31), date(2029, 1, 1)):
        with pytest.raises(ConfigurationError, match="outside calendar 'norway'"):
            NORWAY.period_of(day)


def test_an_unknown_key_gets_near_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"FY2026-P1[0-9]"):
        NORWAY.period("fy2026-p1")


def test_labels_lead_back_to_regular_periods() -> None:
    assert NORWAY.period_labelled("Dec 26", "%b %y").key == "FY2026-P12"
    with pytest.raises(ConfigurationError, match="no period has"):
        NORWAY.period_labelled("Dez 26", "%b %y")
    assert WEEKS.shared_label("%P %F") is None
    shared = WEEKS.shared_label("%b %y")
    assert shared is not None
    with pytest.raises(ConfigurationError, match="all have"):
        WEEKS.period_labelled(shared[0].label("%b %y"), "%b %y")


def test_the_built_in_calendar_ends_with_the_year_after_the_clock() -> None:
    calendar = calendar_months(FixedClock(datetime(2026, 11, 21, tzinfo=UTC)))
    assert (calendar.name, calendar.timezone.key) == ("calendar-months", "UTC")
    assert (calendar.periods[0].key, calendar.periods[-1].key) == ("FY2024-P01", "FY2027-P12")
    assert len(calendar.periods) == 48


def test_the_union_of_periods_is_ordered_and_has_each_key_once() -> None:
    union = union_of_periods([WEEKS, NORWAY, calendar_months(FixedClock(datetime(2024, 1, 1, tzinfo=UTC)))])
    assert list(union) == sorted(set(union))
    assert set(union) == {period.key for calendar in (NORWAY, WEEKS) for period in calendar.periods}
    assert "FY2026-P13" in union
    assert union_of_periods([]) == ()
