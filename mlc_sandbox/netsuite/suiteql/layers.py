"""Splits a select in two: rows are found, ordered and cut below, what is made of their columns is made above."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

_BELOW = "_rows"


def can_split(select: exp.Select) -> bool:
    """Whether the clauses above the rows have no selects of their own, whose names could be mistaken for the rows'."""
    above = ("expressions", "group", "having", "order")
    clauses = [select.args.get(name) for name in above]
    nodes = [node for clause in clauses if clause for node in (clause if isinstance(clause, list) else [clause])]
    return not any(node.find(exp.Select) for node in nodes)


def split(select: exp.Select, pseudo: dict[str, exp.Expr] | None = None) -> exp.Select:
    """Move FROM, joins and WHERE of a select into a subselect, which is returned for more clauses.

    Args:
        select: resolved, `can_split`; changed in place.
        pseudo: names without a table -> what the subselect shall give for them, for instance ROWNUM.
    """
    below = exp.Select()
    for clause in ("from_", "joins", "where"):
        below.set(clause, select.args.get(clause))
        select.set(clause, None)
    given: dict[str, exp.Expr] = {}
    for column in list(select.find_all(exp.Column)):
        if not column.table and column.name not in (pseudo or {}):
            continue
        name = f"{column.table}.{column.name}"
        given[name] = column.copy() if column.table else (pseudo or {})[column.name].copy()
        column.set("this", exp.to_identifier(name, quoted=True))
        column.set("table", exp.to_identifier(_BELOW, quoted=True))
    for name, expression in (given or {"one": exp.Literal.number(1)}).items():
        below.select(exp.alias_(expression, name, quoted=True), copy=False)
    subselect = exp.Subquery(this=below, alias=exp.TableAlias(this=exp.to_identifier(_BELOW, quoted=True)))
    select.set("from_", exp.From(this=subselect))
    return below


def conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that AND joins, also through brackets; each may be replaced in its place."""
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from conjuncts(condition.left)
        yield from conjuncts(condition.right)
    else:
        yield condition
