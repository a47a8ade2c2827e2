"""When a close opens and ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import (
    CloseRule,
    WorkingDayOffset,
    working_days,
)
from mlc_pipelines_tests.fiscal.norway import NORWAY, OSLO


@settings(deadline=None)  # the first example loads the holidays of all countries
@given(st.dates(date(2024, 1, 1), date(2028, 12, 31)), st.integers(1, 30))
def test_working_days_count_outwards_from_the_period_s_end(end: date, number: int) -> None:
    after, before = NORWAY.working_day(number, end), NORWAY.working_day(-number, end)
    assert before <= end < after
    for day, span in ((after, (end + timedelta(days=1), after)), (before, (before, end))):
        assert NORWAY.is_working_day(day)
        between = ((span[0] + timedelta(days=offset)) for offset in range((span[1] - span[0]).days + 1))
        assert sum(NORWAY.is_working_day(each) for each in between) == number


def test_there_is_no_working_day_zero() -> None:
    with pytest.raises(ValueError, match="Working day 0"):
        NORWAY.working_day(0, date(2026, 1, 31))


def test_working_days_beyond_the_calendar_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="add years"):
        NORWAY.working_day(30, date(2030, 1, 1))


def test_the_close_window_of_a_month() -> None:
    window = NORWAY.close_window(NORWAY.period("FY2026-P05"))
    # May 2026 ends on a Sunday; its last working days are Friday 29th and Thursday 28th.
    assert window.opens == datetime(2026, 5, 28, tzinfo=OSLO)
    assert window.final_load == datetime(2026, 6, 5, 17, tzinfo=OSLO)
    assert window.closes == datetime(2026, 6, 5, 18, tzinfo=OSLO)
    assert window.opens.tzinfo is OSLO
    assert NORWAY.close_window(NORWAY.period("FY2026-P13")) == NORWAY.close_window(NORWAY.period("FY2026-P12"))


def test_a_moment_that_summer_time_skips_is_the_first_after_the_gap() -> None:
    everyday = working_days("SA", 2024, 2024)
    # Oslo's clocks went from 02:00 to 03:00 on Sunday March 31st 2024, which is a working day in Saudi Arabia.
    moment = WorkingDayOffset(1, time(2, 30)).moment(date(2024, 3, 30), everyday, OSLO)
    assert moment.astimezone(UTC) == datetime(2024, 3, 31, 1, tzinfo=UTC)
    assert (moment.hour, moment.minute) == (3, 0)


def test_a_moment_that_comes_twice_is_the_first() -> None:
    everyday = working_days("SA", 2024, 2024)
    moment = WorkingDayOffset(1, time(2, 30)).moment(date(2024, 10, 26), everyday, OSLO)
    assert moment.astimezone(UTC) == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


offsets = st.builds(
    WorkingDayOffset, st.integers(-9, 9).filter(bool), st.times().map(lambda at: at.replace(second=0, microsecond=0))
)


@settings(max_examples=300)
@given(
    st.lists(offsets, min_size=3, max_size=3).map(sorted),
    st.sampled_from(["Europe/Oslo", "America/Sao_Paulo", "Asia/Kolkata", "Africa/Cairo", "Pacific/Apia", "UTC"]),
    st.dates(date(2010, 12, 1), date(2027, 12, 31)),
)
def test_close_windows_are_existing_moments_in_order(three: list[WorkingDayOffset], zone: str, end: date) -> None:
    if three[0] == three[1]:
        return
    rule = CloseRule(opens=three[0], final_load=three[1], closes=three[2])
    window = rule.window(end, working_days("AE", 2010, 2028), ZoneInfo(zone))
    moments = [each.astimezone(UTC) for each in (window.opens, window.final_load, window.closes)]
    assert moments == sorted(moments)
    for each in (window.opens, window.final_load, window.closes):
        assert each.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == each.replace(tzinfo=None)


@given(offsets)
def test_offsets_read_back_from_their_text(offset: WorkingDayOffset) -> None:
    assert WorkingDayOffset.parse(str(offset)) == offset


@pytest.mark.parametrize("text", ["WD0", "WD+0 10:00", "WD5", "5", "WD+5 25:00", "WD+5 10:60", "WD+5 10", "", "wd+5"])
def test_offsets_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"WD\+"):
        WorkingDayOffset.parse(text)


def test_a_close_that_ends_before_it_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        CloseRule(opens=WorkingDayOffset(6))
    with pytest.raises(ValueError, match="order"):
        CloseRule(closes=WorkingDayOffset(5, time(16)))
