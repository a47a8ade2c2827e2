"""Conditions on days and change stamps, in the words of `$filter` (docs/vendors/sap_business_one.md, section 4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mlc_pipelines.erp.sap_business_one.abilities import Abilities
from mlc_pipelines.erp.sap_business_one.fields import ServiceLayerEntity
from mlc_pipelines.fiscal import Period

# Stamps are compared by the minute and given in the server's local time, which is set back by an hour once a year; a
# transaction may take a while to be seen.
_OVERLAP = timedelta(minutes=90)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)

_NUMBERS_AGAIN = 100
"""Entries that a feed of journal entries reads again, for those that were numbered before and committed after."""


def placed_in(entity: ServiceLayerEntity, window: Period) -> str:
    """Records dated in a window.

    Up to the next day and not to the last one: dates of v2 have a time (docs/vendors/sap_business_one.md, section 5).
    """
    return f"{entity.placed_by} ge '{window.start}' and {entity.placed_by} lt '{window.end + _DAY}'"


def uncancelled(entity: ServiceLayerEntity, able: Abilities) -> str:
    """Documents that count."""
    return " and ".join(each for each in entity.asked if each.partition(" ")[0] not in able.absent)


def numbered(key: str, since: str, highest: int) -> str:
    """Records with a number from the watermark on, and some before it."""
    return f"{key} gt {max(0, int(since) - _NUMBERS_AGAIN)} and {key} le {highest}"


def overlapped(since: str) -> datetime:
    """The moment from which a feed reads, in the server's local time."""
    return datetime.fromisoformat(since).replace(tzinfo=None) - _OVERLAP


def stamped(begin: datetime, newest: dict[str, Any]) -> str:
    """Records whose change stamp lies between a moment and the minute of the newest stamp that there was."""
    stamp = f"{str(newest['UpdateDate'])[:10]}T{(newest.get('UpdateTime') or '23:59')[:5]}"
    end = datetime.fromisoformat(stamp) + _MINUTE
    return (
        f"(UpdateDate gt '{begin:%Y-%m-%d}' or (UpdateDate eq '{begin:%Y-%m-%d}' and UpdateTime ge '{begin:%H:%M}:00'))"
        f" and (UpdateDate lt '{end:%Y-%m-%d}' or (UpdateDate eq '{end:%Y-%m-%d}' and UpdateTime lt '{end:%H:%M}:00'))"
    )
