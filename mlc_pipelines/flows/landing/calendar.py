"""The tenant's fiscal calendar beside the ERP's own periods: where the ERP knows them, they are the truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mlc_pipelines.erp.base import ErpPeriod, Source
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.findings import Finding
from mlc_pipelines.fiscal import FiscalCalendar, Period

_SHOWN = 5
_REMEDY = (
    "The ERP's periods are the truth: correct the tenant's calendar. `mlc calendar TENANT` shows both side by side."
)


@dataclass(frozen=True)
class Comparison:
    """A period of the calendar and what the ERP has on its days.

    Attributes:
        period: ours.
        found: the ERP's regular periods on its days.
        difference: what differs, in words; empty where they agree, or where the ERP has not made its period yet.
    """

    period: Period
    found: tuple[ErpPeriod, ...]
    difference: str = ""


def compare(calendar: FiscalCalendar, periods: Sequence[ErpPeriod], year: int | None = None) -> list[Comparison]:
    """Every regular period of the calendar beside the ERP's.

    Args:
        calendar: the tenant's.
        periods: the ERP's.
        year: only this fiscal year; all when None.
    """
    ours = [each for each in calendar.regular if year in (None, each.year)]
    # Adjustment periods lie over others: each ERP package finds its own, and says when there is none.
    theirs = [each for each in periods if not each.adjustment and each.start <= each.end]
    return list(_compared(ours, theirs))


def _compared(ours: Sequence[Period], theirs: Sequence[ErpPeriod]) -> Iterator[Comparison]:
    for period in ours:
        found = tuple(each for each in theirs if each.start <= period.end and period.start <= each.end)
        yield Comparison(period, found, _difference(period, found, theirs))


def _difference(period: Period, found: Sequence[ErpPeriod], known: Sequence[ErpPeriod]) -> str:
    here = f"{period.key} is {period.start} to {period.end} here"
    if not found:
        between = any(each.end < period.start for each in known) and any(period.end < each.start for each in known)
        return f"{here}, and the ERP has no period on these days" if between else ""
    if [(each.start, each.end) for each in found] != [(period.start, period.end)]:
        return f"{here}, in the ERP {', '.join(map(str, found))}"
    (same,) = found
    if same.year not in (None, period.year):
        return f"{here}, and in the ERP it is {same}, of fiscal year {same.year}"
    return ""


def check_calendar(source: Source[Any], calendar: FiscalCalendar, period: Period) -> None:
    """Hold the fiscal year of a period against the ERP's, before anything is read.

    Raises:
        ConfigurationError: days, number of periods or the year's label differ; or the ERP doesn't have the period.
    """
    periods = source.periods()
    if periods is None:
        return
    compared = compare(calendar, periods, period.year)
    differing = [each.difference for each in compared if each.difference]
    if differing:
        raise ConfigurationError(f"The fiscal calendar differs from the ERP's: {_told(differing)}.", hint=_REMEDY)


def calendar_finding(source: Source[Any], calendar: FiscalCalendar) -> Finding:
    """The same over all years, for `mlc ping`."""
    subject, periods = "fiscal calendar", source.periods()
    if periods is None:
        return Finding(subject, ok=True, message="The ERP doesn't tell the days of its periods: compare them by eye.")
    compared = compare(calendar, periods)
    differing = [each.difference for each in compared if each.difference]
    if differing:
        return Finding(subject, ok=False, message=f"{_told(differing)}.", remedy=_REMEDY)
    missing = sum(not each.found for each in compared)
    more = f"; the ERP hasn't made the other {missing} yet" if missing else ""
    return Finding(subject, ok=True, message=f"{len(compared) - missing} periods are the ERP's own{more}.")


def _told(differing: Sequence[str]) -> str:
    more = f"; and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
    return "; ".join(differing[:_SHOWN]) + more
