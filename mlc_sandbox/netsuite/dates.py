"""The account's date format: how raw dates come out of SuiteQL, and how date texts are read."""

from __future__ import annotations

import re
from datetime import date, datetime

_PARTS = re.compile(r"YYYY|YY|Mon|MM|M|DD|D")
_PATTERNS = {"YYYY": r"(?P<year>\d{4})", "YY": r"(?P<short>\d{2})", "Mon": r"(?P<name>[A-Za-z]{3})"} | {
    "MM": r"(?P<month>\d{1,2})",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "D": r"(?P<day>\d{1,2})",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_date(day: date, pattern: str) -> str:
    """A date as the account's preferences write it, for instance `3/31/2026` for `M/D/YYYY`."""
    values = {
        "YYYY": f"{day.year:04d}",
        "YY": f"{day.year % 100:02d}",
        "Mon": _MONTHS[day.month - 1],
        "MM": f"{day.month:02d}",
        "M": str(day.month),
        "DD": f"{day.day:02d}",
        "D": str(day.day),
    }
    return _PARTS.sub(lambda part: values[part.group()], pattern)


def format_moment(moment: datetime, pattern: str) -> str:
    """A date and time of day, for instance `3/31/2026 4:05 pm`."""
    hour = moment.hour % 12 or 12
    return f"{format_date(moment, pattern)} {hour}:{moment.minute:02d} {'am' if moment.hour < 12 else 'pm'}"


def parse_date(text: str, pattern: str) -> date | None:
    """The date that a text in the account's format means; None when it is in another one."""
    expression = "".join(_PATTERNS.get(part, re.escape(part)) for part in re.split(f"({_PARTS.pattern})", pattern))
    match = re.fullmatch(expression, text.strip())
    if match is None:
        return None
    found = match.groupdict()
    year = int(found["year"]) if found.get("year") else 2000 + int(found["short"])
    try:
        month = _MONTHS.index(found["name"].title()) + 1 if found.get("name") else int(found["month"])
        return date(year, month, int(found["day"]))
    except ValueError:
        return None
