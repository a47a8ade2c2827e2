"""BUILTIN.DF, BUILTIN.CF and BUILTIN.CONSOLIDATE (docs/vendors/netsuite.md, sections 3.4 and 4.2)."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from mlc_sandbox.netsuite.books.schema import DISPLAYS, TABLES
from mlc_sandbox.netsuite.refusals import unsupported_query
from mlc_sandbox.netsuite.suiteql.names import SPEC, sources_of

_RATES = {"CURRENT": "currentrate", "AVERAGE": "averagerate", "HISTORICAL": "historicalrate"}


def rewrite_builtins(query: exp.Query) -> None:
    """Rewrite the calls in place, joining to their selects what they look up.

    Raises:
        Refusal: an unknown BUILTIN function, or one used in a way that NetSuite does not support.
    """
    for call in list(query.find_all(exp.Dot)):
        function = call.expression
        rewrite = _REWRITES.get(function.name.upper())
        select = call.find_ancestor(exp.Select)
        if rewrite is None or select is None or not function.expressions:
            raise unsupported_query()
        call.replace(rewrite(select, function.expressions))


def _display(select: exp.Select, arguments: list[exp.Expr]) -> exp.Expr:
    column = arguments[0]
    spec = column.meta.get(SPEC)
    if not isinstance(column, exp.Column) or spec is None:
        raise unsupported_query()
    if not spec.display:
        return column.copy()
    alias = f"_df_{column.table}_{column.name}"
    condition = exp.EQ(this=_column(alias, "id"), expression=column.copy())
    if spec.display == "_status":
        # The same letter means another thing in each type of transaction.
        of_type = exp.EQ(this=_column(alias, "type"), expression=_column(column.table, "type"))
        condition = exp.and_(condition, of_type)
    _join_once(select, spec.display, alias, condition)
    shown = _column(alias, DISPLAYS[spec.display])
    shown.meta[SPEC] = TABLES["account"].columns["fullname"]
    return shown


def _composite(_select: exp.Select, arguments: list[exp.Expr]) -> exp.Expr:
    column = arguments[0]
    spec = column.meta.get(SPEC)
    if not isinstance(column, exp.Column) or spec is None or spec.display != "_status":
        return column.copy()
    parts = [_column(column.table, "type"), exp.Literal.string(":"), column.copy()]
    return exp.Anonymous(this="concat", expressions=parts)


def _consolidate(select: exp.Select, arguments: list[exp.Expr]) -> exp.Expr:
    if len(arguments) != 7:
        raise unsupported_query()
    amount, view, _rate_type, subsidiary_rate, target, period, book = arguments
    tables = sources_of(select)
    if not isinstance(amount, exp.Column) or tables.get(amount.table) != "transactionaccountingline":
        raise unsupported_query()
    if isinstance(period, exp.Column) and tables.get(period.table) != "transaction":
        # A joined period gives the catch-all error, a literal or the transaction's own column works
        # (docs/vendors/netsuite.md, section 4.2).
        raise unsupported_query()
    lines = amount.table
    subsidiary = next((alias for alias, table in tables.items() if table == "transactionline"), "")
    if not subsidiary:
        subsidiary = "_cl"
        condition = exp.and_(
            exp.EQ(this=_column("_cl", "transaction"), expression=_column(lines, "transaction")),
            exp.EQ(this=_column("_cl", "id"), expression=_column(lines, "transactionline")),
        )
        _join_once(select, "transactionline", "_cl", condition)
    _join_once(select, "account", "_ca", exp.EQ(this=_column("_ca", "id"), expression=_column(lines, "account")))
    rates = f"_cr{len(select.args.get('joins') or [])}"
    of_book = _column(lines, "accountingbook") if _text(book) == "DEFAULT" else book.copy()
    _join_once(
        select,
        "consolidatedexchangerate",
        rates,
        exp.and_(
            exp.EQ(this=_column(rates, "postingperiod"), expression=period.copy()),
            exp.EQ(this=_column(rates, "tosubsidiary"), expression=target.copy()),
            exp.EQ(this=_column(rates, "fromsubsidiary"), expression=_column(subsidiary, "subsidiary")),
            exp.EQ(this=_column(rates, "accountingbook"), expression=of_book),
        ),
    )
    rate = _rate(rates, _text(view), _text(subsidiary_rate))
    # Amount and rate have 10 decimals together; consolidated amounts have those of the currency.
    return exp.Anonymous(
        this="round", expressions=[exp.Mul(this=amount.copy(), expression=rate), exp.Literal.number(2)]
    )


def _rate(rates: str, view: str, subsidiary_rate: str) -> exp.Expr:
    if subsidiary_rate in _RATES:
        return _column(rates, _RATES[subsidiary_rate])
    if subsidiary_rate != "DEFAULT" or view not in {"LEDGER", "INCOME"}:
        raise unsupported_query()
    if view == "INCOME":
        return _column(rates, _RATES["AVERAGE"])
    case = exp.Case(this=_column("_ca", "generalrate"))
    for name, column in _RATES.items():
        case = case.when(exp.Literal.string(name), _column(rates, column))
    return exp.paren(case)


_REWRITES: dict[str, Callable[[exp.Select, list[exp.Expr]], exp.Expr]] = {
    "DF": _display,
    "CF": _composite,
    "CONSOLIDATE": _consolidate,
}


def _join_once(select: exp.Select, table: str, alias: str, condition: exp.Expr) -> None:
    if any(join.alias_or_name == alias for join in select.args.get("joins") or []):
        return
    source = exp.alias_(exp.table_(table, quoted=True), alias, table=True, quoted=True)
    select.append("joins", exp.Join(this=source, side="LEFT", on=condition))


def _column(table: str, name: str) -> exp.Column:
    return exp.column(name, table=table, quoted=True)


def _text(node: exp.Expr) -> str:
    return str(node.this).upper() if isinstance(node, exp.Literal) else ""
