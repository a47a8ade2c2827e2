"""ROWNUM, which Oracle counts before ORDER BY and before GROUP BY (docs/vendors/netsuite.md, section 3.3)."""

from __future__ import annotations

from sqlglot import exp

from mlc_sandbox.netsuite.refusals import unsupported_query
from mlc_sandbox.netsuite.suiteql.layers import can_split, conjuncts, split

_NUMBER = "rownum"


def rewrite_rownum(query: exp.Query) -> None:
    """Rewrite in place each select that uses ROWNUM into one over a numbered, cut subselect.

    Raises:
        Refusal: a use of ROWNUM that is not a conjunct `ROWNUM <= n`, `ROWNUM < n`, or a projection.
    """
    for select in list(query.find_all(exp.Select)):
        if any(_is_rownum(column) and column.parent_select is select for column in select.find_all(exp.Column)):
            _rewrite(select)


def _is_rownum(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and not node.table and node.name == _NUMBER


def _rewrite(select: exp.Select) -> None:
    cut = _take_cut(select)
    if not can_split(select):
        raise unsupported_query()
    rows = split(select, {_NUMBER: exp.Window(this=exp.RowNumber())})
    if cut is not None:
        rows.set("limit", exp.Limit(expression=cut))


def _take_cut(select: exp.Select) -> exp.Expr | None:
    where = select.args.get("where")
    if where is None:
        return None
    for condition in list(conjuncts(where.this)):
        if not any(map(_is_rownum, condition.find_all(exp.Column))):
            continue
        if not (isinstance(condition, exp.LTE | exp.LT) and _is_rownum(condition.left)):
            raise unsupported_query()
        cut = condition.right.copy()
        if isinstance(condition, exp.LT):
            cut = exp.Sub(this=cut, expression=exp.Literal.number(1))
        condition.replace(exp.true())
        return cut
    return None
