"""The tenant's calendar against the ERP's own periods: a difference is told before a row is read."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import FiscalCalendar, ListedPeriod, listed_periods, month_periods, week_periods
from mlc_pipelines.flows.landing.calendar import calendar_finding, check_calendar
from mlc_pipelines_tests.contract.conftest import Bench

UTC = ZoneInfo("UTC")
MONTHS = FiscalCalendar("months", UTC, month_periods([2025, 2026], adjustment_periods=1))
WRONG = [
    FiscalCalendar("weeks", UTC, week_periods([2026], pattern="4-4-5", year_start=date(2025, 12, 29))),
    FiscalCalendar("13 periods", UTC, week_periods([2026], pattern="13x4", year_start=date(2025, 12, 29))),
    FiscalCalendar("nearest", UTC, week_periods([2026], pattern="4-5-4", year_start=date(2026, 1, 1))),
]


def test_a_calendar_of_the_erp_s_own_months_agrees(shared: Bench):
    with shared.source() as source:
        check_calendar(source, MONTHS, MONTHS.period("FY2026-P05"))
        assert calendar_finding(source, MONTHS).ok


def listed(*days: tuple[date, date], year: int) -> FiscalCalendar:
    lines = [ListedPeriod(f"FY{year}-P{number:02}", *each) for number, each in enumerate(days, 1)]
    return FiscalCalendar("listed", UTC, listed_periods(lines))


def test_a_year_by_another_name_or_with_other_periods_is_refused(shared: Bench):
    """Named by the year after; the last month cut in two; two months that are one."""
    days = [(each.start, each.end) for each in month_periods([2026])]
    cut = [*days[:-1], (date(2026, 12, 1), date(2026, 12, 27)), (date(2026, 12, 28), date(2026, 12, 31))]
    joined = [*days[:-2], (date(2026, 11, 1), date(2026, 12, 31))]
    with shared.source() as source:
        periods = source.periods()
        if periods is None:
            pytest.skip("an ERP that doesn't tell the days of its periods")
        calendars = [listed(*cut, year=2026), listed(*joined, year=2026)]
        if any(each.year is not None for each in periods):
            calendars.append(listed(*days, year=2027))
        for calendar in calendars:
            with pytest.raises(ConfigurationError, match=r"P1[12] is .* here|of fiscal year 2026"):
                check_calendar(source, calendar, calendar.periods[0])
            assert not calendar_finding(source, calendar).ok


@pytest.mark.parametrize("calendar", WRONG, ids=lambda calendar: calendar.name)
def test_other_days_are_refused_with_both(shared: Bench, calendar: FiscalCalendar):
    with shared.source() as source:
        if source.periods() is None:
            pytest.skip("an ERP that doesn't tell the days of its periods")
        with pytest.raises(ConfigurationError, match=r"FY2026-P01 is .* here, in the ERP ") as refused:
            check_calendar(source, calendar, calendar.period("FY2026-P05"))
        assert "mlc calendar" in refused.value.hint
        finding = calendar_finding(source, calendar)
        assert not finding.ok
        assert finding.remedy
