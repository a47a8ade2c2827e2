"""The closes as an iCalendar file, read back by the library's own reader."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar

from mlc_pipelines.cli.calendar_file import calendar_file
from mlc_pipelines.fiscal import FiscalCalendar, month_periods

NORWAY = FiscalCalendar("norway", ZoneInfo("Europe/Oslo"), month_periods([2026]), "NO")


def test_two_events_a_period_at_the_close_s_moments():
    content = calendar_file("acme", NORWAY, NORWAY.periods[2:4])
    file = Calendar.from_ical(content)
    events: dict[str, Any] = {str(event["summary"]): event for event in file.walk("VEVENT")}
    assert list(events) == [
        "Close of FY2026-P03, acme",
        "Final load of FY2026-P03, acme",
        "Close of FY2026-P04, acme",
        "Final load of FY2026-P04, acme",
    ]
    april = events["Close of FY2026-P04, acme"]
    assert april["dtstart"].dt == datetime(2026, 4, 28, 22, tzinfo=UTC)
    assert april["dtend"].dt == datetime(2026, 5, 8, 16, tzinfo=UTC)
    assert [zone["tzid"] for zone in file.walk("VTIMEZONE")] == ["Europe/Oslo"]
    assert len({event["uid"] for event in events.values()}) == 4


def test_the_same_closes_are_the_same_file():
    one, other = (calendar_file("acme", NORWAY, NORWAY.periods) for _ in range(2))
    assert one == other
