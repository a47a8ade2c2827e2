"""A calendar of months with the holidays of Norway."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from mlc_pipelines.fiscal import (
    FiscalCalendar,
    month_periods,
)

OSLO = ZoneInfo("Europe/Oslo")
NORWAY = FiscalCalendar("norway", OSLO, month_periods(range(2024, 2029), adjustment_periods=1), "NO")
