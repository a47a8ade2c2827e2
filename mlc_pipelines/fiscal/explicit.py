"""Periods that are listed one by one, for calendars that follow no rule of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from mlc_pipelines.fiscal.period import PERIOD_KEY, Period, period_key


@dataclass(frozen=True)
class ListedPeriod:
    """A period as somebody wrote it down: key, first and last day, and whether it is an adjustment period."""

    key: str
    start: date
    end: date
    adjustment: bool = False


def listing_problems(listed: Sequence[ListedPeriod]) -> Iterator[tuple[int, str, str]]:
    """Everything that keeps a list from being a calendar: (position, problem, remedy)."""
    seen: set[str] = set()
    for position, period in enumerate(listed):
        if not PERIOD_KEY.fullmatch(period.key):
            yield position, f"has the key {period.key!r}", "Write keys like FY2026-P05."
        elif period.key in seen:
            yield position, f"repeats the key {period.key}", "Give every period a key of its own."
        seen.add(period.key)
        if period.end < period.start:
            yield position, f"ends on {period.end}, before it starts on {period.start}", "Exchange or correct the two."
    yield from _order_problems(listed)
    yield from _adjustment_problems(listed)


def listed_periods(listed: Sequence[ListedPeriod]) -> tuple[Period, ...]:
    """The periods of a list, in calendar order.

    Raises:
        ValueError: `listing_problems` finds something in the list.
    """
    for position, problem, remedy in listing_problems(listed):
        raise ValueError(f"Period {position + 1} of the list {problem}. {remedy}")
    regular = [_period(each, None) for each in listed if not each.adjustment]
    adjustments = [
        _period(each, next(period for period in regular if _lies_over(each, period)))
        for each in listed
        if each.adjustment
    ]
    return tuple(sorted(regular + adjustments))


def _period(listed: ListedPeriod, over: Period | None) -> Period:
    year, number = int(listed.key[2:6]), int(listed.key[8:])
    return Period(listed.key, year, number, listed.start, listed.end, listed.adjustment, over)


def _lies_over(adjustment: ListedPeriod, regular: Period | ListedPeriod) -> bool:
    """Whether the adjustment period's days are all days of that regular period of the same fiscal year."""
    same_year = adjustment.key[:6] == regular.key[:6]
    return same_year and regular.start <= adjustment.start and adjustment.end <= regular.end


def _order_problems(listed: Sequence[ListedPeriod]) -> Iterator[tuple[int, str, str]]:
    """Regular periods follow each other without gap or overlap, in the order of their keys, and none is left out.

    A period whose key can't be read has no place in the order.
    """
    regular = sorted(
        (
            (position, period)
            for position, period in enumerate(listed)
            if not period.adjustment and PERIOD_KEY.fullmatch(period.key)
        ),
        key=lambda each: each[1].key,
    )
    if all(period.adjustment for period in listed):
        yield 0, "is an adjustment period, and there are no others", "List the regular periods too."
    for (_, before), (position, period) in pairwise(regular):
        due = before.end + timedelta(days=1)
        if period.start != due and before.key != period.key:
            found = "leaves a gap after" if period.start > due else "overlaps or precedes"
            yield position, f"starts on {period.start} and {found} {before.key}", f"Let it start on {due}."
        year, number = int(before.key[2:6]), int(before.key[8:])
        following = [period_key(year, number + 1), period_key(year + 1, 1)]
        if period.key not in [before.key, *following]:
            yield position, f"has the key {period.key} after {before.key}", f"It is {' or '.join(following)}."


def _adjustment_problems(listed: Sequence[ListedPeriod]) -> Iterator[tuple[int, str, str]]:
    """An adjustment period lies inside a regular period of its year and is numbered after the regular ones."""
    regular = [period for period in listed if not period.adjustment]
    for position, period in enumerate(listed):
        if not period.adjustment:
            continue
        if not any(_lies_over(period, other) for other in regular):
            yield (
                position,
                "lies inside no regular period of its year",
                "Give it days of the year's last regular period.",
            )
        elif any(other.key > period.key for other in regular if other.key[:6] == period.key[:6]):
            yield position, "is numbered before a regular period of its year", "Number adjustment periods last."
