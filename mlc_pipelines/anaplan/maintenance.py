"""Anaplan's weekly maintenance: Saturdays, 13:00 to 17:00 Pacific time, when runs fail that are not to blame.

The window is Anaplan's published one for scheduled CloudWorks runs; the service may answer all the same.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("America/Los_Angeles")
_SATURDAY = 5
_BEGINS, _ENDS = time(13), time(17)


_LEAD = timedelta(minutes=30)
"""What is started later before a maintenance may not end in time."""


def start_after(moment: datetime) -> datetime | None:
    """When what would be started at an aware moment may be started instead; None where nothing stands against it."""
    return maintenance_until(moment) or maintenance_until(moment + _LEAD)


def maintenance_until(moment: datetime) -> datetime | None:
    """When the maintenance ends that is under way at an aware moment; None when there is none."""
    local = moment.astimezone(_ZONE)
    if local.weekday() != _SATURDAY or not _BEGINS <= local.time() < _ENDS:
        return None
    return datetime.combine(local.date(), _ENDS, _ZONE)
