"""A fiscal period and its label in the planning model's words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

PERIOD_KEY = re.compile(r"FY(?P<year>[0-9]{4})-P(?P<number>0[1-9]|[1-9][0-9])")
"""What a period's key looks like: `FY2026-P05`."""

# strftime takes its names from the machine's locale; a label that changes with the host would match no list member.
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_DIRECTIVES = "b B m y Y P f F %"


def period_key(year: int, number: int) -> str:
    """The key of a fiscal year's period, such as `FY2026-P05`."""
    return f"FY{year:04d}-P{number:02d}"


def label_problem(template: str) -> str:
    """What is wrong with a label format, or an empty text when it can be used."""
    letters: list[str] = _DIRECTIVE.findall(template)
    for letter in letters:
        if letter not in _DIRECTIVES.split():
            known = ", ".join(f"%{each}" for each in _DIRECTIVES.split())
            return f"has %{letter}, which is none of {known}"
    if not any(letter != "%" for letter in letters):
        return "names nothing of a period, so that all periods would have the same label"
    return ""


@dataclass(frozen=True, order=True)
class Period:
    """One fiscal period; periods order as in the calendar.

    Attributes:
        key: `FY2026-P05`.
        year: fiscal year.
        number: from 1 within the year; adjustment periods come after the regular ones.
        start: first day, inside.
        end: last day, inside.
        adjustment: lies over last days of a regular period, so that dates alone don't tell the two apart.
        over: the regular period that an adjustment period lies over.
    """

    key: str
    year: int
    number: int
    start: date
    end: date
    adjustment: bool = False
    over: Period | None = field(default=None, compare=False, repr=False)

    @property
    def is_month(self) -> bool:
        """Whether it is a calendar month."""
        after = self.end + timedelta(days=1)
        return self.start.day == after.day == 1 and (after - self.start).days <= 31

    @property
    def label_month(self) -> tuple[int, int]:
        """Year and month by which the period is called: the one in which most of its days lie, the later of equals."""
        days = Counter[tuple[int, int]]()
        for offset in range((self.end - self.start).days + 1):
            day = self.start + timedelta(days=offset)
            days[day.year, day.month] += 1
        return max(days, key=lambda month: (days[month], month))

    def label(self, template: str) -> str:
        """The period in the model's words, in English on every machine.

        `%b` `%B` `%m` are the month's short name, name and two-digit number, `%y` `%Y` that month's calendar year;
        `%P` is the two-digit period number, `%f` `%F` the fiscal year in two and four digits; `%%` is a percent sign.
        The month is the one in which most of the period's days lie (the calendar month of a months calendar, the
        nominal month of a 4-4-5 one). An adjustment period has the label of the period it lies over.

        Args:
            template: such as `%b %y` for `May 26`, or `Period %P FY%f` for `Period 05 FY26`.

        Raises:
            ValueError: the template has a directive that is none of these.
        """
        if self.over is not None:
            return self.over.label(template)
        problem = label_problem(template)
        if problem:
            raise ValueError(f"The period label format {template!r} {problem}.")
        year, month = self.label_month
        name = _MONTHS[month - 1]
        words = {
            "b": name[:3],
            "B": name,
            "m": f"{month:02d}",
            "y": f"{year % 100:02d}",
            "Y": f"{year:04d}",
            "P": f"{self.number:02d}",
            "f": f"{self.year % 100:02d}",
            "F": f"{self.year:04d}",
            "%": "%",
        }
        return _DIRECTIVE.sub(lambda found: words[found.group(1)], template)
