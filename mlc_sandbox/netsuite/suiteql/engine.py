"""Runs queries page by page: few milliseconds over a million lines, whether paged by key or by offset."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import duckdb
import numpy as np
import pyarrow as pa

from mlc_sandbox.netsuite.books import Books
from mlc_sandbox.netsuite.refusals import invalid_parameter, unsupported_query
from mlc_sandbox.netsuite.suiteql.functions import CURRENT_DATE, SYSDATE
from mlc_sandbox.netsuite.suiteql.kinds import Comparisons
from mlc_sandbox.netsuite.suiteql.pages import Rendering, rows_as_json
from mlc_sandbox.netsuite.suiteql.plan import RANK, Plan, Statement, make_plan
from mlc_sandbox.netsuite.switches import Switches

_PLANS_KEPT, _RESULTS_KEPT = 256, 8

Value = TypeVar("Value")


@dataclass(frozen=True)
class Page:
    """One page: rows as the members of a JSON array, how many they are, and how many the whole query has."""

    rows_json: str
    count: int
    total: int


@dataclass(frozen=True)
class _Result:
    """All rows of a query, as far as they may be paged to; `ranks` tell the ties, None when there are none."""

    rows: pa.Table
    total: int
    ranks: Any


class QueryEngine:
    """Runs SuiteQL over the books. Thread safe."""

    def __init__(self, books: Books, switches: Switches, *, seed: int) -> None:
        self._books = books
        self._switches = switches
        self._plans = _Kept[tuple[Plan, Comparisons]](_PLANS_KEPT)
        self._results = _Kept[_Result](_RESULTS_KEPT)
        self._shuffles = np.random.default_rng(seed)

    def page(self, text: str, parameters: Sequence[Any], *, limit: int, offset: int) -> Page:
        """Run a query and cut a page out of its rows.

        Raises:
            Refusal: the query or its parameters are not right.
        """
        features = self._switches.features.enabled()
        comparisons_of = self._switches.date_format
        plan, comparisons = self._plans.get(
            (text, features, comparisons_of), lambda: self._plan(text, features, comparisons_of)
        )
        if len(parameters) != len(plan.parameters):
            raise invalid_parameter(
                f"The query has {len(plan.parameters)} placeholders but {len(parameters)} params were given.", "q"
            )
        values = {
            f"p{number}": comparisons.value(given, kind)
            for number, (given, kind) in enumerate(zip(parameters, plan.parameters, strict=True), 1)
        }
        now = self._books.local_now()
        values |= {SYSDATE: now, CURRENT_DATE: now.date()}
        if plan.page is not None and plan.count is not None and offset == 0:
            rows = self._run(plan.page, values | {"page_rows": limit, "page_start": 0})
            total = rows.num_rows
            if total == limit:
                total = int(self._run(plan.count, values).column(0)[0].as_py())
            return self._render(rows, total)
        used = tuple(sorted((name, values[name]) for name in plan.ranked.placeholders if name in values))
        key = (text, features, comparisons_of, used, self._books.version)
        result = self._results.get(key, lambda: self._all_rows(plan, values))
        return self._render(self._cut(result, limit, offset), result.total)

    def _plan(self, text: str, features: frozenset[str], date_format: str) -> tuple[Plan, Comparisons]:
        comparisons = Comparisons(date_format, self._books.zone.key)
        return make_plan(text, features, comparisons), comparisons

    def _all_rows(self, plan: Plan, values: dict[str, Any]) -> _Result:
        # Rows that can't be paged to are counted, not made, where counting is possible without making them.
        most = self._switches.max_rows
        rows = self._run(plan.ranked, values | {"most_rows": most})
        total = rows.num_rows
        if plan.count is not None and total == most:
            total = int(self._run(plan.count, values).column(0)[0].as_py())
        ranks = rows.column(rows.column_names.index(RANK)).to_numpy()
        ordered = len(ranks) == 0 or int(ranks[-1]) == len(ranks)
        return _Result(rows.drop_columns([RANK]).combine_chunks(), total, None if ordered else ranks)

    def _cut(self, result: _Result, limit: int, offset: int) -> pa.Table:
        if result.ranks is None:
            return result.rows.slice(offset, limit)
        # Without a total order each page is cut from the rows in another order.
        shuffled = self._shuffles.permutation(len(result.ranks))
        order = shuffled[np.argsort(result.ranks[shuffled], kind="stable")]
        return result.rows.take(order[offset : offset + limit])

    def _render(self, rows: pa.Table, total: int) -> Page:
        rendering = Rendering(self._switches.date_format, self._switches.terse_numbers)
        return Page(rows_as_json(rows, rendering), rows.num_rows, total)

    def _run(self, statement: Statement, values: dict[str, Any]) -> pa.Table:
        used = {name: values[name] for name in statement.placeholders}
        cursor = self._books.cursor()
        try:
            return cursor.sql(statement.sql, params=used).to_arrow_table()
        except duckdb.Error as error:
            raise unsupported_query() from error
        finally:
            cursor.close()


class _Kept(Generic[Value]):
    """The values made last, each made once also when several threads ask for it at the same time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Any, Value] = OrderedDict()
        self._making: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Any, make: Callable[[], Value]) -> Value:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._values:
                    return self._values[key]
            value = make()
            with self._lock:
                self._values[key] = value
                self._making.pop(key, None)
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
        return value
