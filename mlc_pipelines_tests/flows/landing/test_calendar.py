"""The calendar beside the ERP's periods: what agrees, what differs, and how it is said."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from mlc_pipelines.erp.base import ErpPeriod
from mlc_pipelines.fiscal import FiscalCalendar, Period, month_periods, week_periods
from mlc_pipelines.flows.landing.calendar import compare

UTC = ZoneInfo("UTC")
SEPTEMBER = date(2025, 9, 28)


def weeks(year_ends: str, *years: int) -> FiscalCalendar:
    periods = week_periods(years, pattern="4-4-5", year_start=SEPTEMBER, year_ends=year_ends)
    return FiscalCalendar("weeks", UTC, periods)


def as_erp(period: Period, **other: Any) -> ErpPeriod:
    return ErpPeriod(period.key, period.start, period.end, period.adjustment, **other)


def differences(calendar: FiscalCalendar, periods: list[ErpPeriod], year: int | None = None) -> list[str]:
    return [each.difference for each in compare(calendar, periods, year) if each.difference]


def test_equal_days_agree():
    calendar = weeks("last", 2025, 2026, 2027)
    assert differences(calendar, [as_erp(period) for period in calendar.periods]) == []


def test_a_year_that_ends_on_the_other_saturday_differs_in_its_last_period():
    theirs = [as_erp(period) for period in weeks("last", 2026, 2027).periods]
    found = differences(weeks("nearest", 2026, 2027), theirs, 2026)
    (last,) = found
    assert last.startswith("FY2026-P12 is 2026-08-23 to 2026-10-03 here, in the ERP FY2026-P12 (2026-08-23 to ")
    assert last.endswith("2026-09-26), FY2027-P01 (2026-09-27 to 2026-10-24)")


def test_a_53rd_week_as_a_period_of_its_own_differs():
    ours = weeks("nearest", 2026)
    *others, last = ours.periods
    theirs = [as_erp(period) for period in others]
    theirs += [
        ErpPeriod("12", last.start, date(2026, 9, 26)),
        ErpPeriod("13", date(2026, 9, 27), last.end),
    ]
    assert len(differences(ours, theirs)) == 1


def test_another_label_of_the_year_differs():
    months = FiscalCalendar("months", UTC, month_periods([2026], start_month=7))
    theirs = [as_erp(period, year=period.year - 1, number=period.number) for period in months.periods]
    found = differences(months, theirs)
    assert len(found) == 12
    assert found[0].endswith("of fiscal year 2025")


def test_what_the_erp_has_not_made_yet_is_no_difference_but_a_hole_is():
    months = FiscalCalendar("months", UTC, month_periods([2026]))
    theirs = [as_erp(period) for period in months.periods]
    assert differences(months, theirs[:5]) == []
    assert differences(months, theirs[5:]) == []
    assert differences(months, [*theirs[:5], *theirs[6:]]) == [
        "FY2026-P06 is 2026-06-01 to 2026-06-30 here, and the ERP has no period on these days"
    ]


def test_adjustment_periods_lie_over_others_and_are_left_out():
    months = FiscalCalendar("months", UTC, month_periods([2026], adjustment_periods=1))
    assert differences(months, [as_erp(period) for period in months.periods]) == []
