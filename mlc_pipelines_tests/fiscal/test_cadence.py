"""Cadences: the moments at which something is due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_pipelines.fiscal import AtClose, Cron, Every, FiscalCalendar, month_periods

OSLO = ZoneInfo("Europe/Oslo")
NORWAY = FiscalCalendar("norway", OSLO, month_periods(range(2025, 2028)), "NO")
START = datetime(2025, 2, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=1000)).map(START.__add__)


def at(text: str) -> datetime:
    """A moment by Oslo's clocks."""
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


def moments(cadence: Every | Cron | AtClose, after: str, count: int) -> list[str]:
    found, moment = [], at(after)
    for _ in range(count):
        following = cadence.next(moment, NORWAY)
        assert following is not None
        moment = following
        found.append(f"{moment:%m-%d %H:%M %Z}")
    return found


def test_a_grid_that_does_not_move_with_those_who_are_late():
    assert moments(Every(timedelta(minutes=15)), "2026-05-04 10:07:31", 2) == ["05-04 10:15 CEST", "05-04 10:30 CEST"]
    assert moments(Every(timedelta(minutes=15)), "2026-05-04 10:15", 1) == ["05-04 10:30 CEST"]


def test_whole_days_begin_at_the_calendar_s_midnight_also_when_the_clocks_change():
    assert moments(Every(timedelta(days=1)), "2026-03-28 15:00", 3) == [
        "03-29 00:00 CET",
        "03-30 00:00 CEST",
        "03-31 00:00 CEST",
    ]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-03-28 12:00", ["03-29 03:00 CEST", "03-30 02:30 CEST"]),  # 02:30 is skipped
        ("2026-10-24 12:00", ["10-25 02:30 CEST", "10-26 02:30 CET"]),  # 02:30 comes twice
    ],
)
def test_a_crontab_s_time_comes_once_a_day_when_the_clocks_change(after: str, expected: list[str]):
    assert moments(Cron("30 2 * * *"), after, 2) == expected


def test_a_crontab_follows_the_calendar_s_zone():
    assert moments(Cron("0 6 * * MON"), "2026-05-04 07:00", 2) == ["05-11 06:00 CEST", "05-18 06:00 CEST"]


def test_a_close_wants_its_opening_its_working_days_and_its_final_load():
    # 1 May is a holiday, 30 April a Thursday; 14 May (Ascension) is far behind the final load of 8 May.
    assert moments(AtClose(), "2026-04-20 00:00", 9) == [
        "04-29 00:00 CEST",
        "04-30 00:00 CEST",
        "05-04 00:00 CEST",
        "05-05 00:00 CEST",
        "05-06 00:00 CEST",
        "05-07 00:00 CEST",
        "05-08 00:00 CEST",
        "05-08 17:00 CEST",
        "05-28 00:00 CEST",
    ]


def test_beyond_the_calendar_s_years_there_is_no_close():
    assert AtClose().next(at("2028-03-01 00:00"), NORWAY) is None


@given(
    cadence=st.sampled_from(
        [
            Every(timedelta(minutes=5)),
            Every(timedelta(hours=7)),
            Every(timedelta(days=2)),
            Cron("*/20 1-3 * * *"),
            AtClose(),
        ]
    ),
    one=MOMENTS,
    other=MOMENTS,
)
def test_what_is_next_is_later_and_nothing_is_passed_over(
    cadence: Every | Cron | AtClose, one: datetime, other: datetime
):
    following = cadence.next(one, NORWAY)
    assert following is not None
    assert following > one
    if one <= other < following:
        assert cadence.next(other, NORWAY) == following


@pytest.mark.parametrize("text", ["15m", "1h", "2d", "90m", "61s"])
def test_as_it_is_written(text: str):
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    assert str(Every(timedelta(**{units[text[-1]]: int(text[:-1])}))) == text


@pytest.mark.parametrize("text", ["", "0 6 * *", "0 6 * * * *", "60 * * * *", "0 0 31 2 *", "a b c d e"])
def test_what_is_no_cron_expression(text: str):
    with pytest.raises(ValueError, match="cron expression"):
        Cron(text)


def test_states_of_a_period():
    period = NORWAY.period_of(date(2026, 4, 15))
    moments = ["2026-03-31 23:59", "2026-04-01 00:00", "2026-04-28 23:59", "2026-04-29 00:00", "2026-05-08 18:00"]
    states = [NORWAY.close_state(period, at(moment)).value for moment in moments]
    assert states == ["future", "open", "open", "closing", "closed"]
