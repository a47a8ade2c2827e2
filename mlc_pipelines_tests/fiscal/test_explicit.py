"""Periods that are listed one by one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given

from mlc_pipelines.fiscal import (
    ListedPeriod,
    Period,
    listed_periods,
    listing_problems,
)
from mlc_pipelines_tests.fiscal.generated import calendars


def listed(*lines: tuple[str, str, str] | tuple[str, str, str, bool]) -> list[ListedPeriod]:
    return [ListedPeriod(key, date.fromisoformat(a), date.fromisoformat(b), *more) for key, a, b, *more in lines]


def test_listed_periods_come_in_calendar_order_with_what_they_lie_over() -> None:
    periods = listed_periods(
        listed(
            ("FY2026-P03", "2026-03-31", "2026-03-31", True),
            ("FY2026-P02", "2026-02-01", "2026-03-31"),
            ("FY2026-P01", "2026-01-01", "2026-01-31"),
        )
    )
    assert [period.key for period in periods] == ["FY2026-P01", "FY2026-P02", "FY2026-P03"]
    assert periods[2].over == periods[1]
    assert periods[2].label("%b %y") == "Mar 26"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([("FY26-P1", "2026-01-01", "2026-01-31")], "key"),
        ([("FY2026-P00", "2026-01-01", "2026-01-31")], "key"),
        ([("FY2026-P01", "2026-01-31", "2026-01-01")], "before it starts"),
        ([("FY2026-P01", "2026-01-01", "2026-01-31")] * 2, "repeats"),
        ([("FY2026-P01", "2026-01-01", "2026-01-31"), ("FY2026-P02", "2026-02-02", "2026-02-28")], "gap"),
        ([("FY2026-P01", "2026-01-01", "2026-01-31"), ("FY2026-P02", "2026-01-31", "2026-02-28")], "overlaps"),
        ([("FY2026-P02", "2026-01-01", "2026-01-31"), ("FY2026-P01", "2026-02-01", "2026-02-28")], "precedes"),
        ([("FY2026-P01", "2026-01-01", "2026-01-31", True)], "no others"),
        ([("FY2026-P01", "2026-01-01", "2026-01-31"), ("FY2026-P02", "2026-02-01", "2026-02-01", True)], "inside no"),
        ([("FY2026-P02", "2026-01-01", "2026-01-31"), ("FY2026-P01", "2026-01-31", "2026-01-31", True)], "numbered"),
        ([("FY2026-P01", "2026-01-01", "2026-01-31"), ("FY2026-P03", "2026-02-01", "2026-02-28")], "after FY2026-P01"),
        ([("FY2026-P12", "2026-12-01", "2026-12-31"), ("FY2027-P02", "2027-01-01", "2027-01-31")], "after FY2026-P12"),
        ([("FY2025-P13", "2025-12-01", "2025-12-31"), ("FY2027-P01", "2026-01-01", "2026-01-31")], "after FY2025-P13"),
    ],
)
def test_a_list_that_is_no_calendar_is_refused(lines: list[tuple[str, str, str]], problem: str) -> None:
    assert any(problem in found for _, found, _ in listing_problems(listed(*lines)))
    with pytest.raises(ValueError, match=r"Period [12] of the list"):
        listed_periods(listed(*lines))


@given(calendars())
def test_every_generated_calendar_could_also_be_listed(periods: tuple[Period, ...]) -> None:
    lines = [ListedPeriod(each.key, each.start, each.end, each.adjustment) for each in periods]
    assert list(listing_problems(lines)) == []
    assert listed_periods(lines) == periods
