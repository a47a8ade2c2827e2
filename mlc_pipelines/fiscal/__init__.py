"""Fiscal calendars: periods, their labels in the model's words, working days and close windows."""

from mlc_pipelines.fiscal.cadence import AtClose, Cadence, Cron, Every
from mlc_pipelines.fiscal.calendar import FiscalCalendar, calendar_months, union_of_periods
from mlc_pipelines.fiscal.close import CloseRule, CloseState, CloseWindow, WorkingDayOffset
from mlc_pipelines.fiscal.explicit import ListedPeriod, listed_periods, listing_problems
from mlc_pipelines.fiscal.period import PERIOD_KEY, Period, label_problem, period_key
from mlc_pipelines.fiscal.workdays import WorkingDays, working_days
from mlc_pipelines.fiscal.years import (
    WEEK_PATTERNS,
    YEAR_ENDS,
    month_periods,
    week_periods,
    year_ends_differ,
    year_start_problem,
)

__all__ = [
    "PERIOD_KEY",
    "WEEK_PATTERNS",
    "YEAR_ENDS",
    "AtClose",
    "Cadence",
    "CloseRule",
    "CloseState",
    "CloseWindow",
    "Cron",
    "Every",
    "FiscalCalendar",
    "ListedPeriod",
    "Period",
    "WorkingDayOffset",
    "WorkingDays",
    "calendar_months",
    "label_problem",
    "listed_periods",
    "listing_problems",
    "month_periods",
    "period_key",
    "union_of_periods",
    "week_periods",
    "working_days",
    "year_ends_differ",
    "year_start_problem",
]
