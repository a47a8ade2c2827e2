"""Code maps: `maps/<name>.csv`, the ERP's codes and the model's."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import StringIO

from mlc_pipelines.config.bounds import MOST_FAULTS, unseen
from mlc_pipelines.errors import ConfigurationError, Fault

HEADER = ["erp", "anaplan"]


@dataclass(frozen=True)
class CodeMap:
    """A translation of codes.

    Attributes:
        name: the file's name without `.csv`.
        entries: ERP code -> Anaplan code.
    """

    name: str
    entries: Mapping[str, str]

    def apply(self, code: str) -> str | None:
        """The Anaplan code, or None when the map has none for it."""
        return self.entries.get(code)

    @cached_property
    def ambiguous(self) -> tuple[str, ...]:
        """Anaplan codes that more than one ERP code leads to: there is no way back from them."""
        return tuple(code for code, count in Counter(self.entries.values()).items() if count > 1)

    @cached_property
    def inverse(self) -> Mapping[str, str]:
        """Anaplan code -> ERP code.

        Raises:
            ConfigurationError: the map is ambiguous.
        """
        if self.ambiguous:
            raise ConfigurationError(
                f"maps/{self.name}.csv can't be used backwards: several ERP codes lead to {_few(self.ambiguous)}.",
                hint="Make a map of its own for the plan.",
            )
        return {anaplan: erp for erp, anaplan in self.entries.items()}


def read_map(name: str, text: str, *, file: str) -> tuple[CodeMap, list[Fault]]:
    """A code map from its file's text, and what is wrong with it; blanks around a cell don't count.

    When very much is wrong, the rest isn't read.
    """
    entries: dict[str, str] = {}
    lines: dict[str, int] = {}
    faults: list[Fault] = []
    try:
        for line, row in _rows(text):
            if line == 1:
                if row != HEADER:
                    return CodeMap(name, entries), [_header_fault(row, file)]
                continue
            problem = _row_problem(row, lines)
            if problem:
                faults.append(Fault(file, f"line {line}", ",".join(row), *problem))
                if len(faults) > MOST_FAULTS:
                    break
            else:
                entries[row[0]], lines[row[0]] = row[1], line
    except csv.Error as error:
        faults.append(Fault(file, "", "", f"can't be read as CSV: {error}", "Check its quotes."))
    if not text.strip():
        faults.append(Fault(file, "", "", "is empty", "Begin it with the line: erp,anaplan"))
    return CodeMap(name, entries), faults


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text), strict=True)
    for row in reader:
        if any(cell.strip() for cell in row):
            yield reader.line_num, [cell.strip() for cell in row]


def _header_fault(row: list[str], file: str) -> Fault:
    semicolon = len(row) == 1 and ";" in row[0]
    remedy = "Save it with commas, not semicolons." if semicolon else "The first line must be: erp,anaplan"
    return Fault(file, "line 1", ",".join(row), "is not the header of a map", remedy)


def _row_problem(row: list[str], lines: Mapping[str, int]) -> tuple[str, str] | None:
    if len(row) != len(HEADER):
        return f"has {len(row)} cells instead of 2", "Quote a code that has a comma in it."
    if not all(row):
        return "has an empty cell", "Write both codes, or remove the line."
    for cell, whose in zip(row, ("ERP", "Anaplan"), strict=True):
        if found := unseen(cell):
            return f"has the character {found} in its {whose} code, which can't be seen", "Type the code anew."
    if row[0] in lines:
        return f"repeats the ERP code of line {lines[row[0]]}", "Keep one of the two."
    return None


def _few(codes: tuple[str, ...]) -> str:
    return ", ".join(codes[:5]) + (f" and {len(codes) - 5} more" if len(codes) > 5 else "")
