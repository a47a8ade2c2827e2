"""Reads the joined posting lines where a query joins the three tables that they are made of.

The outcome is the same; only the time is not, see `schema.posting_lines_query`.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from mlc_sandbox.netsuite.books.schema import JOINED, POSTING_LINES, joined_name
from mlc_sandbox.netsuite.suiteql.layers import conjuncts
from mlc_sandbox.netsuite.suiteql.names import sources_of

_ALIAS = "_pl"
_LINES, _HEADER, _SOURCE = "transactionaccountingline", "transaction", "transactionline"


def use_posting_lines(query: exp.Query) -> None:
    """Replace the joins of a resolved query in place, wherever they are the very ones of `POSTING_LINES`."""
    for select in list(query.find_all(exp.Select)):
        aliases = _aliases(select)
        if aliases is not None:
            _replace(select, aliases)


def _aliases(select: exp.Select) -> dict[str, str] | None:
    tables = sources_of(select)
    aliases = {table: alias for alias, table in tables.items() if table in JOINED}
    if not {_LINES, _HEADER} <= set(aliases) or sum(table in JOINED for table in tables.values()) != len(aliases):
        return None
    if any(set(sources_of(nested)) & set(tables) for nested in select.find_all(exp.Select) if nested is not select):
        return None  # The same alias means something else in there.
    for column in select.find_all(exp.Column):
        table = tables.get(column.table, "")
        if table in JOINED and column.name not in JOINED[table]:
            return None
    conditions = _pairs(select)
    needed = [((_LINES, "transaction"), (_HEADER, "id"))]
    if _SOURCE in aliases:
        needed.append(((_SOURCE, "id"), (_LINES, "transactionline")))
        owners = ((_LINES, "transaction"), (_HEADER, "id"))
        if not any(_pair(aliases, (_SOURCE, "transaction"), owner) in conditions for owner in owners):
            return None
    if not all(_pair(aliases, *pair) in conditions for pair in needed):
        return None
    return aliases if _joins_are_inner(select, set(aliases.values())) else None


def _pair(aliases: dict[str, str], one: tuple[str, str], other: tuple[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset({(aliases[one[0]], one[1]), (aliases[other[0]], other[1])})


def _pairs(select: exp.Select) -> set[frozenset[tuple[str, str]]]:
    return {
        frozenset({(condition.left.table, condition.left.name), (condition.right.table, condition.right.name)})
        for condition in _conditions(select)
        if isinstance(condition, exp.EQ)
        and isinstance(condition.left, exp.Column)
        and isinstance(condition.right, exp.Column)
    }


def _conditions(select: exp.Select) -> Iterable[exp.Expr]:
    where = select.args.get("where")
    if where is not None:
        yield from conjuncts(where.this)
    for join in select.args.get("joins") or []:
        on = join.args.get("on")
        if on is not None and not join.side:
            yield from conjuncts(on)


def _joins_are_inner(select: exp.Select, aliases: set[str]) -> bool:
    joins = select.args.get("joins") or []
    return all(not join.side for join in joins if join.alias_or_name in aliases)


def _replace(select: exp.Select, aliases: dict[str, str]) -> None:
    replaced = set(aliases.values())
    tables = {alias: table for table, alias in aliases.items()}
    first = select.args["from_"].this
    kept: list[exp.Join] = []
    if first.alias_or_name not in replaced:
        kept.append(exp.Join(this=first, kind="CROSS"))
    for join in select.args.get("joins") or []:
        if join.alias_or_name in replaced:
            if join.args.get("on") is not None:
                select.where(join.args["on"], copy=False)
        else:
            kept.append(join)
    source = exp.alias_(exp.table_(POSTING_LINES, quoted=True), _ALIAS, table=True, quoted=True)
    select.args["from_"].set("this", source)
    select.set("joins", kept)
    for column in select.find_all(exp.Column):
        table = tables.get(column.table)
        if table is not None:
            column.set("this", exp.to_identifier(joined_name(table, column.name), quoted=True))
            column.set("table", exp.to_identifier(_ALIAS, quoted=True))
    _drop_joining_conditions(select)


def _drop_joining_conditions(select: exp.Select) -> None:
    # What was the join's condition is true of every joined line, and would only be compared a million times.
    lines, header, source = (joined_name(_LINES, "transaction"), joined_name(_HEADER, "id"), joined_name(_SOURCE, "id"))
    owners = {lines, header, joined_name(_SOURCE, "transaction")}
    numbers = {source, joined_name(_LINES, "transactionline")}
    for condition in list(_conditions(select)):
        if isinstance(condition, exp.EQ) and isinstance(condition.left, exp.Column):
            names = {condition.left.name, condition.right.name}
            if isinstance(condition.right, exp.Column) and (names <= owners or names <= numbers):
                condition.replace(exp.true())
