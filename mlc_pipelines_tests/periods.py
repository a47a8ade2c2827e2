"""Fiscal periods for tests that need no calendar."""

from __future__ import annotations

from datetime import date

from mlc_pipelines.fiscal import PERIOD_KEY, Period


def fiscal_period(key: str, start: date, end: date, adjustment: bool = False) -> Period:
    """A period of these days; year and number are those of its key."""
    found = PERIOD_KEY.fullmatch(key)
    assert found, key
    return Period(key, int(found["year"]), int(found["number"]), start, end, adjustment)
