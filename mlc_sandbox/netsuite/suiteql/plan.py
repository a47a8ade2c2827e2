"""From the text of a query to the statements that DuckDB runs for its pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError

from mlc_sandbox.netsuite.refusals import unsupported_query
from mlc_sandbox.netsuite.suiteql.builtins import rewrite_builtins
from mlc_sandbox.netsuite.suiteql.dialect import parse
from mlc_sandbox.netsuite.suiteql.functions import rewrite_functions
from mlc_sandbox.netsuite.suiteql.kinds import Comparisons, Kind
from mlc_sandbox.netsuite.suiteql.layers import can_split, split
from mlc_sandbox.netsuite.suiteql.names import resolve, sources_of
from mlc_sandbox.netsuite.suiteql.posting_lines import use_posting_lines
from mlc_sandbox.netsuite.suiteql.rownum import rewrite_rownum

RANK = "_rank"
"""Column of `Plan.ranked`: rows with the same rank are in no order."""


@dataclass(frozen=True)
class Statement:
    """SQL for DuckDB, and the names of the placeholders in it."""

    sql: str
    placeholders: frozenset[str]


@dataclass(frozen=True)
class Plan:
    """How a query is run.

    Attributes:
        page: one page; placeholders `page_rows` and `page_start`. None when the rows must be made before they can be
            counted or cut: aggregates, DISTINCT, UNION, FETCH FIRST.
        count: number of rows; None as `page`.
        ranked: all rows, the column `RANK` last, ordered by it; of a query with a `page` as many as `most_rows` says.
        parameters: kinds of the `?` in order.
    """

    page: Statement | None
    count: Statement | None
    ranked: Statement
    parameters: tuple[Kind, ...]


def make_plan(text: str, features: frozenset[str], comparisons: Comparisons) -> Plan:
    """Parse, check, resolve and rewrite a query.

    Args:
        text: the query, Oracle's dialect with `?`.
        features: what the account has.
        comparisons: a fresh one; it learns the parameters' kinds.

    Raises:
        Refusal: 400 INVALID_PARAMETER with NetSuite's text.
    """
    query, marks = parse(text)
    resolve(query, features)
    _cross_comma_joins(query)
    rewrite_builtins(query)
    comparisons.convert(query)
    rewrite_functions(query)
    if "multi_book" not in features:
        _only_primary_book(query)
    use_posting_lines(query)
    rewrite_rownum(query)
    parameters: tuple[Kind, ...] = tuple(comparisons.parameters.get(f"p{number}", "") for number in range(1, marks + 1))
    try:
        if isinstance(query, exp.Select) and _is_plain(query):
            return Plan(_page(query), _count(query), _ranked_plain(query), parameters)
        return Plan(None, None, _ranked(query), parameters)
    except SqlglotError as error:
        raise unsupported_query() from error


def _cross_comma_joins(query: exp.Query) -> None:
    # A comma binds looser than JOIN: the joins that are added later could not see the tables before it.
    for join in query.find_all(exp.Join):
        if not (join.args.get("on") or join.kind or join.side):
            join.set("kind", "CROSS")


def _only_primary_book(query: exp.Query) -> None:
    for select in list(query.find_all(exp.Select)):
        outer = {join.alias_or_name: join for join in select.args.get("joins") or [] if join.side}
        for alias, table in sources_of(select).items():
            if table == "transactionaccountingline":
                book = exp.column("accountingbook", table=alias, quoted=True)
                condition = exp.EQ(this=book, expression=exp.Literal.number(1))
                if alias in outer:
                    outer[alias].on(condition, copy=False)
                else:
                    select.where(condition, copy=False)


def _is_plain(query: exp.Select) -> bool:
    if any(query.args.get(clause) for clause in ("group", "having", "distinct", "limit")):
        return False
    return can_split(query) and not any(one.find(exp.AggFunc, exp.Window) for one in query.expressions)


def _page(query: exp.Select) -> Statement:
    page = query.copy()
    keys = _order_keys(query)
    page.set("order", None)
    rows = split(page)
    _order_and_cut(rows, keys, "page_rows")
    rows.set("offset", exp.Offset(expression=exp.Placeholder(this="page_start")))
    return _statement(page)


def _order_and_cut(rows: exp.Select, keys: list[exp.Ordered], most: str) -> None:
    # Rows that the query leaves without order come in another one each time.
    anyhow = exp.Ordered(this=exp.Anonymous(this="random"))
    rows.set("order", exp.Order(expressions=[*(key.copy() for key in keys), anyhow]))
    rows.set("limit", exp.Limit(expression=exp.Placeholder(this=most)))


def _count(query: exp.Query) -> Statement:
    count = query.copy()
    count.set("order", None)
    count.set("expressions", [exp.Count(this=exp.Star())])
    return _statement(count)


def _ranked_plain(query: exp.Select) -> Statement:
    ranked = query.copy()
    keys = _order_keys(query)
    ranked.set("order", None)
    ranked.select(_rank(keys), copy=False)
    _order_and_cut(split(ranked), keys, "most_rows")
    return _statement(ranked.order_by(exp.column(RANK, quoted=True)))


def _ranked(query: exp.Query) -> Statement:
    inner = query.copy()
    rank = _rank(_order_keys(query))
    if isinstance(inner, exp.Select):
        inner.select(rank, copy=False)
        outer = exp.select(exp.Star()).from_(inner.subquery("_all"))
    else:
        inner.set("order", None)
        outer = exp.select(exp.Star(), rank).from_(inner.subquery("_all"))
    return _statement(outer.order_by(exp.column(RANK, quoted=True)))


def _rank(keys: list[exp.Ordered]) -> exp.Expr:
    if not keys:
        return exp.alias_(exp.Literal.number(1), RANK, quoted=True)
    order = exp.Order(expressions=[key.copy() for key in keys])
    return exp.alias_(exp.Window(this=exp.DenseRank(), order=order), RANK, quoted=True)


def _order_keys(query: exp.Query) -> list[exp.Ordered]:
    """The keys of ORDER BY with aliases and positions replaced by what they stand for."""
    clause = query.args.get("order")
    if clause is None:
        return []
    keys: list[exp.Ordered] = [key.copy() for key in clause.expressions]
    selects = query.selects
    outputs: Mapping[str, exp.Expr] = {
        one.alias: one.unalias() if isinstance(query, exp.Select) else exp.column(one.alias, quoted=True)
        for one in selects
    }
    for key in keys:
        position = key.this
        if isinstance(position, exp.Literal) and not position.is_string:
            number = int(position.this)
            if not 1 <= number <= len(selects):
                raise unsupported_query()
            key.set("this", outputs[selects[number - 1].alias].copy())
        for column in list(key.find_all(exp.Column)):
            if not column.table and column.name in outputs:
                column.replace(outputs[column.name].copy())
    return keys


def _statement(query: exp.Query) -> Statement:
    sql = query.sql("duckdb", identify=True)
    return Statement(sql, frozenset(placeholder.name for placeholder in query.find_all(exp.Placeholder)))
