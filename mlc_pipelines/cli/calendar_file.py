"""The closes of a calendar as an iCalendar file (RFC 5545), which a controller subscribes to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from mlc_pipelines.fiscal import FiscalCalendar, Period

if TYPE_CHECKING:
    from icalendar import Event


def calendar_file(tenant: str, calendar: FiscalCalendar, periods: Sequence[Period]) -> bytes:
    """Two events a period: its close from opening to end, and its final load.

    An event has the same UID each time, so that a subscriber's calendar changes it and doesn't double it.
    """
    # Imported here: a tenth of a second that other commands don't need.
    from icalendar import Calendar

    file = Calendar()
    file.add("prodid", "-//mlc_pipelines//close calendar//EN")
    file.add("version", "2.0")
    file.add("x-wr-calname", f"Closes of {tenant}")
    for period in periods:
        window = calendar.close_window(period)
        file.add_component(_event(tenant, period, "Close", window.opens, window.closes))
        file.add_component(_event(tenant, period, "Final load", window.final_load, window.final_load))
    file.add_missing_timezones()
    return file.to_ical()


def _event(tenant: str, period: Period, what: str, begins: datetime, ends: datetime) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{what.lower().replace(' ', '-')}-{period.key}@{tenant}.mlc-pipelines")
    event.add("summary", f"{what} of {period.key}, {tenant}")
    event.add("dtstart", begins)
    event.add("dtend", ends)
    # When it was made says nothing; RFC 5545 wants a moment, and the same content is to be the same file.
    event.add("dtstamp", begins)
    return event
