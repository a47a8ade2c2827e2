"""Which rows of a table are asked for, and in which order: filters of OData 4 (docs/vendors/syspro.md, section B1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mlc_pipelines.erp.syspro.fields import Placed, Table
from mlc_pipelines.erp.syspro.periods import PostingPeriod
from mlc_pipelines.fiscal import Period

KeyValues = tuple[Any, ...]
"""Values of the columns that a query's rows are told apart by, as SYSPRO gave them: padding included."""


@dataclass(frozen=True)
class Query:
    """Rows of a table in a total order.

    Attributes:
        table: what is read.
        conditions: filters that all rows pass.
        order: the columns of the whole key.
        sought: those of them that differ between rows: pages are asked for by their values, never by an offset, which
            shifts when rows come or go.
    """

    table: Table
    conditions: tuple[str, ...]
    order: tuple[str, ...]
    sought: tuple[str, ...]

    @property
    def selected(self) -> tuple[str, ...]:
        """The columns that are asked for, by their own names."""
        return tuple(self.table.renamed.get(column, column) for column in self.table.columns)


def query_of(
    table: Table,
    company: str | None,
    *,
    placed: Placed | None = None,
    window: Period,
    period: PostingPeriod,
    first: Sequence[str] = (),
) -> Query:
    """All rows of a table, or those of a period.

    Args:
        table: what is read.
        company: of the key's Company; None for tables without.
        placed: how the period's rows are found; None for all.
        window: the period's days.
        period: the same as SYSPRO knows it.
        first: columns that come first in the order.
    """
    fixed = {} if company is None else {"Company": company}
    conditions: list[str] = []
    if placed and placed.by == "date":
        after = window.end + timedelta(days=1)
        conditions = [f"{placed.columns[0]} ge {literal(window.start)}", f"{placed.columns[0]} lt {literal(after)}"]
    elif placed:
        fixed |= dict(zip(placed.columns, period, strict=False))
    excluded = [f"{column} ne {literal(value)}" for column, values in table.unlike.items() for value in values]
    order = tuple(dict.fromkeys([*fixed, *first, *table.key, *table.within]))
    sought = tuple(column for column in order if column not in fixed and column not in table.within)
    exact = [f"{column} eq {literal(value)}" for column, value in fixed.items()]
    return Query(table, (*exact, *conditions, *excluded), order, sought)


def behind(columns: Sequence[str], values: KeyValues) -> str:
    """The filter for rows behind those values."""
    return _beyond("gt", "gt", columns, values)


def from_on(columns: Sequence[str], values: KeyValues) -> str:
    """The filter for rows at those values and behind them."""
    return _beyond("gt", "ge", columns, values)


def up_to(columns: Sequence[str], values: KeyValues) -> str:
    """The filter for rows before those values and at them."""
    return _beyond("lt", "le", columns, values)


def literal(value: object) -> str:
    """The value as OData 4 writes it."""
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    if value is None:
        return "null"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)


def _beyond(outer: str, last: str, columns: Sequence[str], values: KeyValues) -> str:
    column, value = columns[0], values[0]
    if len(columns) == 1:
        return _compared(column, last, value)
    further = _beyond(outer, last, columns[1:], values[1:])
    return f"({_compared(column, outer, value)} or ({column} eq {literal(value)} and {further}))"


def _compared(column: str, operator: str, value: object) -> str:
    # A comparison with null is false, but null comes first in the order.
    if value is None and operator == "ge":
        return f"({column} eq null or {column} ne null)"
    if value is None:
        operator = {"gt": "ne", "le": "eq"}.get(operator, operator)
    return f"{column} {operator} {literal(value)}"
