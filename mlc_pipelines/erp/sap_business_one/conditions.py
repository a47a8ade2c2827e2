"""Conditions on days and change stamps, in the words of `$filter` (contract sap_b1.md, section 4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mlc_pipelines.erp.base import FiscalWindow
from mlc_pipelines.erp.sap_business_one.columns import ServiceLayerEntity

# Stamps are compared by the minute and given in the server's local time, which is set back by an hour once a year; a
# transaction may take a while to be seen.
_OVERLAP = timedelta(minutes=90)

_NUMBERS_AGAIN = 100
"""Entries that a feed of journal entries reads again, for those that were numbered before and committed after."""


def placed_in(entity: ServiceLayerEntity, window: FiscalWindow) -> str:
    """Records dated in a window."""
    return f"{entity.placed_by} ge '{window.start}' and {entity.placed_by} le '{window.end}'"


def numbered(key: str, since: str, highest: int) -> str:
    """Records with a number from the watermark on, and some before it."""
    return f"{key} gt {int(since) - _NUMBERS_AGAIN} and {key} le {highest}"


def overlapped(since: str) -> datetime:
    """The moment from which a feed reads, in the server's local time."""
    return datetime.fromisoformat(since).replace(tzinfo=None) - _OVERLAP


def stamped(begin: datetime, newest: dict[str, Any]) -> str:
    """Records whose change stamp lies between a moment and the newest stamp that there was."""
    day, time = str(newest["UpdateDate"])[:10], newest.get("UpdateTime") or "23:59:59"
    return (
        f"(UpdateDate gt '{begin:%Y-%m-%d}' or (UpdateDate eq '{begin:%Y-%m-%d}' and UpdateTime ge '{begin:%H:%M}:00'))"
        f" and (UpdateDate lt '{day}' or (UpdateDate eq '{day}' and UpdateTime le '{time}'))"
    )
