"""Calendar files."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mlc_pipelines_tests.config.conftest import Files

EXPLICIT: dict[str, Any] = {
    "kind": "explicit",
    "year_start": ...,
    "year_ends": ...,
    "years": ...,
    "periods": [
        {"key": "FY2026-P01", "start": "2026-01-01", "end": "2026-06-30"},
        {"key": "FY2026-P02", "start": "2026-07-01", "end": "2026-12-31"},
        {"key": "FY2026-P03", "start": "2026-12-31", "end": "2026-12-31", "adjustment": True},
    ],
}


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 36),
        ({"kind": "13x4", "adjustment_periods": 1}, 42),
        ({"kind": "months", "year_start": ..., "year_ends": ..., "start_month": 4}, 36),
        (EXPLICIT, 3),
        ({**EXPLICIT, "years": [2026]}, 3),
        ({"years": [2027, 2025, 2026]}, 36),
        ({"country": ..., "timezone": ..., "close": ...}, 36),
        ({"close": {"opens": "WD-5 06:00"}}, 36),
    ],
)
def test_every_kind_loads(files: Files, changes: dict[str, Any], count: int) -> None:
    files.calendar(changes)
    calendar = files.load().calendars["acme-445"]
    assert len(calendar.periods) == count
    assert all(calendar.close_window(period) for period in calendar.periods)


def test_the_close_is_in_the_calendar_s_time_zone(files: Files) -> None:
    files.calendar()
    calendar = files.load().calendars["acme-445"]
    window = calendar.close_window(calendar.period("FY2026-P01"))
    # Period 1 ends on Sunday January 25th.
    assert window.opens == datetime(2026, 1, 22, tzinfo=ZoneInfo("Europe/Oslo"))
    assert window.closes == datetime(2026, 1, 30, 18, tzinfo=ZoneInfo("Europe/Oslo"))


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ({"kind": "4-4-6"}, "", "unknown kind: 4-4-6"),
        ({"kind": ...}, "", "kind"),
        ({"year_start": ...}, "year_start", "missing"),
        ({"year_start": "2025-12-15"}, "year_start", "within three"),
        ({"year_start": "tomorrow"}, "year_start", "2026-01-31"),
        ({"start_month": 4}, "start_month", "Known: adjustment_periods"),
        ({"kind": "months", "year_start": ..., "year_ends": ..., "start_month": 13}, "start_month", "12 or less"),
        ({"kind": "months", "year_ends": ...}, "year_start", "not a key"),
        ({"year_ends": "sunday"}, "year_ends", "nearest"),
        ({"year_ends": "last", "year_start": "2026-10-02"}, "year_start", "at most six days before"),
        ({"years": []}, "years", "at least one"),
        ({"years": [2025, 2027]}, "years", "Add 2026"),
        ({"years": [2025, 2025]}, "years", "twice"),
        ({"years": 2026}, "years", "not a list"),
        ({"years": [26]}, "years[0]", "1990 or more"),
        ({"country": "Norway"}, "country", "ISO 3166"),
        ({"timezone": "Europe/Olso"}, "timezone", "Europe/Oslo"),
        ({"close/opens": "WD0"}, "close.opens", "no WD0"),
        ({"close/opens": "WD5"}, "close.opens", "WD+5 18:00"),
        ({"close/opens": "WD+6"}, "close", "order"),
        ({"close/open": "WD-2"}, "close.open", "Did you mean opens"),
        ({"adjustment_periods": -1}, "adjustment_periods", "0 or more"),
        ({"name": "other"}, "name", "acme-445"),
        ({**EXPLICIT, "periods": []}, "periods", "at least one"),
        ({**EXPLICIT, "periods/1/start": "2026-07-02"}, "periods[1]", "start on 2026-07-01"),
        ({**EXPLICIT, "periods/1/start": "July"}, "periods[1].start", "not a date"),
        ({**EXPLICIT, "years": [2027]}, "years", "listed periods"),
    ],
)
def test_a_fault_is_named_with_its_key_and_a_remedy(files: Files, changes: dict[str, Any], key: str, said: str) -> None:
    files.calendar(changes)
    fault = files.fault()
    assert (fault.file, fault.key) == ("calendars/acme-445.yaml", key)
    assert said in f"{fault.problem}. {fault.remedy}"


def test_the_built_in_calendar_can_t_be_replaced(files: Files) -> None:
    files.write("calendars/calendar-months.yaml", "name: calendar-months\nkind: months\nyears: [2026]\n")
    assert "built-in" in files.fault().problem


@pytest.mark.parametrize(
    ("year_start", "years", "readings"),
    [
        # A year that ends about September 30th on a Saturday.
        ("2025-09-28", [2026, 2027], ("2025-09-28 to 2026-10-03 (nearest)", "2025-09-28 to 2026-09-26 (last)")),
        ("2025-12-29", [2025, 2026], ("2025-12-29 to 2027-01-03 (nearest)", "2025-12-29 to 2026-12-27 (last)")),
        # Retail years about January 31st: that of 2023 has 53 weeks by the one rule and 52 by the other.
        ("2023-01-29", [2023], ("2023-01-29 to 2024-02-03 (nearest)", "2023-01-29 to 2024-01-27 (last)")),
    ],
)
def test_a_rule_that_the_file_leaves_open_is_asked_for_with_both_readings(
    files: Files, year_start: str, years: list[int], readings: tuple[str, str]
) -> None:
    files.calendar({"year_start": year_start, "years": years, "year_ends": ...})
    fault = files.fault()
    assert fault.key == "year_start"
    assert all(reading in fault.problem for reading in readings)
    assert "year_ends: nearest" in fault.remedy
    assert "year_ends: last" in fault.remedy


def test_a_rule_needs_no_word_where_both_give_the_same_days(files: Files) -> None:
    files.calendar({"year_start": "2024-09-29", "years": [2025], "year_ends": ...})
    calendar = files.load().calendars["acme-445"]
    assert (calendar.periods[0].start.isoformat(), calendar.periods[-1].end.isoformat()) == ("2024-09-29", "2025-09-27")


def test_a_start_that_fits_the_last_weekday_only_asks_for_the_rule(files: Files) -> None:
    files.calendar({"year_start": "2025-12-28", "year_ends": ...})
    assert "If years end on the last Saturday of a month, add year_ends: last" in files.fault().remedy


def test_years_that_end_on_the_last_saturday_of_september(files: Files) -> None:
    files.calendar({"year_start": "2025-09-28", "years": [2025, 2026, 2027, 2028], "year_ends": "last"})
    calendar = files.load().calendars["acme-445"]
    years = {year: [each for each in calendar.periods if each.year == year] for year in (2025, 2026, 2027, 2028)}
    assert {year: f"{each[0].start} to {each[-1].end}" for year, each in years.items()} == {
        2025: "2024-09-29 to 2025-09-27",
        2026: "2025-09-28 to 2026-09-26",
        2027: "2026-09-27 to 2027-09-25",
        2028: "2027-09-26 to 2028-09-30",
    }
