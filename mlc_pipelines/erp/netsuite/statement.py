"""A SuiteQL query that can be read in pages, and cut into ranges of its first key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlc_pipelines.errors import DataError

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,37})", re.ASCII)


def literal(value: str) -> str:
    """A value as SuiteQL writes it: an integer as it is, anything else as text in quotes.

    Bound values exist from release 2026.2 on only (docs/vendors/netsuite.md, section 3.1).

    Raises:
        DataError: the text has a character that can't be printed, or a backslash.

    Example:
        >>> literal("345"), literal("O'Neill")
        ('345', "'O''Neill'")
    """
    if _INTEGER.fullmatch(value):
        return value
    if not value.isprintable() or "\\" in value:
        raise DataError(
            f"NetSuite can't be asked for {value!a}: it holds a character that no id or date has.",
            hint="Correct the id, in the configuration or in NetSuite.",
        )
    return "'" + value.replace("'", "''") + "'"


@dataclass(frozen=True)
class Query:
    """SQL on one line with `?` placeholders, and their values as text.

    Attributes:
        sql: with a `?` for each value, and none elsewhere.
        params: the values.
    """

    sql: str
    params: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The query as it is sent, its values as literals."""
        first, *others = self.sql.split("?")
        return first + "".join(literal(value) + part for value, part in zip(self.params, others, strict=True))


@dataclass(frozen=True)
class KeyRange:
    """Part of a statement's rows, in key order.

    Attributes:
        after: values of the leading keys after which it begins; empty from the start.
        last: highest value of the first key that is inside; None to the end.
    """

    after: tuple[int, ...] = ()
    last: int | None = None


WHOLE = KeyRange()


@dataclass(frozen=True)
class Statement:
    """A select with a total order by integer keys.

    Pages are read by key (`key > last seen`), never by offset: an offset shifts when rows come or go, and SuiteQL ends
    at 100,000 rows (docs/vendors/netsuite.md, section 3.3).

    Attributes:
        columns: alias and expression.
        tables: what follows FROM.
        keys: expressions that identify a row together; also selected under some alias.
        conditions: joined by AND; `?` stands for the next of `params`.
        group_by: expressions, for totals.
    """

    columns: tuple[tuple[str, str], ...]
    tables: str
    keys: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()

    def page(self, part: KeyRange) -> Query:
        """The rows of a range in key order; the server gives as many as fit one page."""
        select = ", ".join(f"{expression} AS {alias}" for alias, expression in self.columns)
        where, params = self._where(part)
        group = f" GROUP BY {', '.join(self.group_by)}" if self.group_by else ""
        # ASC is written out: without it some accounts answered nothing (docs/vendors/netsuite.md, section 3.3).
        order = ", ".join(f"{key} ASC" for key in self.keys)
        return Query(f"SELECT {select} FROM {self.tables}{where}{group} ORDER BY {order}", params)  # noqa: S608 - values are params

    def bounds(self, part: KeyRange) -> Query:
        """One row with `lowest` and `highest` value of the first key in a range and the `row_count`."""
        where, params = self._where(part)
        first = self.keys[0]
        return Query(
            f"SELECT MIN({first}) AS lowest, MAX({first}) AS highest, COUNT(*) AS row_count FROM {self.tables}{where}",  # noqa: S608 - values are params
            params,
        )

    def _where(self, part: KeyRange) -> tuple[str, tuple[str, ...]]:
        conditions, params = list(self.conditions), list(self.params)
        if part.after:
            condition, values = _after(self.keys, part.after)
            conditions.append(condition)
            params.extend(values)
        if part.last is not None:
            conditions.append(f"{self.keys[0]} <= ?")
            params.append(str(part.last))
        return (f" WHERE {' AND '.join(conditions)}" if conditions else ""), tuple(params)


def _after(keys: Sequence[str], values: Sequence[int]) -> tuple[str, list[str]]:
    """The condition for rows behind the given key values, and its parameters."""
    key, value = keys[0], str(values[0])
    if len(values) == 1:
        return f"{key} > ?", [value]
    condition, params = _after(keys[1:], values[1:])
    return f"({key} > ? OR ({key} = ? AND {condition}))", [value, value, *params]


def cut(lowest: int, highest: int, parts: int) -> list[int]:
    """Highest key of each of so many equal ranges from `lowest` to `highest`; fewer where there are fewer keys."""
    span = highest - lowest + 1
    count = max(1, min(parts, span))
    return [lowest + span * (number + 1) // count - 1 for number in range(count)]


def any_of(expression: str, values: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """The condition that an expression is one of some values, and its parameters."""
    params = tuple(values)
    if len(params) == 1:
        return f"{expression} = ?", params
    return f"{expression} IN ({', '.join('?' for _ in params)})", params
