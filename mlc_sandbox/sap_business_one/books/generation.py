"""The books from January 2025 to today, made from a seed."""

from __future__ import annotations

import calendar
import random
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from mlc_sandbox.sap_business_one.books.drafts import DraftMaker
from mlc_sandbox.sap_business_one.books.entries import Draft, ledger_line
from mlc_sandbox.sap_business_one.books.table import Row

FIRST_DAY = date(2025, 1, 1)
LONGEST = 10
"""Lines of the longest entry that chance makes."""

_OPENING = {
    "1110": "18250000.00",
    "1120": "9400000.00",
    "1190": "-6120000.50",
    "1210": "1875000.1250",
    "1220": "402500.00",
    "1240": "2210750.75",
    "1410": "3499999.99",
    "1420": "745000.00",
    "1490": "1250.00",
    "0299": "-88000.00",
    "6290": "0.01",
}


def drafts(seed: int, gl_lines: int, codes: Mapping[str, str], partners: list[Row], today: date) -> list[Draft]:
    """Entries with exactly `gl_lines` lines in all, and purchase orders, in the order in which they are entered.

    Raises:
        ValueError: so few lines can't fill the months.
    """
    maker = DraftMaker(random.Random(seed), codes, partners, today)
    opening = _opening(codes)
    months = list(_months(today))
    days = sum(last - first + 1 for _, first, last in months)
    left, days_left = gl_lines - len(opening.lines), days
    if left < 3 * LONGEST * len(months):
        raise ValueError(f"gl_lines={gl_lines}: {len(months)} months need {3 * LONGEST * len(months) + 20} or more.")
    made = [opening]
    for month, first, last in months:
        days_here = last - first + 1
        quota = left if days_left == days_here else left * days_here // days_left
        of_month = list(_fill(maker, month, (first, last), quota - maker.reversing_lines[month]))
        made += of_month
        left, days_left = left - quota, days_left - days_here
    made += maker.reversals
    return sorted(made, key=lambda draft: draft.created)


def _fill(maker: DraftMaker, month: date, days: tuple[int, int], lines: int) -> Iterator[Draft]:
    """Drafts of a month with that many lines, those that reverse them in the same month included."""
    span = days[1] - days[0] + 1
    done, step = 0, max(1, lines // 40)
    for place in range(step):
        yield maker.order(month.replace(day=days[0] + place * span // step))
    while lines - done > 2 * LONGEST + 2:
        before = maker.reversing_lines[month]
        draft = maker.any(month.replace(day=days[0] + min(span - 1, done * span // lines)))
        done += len(draft.lines) + maker.reversing_lines[month] - before
        yield draft
    yield maker.filler(month.replace(day=days[1]), lines - done)


def _months(today: date) -> Iterator[tuple[date, int, int]]:
    for year in range(FIRST_DAY.year, today.year + 1):
        for month in range(1, 13):
            first = date(year, month, 1)
            if first <= today:
                last = calendar.monthrange(year, month)[1]
                yield first, 1, today.day if (year, month) == (today.year, today.month) else last


def _opening(codes: Mapping[str, str]) -> Draft:
    lines = [ledger_line(codes[number], Decimal(amount)) for number, amount in _OPENING.items()]
    lines.append(ledger_line(codes["2190"], -sum(map(Decimal, _OPENING.values()), Decimal(0))))
    return Draft(FIRST_DAY, "ttOpeningBalance", FIRST_DAY, lines, "Åbningsbalance", reference="ÅB 2025")
