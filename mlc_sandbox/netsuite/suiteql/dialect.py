"""Parses SuiteQL and holds queries to its rules (docs/vendors/netsuite.md, sections 3.3 and 3.4)."""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.dialects.oracle import Oracle
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType  # pyright: ignore[reportPrivateImportUsage]

from mlc_sandbox.netsuite.refusals import unsupported_query

OWN_FUNCTIONS = frozenset({"TO_CHAR", "TO_DATE", "TO_TIMESTAMP", "TO_NUMBER", "TRUNC"})
"""Functions whose meaning hangs on types or formats: they are parsed as plain calls, and `functions` writes them."""

_MOST_IN = 1000
_FUNCTIONS: tuple[type[exp.Expr], ...] = (
    exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg, exp.Round, exp.Abs, exp.Upper, exp.Lower, exp.Trim, exp.Substring,
    exp.Concat, exp.Coalesce, exp.Nullif, exp.Nvl2, exp.Case, exp.If, exp.DecodeCase, exp.Extract, exp.AddMonths,
    exp.LastDay, exp.CurrentTimestamp, exp.CurrentDate, exp.Length, exp.Replace, exp.StrPosition, exp.Ceil, exp.Floor,
    exp.Mod, exp.Sign, exp.Greatest, exp.Least, exp.Pad, exp.RowNumber, exp.Rank, exp.DenseRank, exp.And, exp.Or,
    exp.Cast, exp.Exists, exp.Pow, exp.Initcap,
)  # fmt: skip
_UNSUPPORTED: tuple[type[exp.Expr], ...] = (
    exp.With, exp.Limit, exp.Offset, exp.Array, exp.Bracket, exp.DateStrToDate, exp.Interval, exp.Lateral, exp.Into,
    exp.Hint, exp.Qualify,
)  # fmt: skip


class SuiteQL(Oracle):
    """Oracle's SQL as SuiteQL has it."""

    class Parser(Oracle.Parser):
        """Leaves the functions of `OWN_FUNCTIONS` as they are written."""

        FUNCTIONS = {  # noqa: RUF012 - sqlglot's way
            name: build for name, build in Oracle.Parser.FUNCTIONS.items() if name not in OWN_FUNCTIONS
        }
        FUNCTION_PARSERS = {  # noqa: RUF012 - sqlglot's way
            name: parse for name, parse in Oracle.Parser.FUNCTION_PARSERS.items() if name not in OWN_FUNCTIONS
        }


def parse(text: str) -> tuple[exp.Query, int]:
    """A query and the number of its `?`, which become the named placeholders p1, p2, ... in their order.

    Raises:
        Refusal: 400 INVALID_PARAMETER, as NetSuite answers a query that it can't read or does not support.
    """
    dialect = SuiteQL()
    try:
        marks = [token for token in dialect.tokenize(text) if token.token_type == TokenType.PLACEHOLDER]
        if any(token.token_type == TokenType.COLON for token in dialect.tokenize(text)):
            raise unsupported_query()
        for number, token in reversed(list(enumerate(marks, 1))):
            text = f"{text[: token.start]}:p{number}{text[token.end + 1 :]}"
        statements = dialect.parse(text)
    except SqlglotError as error:
        raise unsupported_query() from error
    query = statements[0] if len(statements) == 1 else None
    if not isinstance(query, exp.Select | exp.SetOperation):
        raise unsupported_query()
    for node in query.walk():
        if not _is_allowed(node):
            raise unsupported_query()
    return query, len(marks)


def _is_allowed(node: exp.Expr) -> bool:
    if isinstance(node, _UNSUPPORTED):
        return False
    if isinstance(node, exp.Func) and not isinstance(node, exp.Anonymous):
        return isinstance(node, _FUNCTIONS)
    rule: Any = _RULES.get(type(node))
    return True if rule is None else rule(node)


def _named_function(node: exp.Anonymous) -> bool:
    return node.name.upper() in OWN_FUNCTIONS or _is_builtin(node)


def _is_builtin(node: exp.Anonymous) -> bool:
    return isinstance(node.parent, exp.Dot) and node.parent.this.name.upper() == "BUILTIN"


def _joins_of_one_kind(node: exp.Select) -> bool:
    # "Do not mix ANSI and non-ANSI joins in one query."
    joins: list[exp.Join] = node.args.get("joins") or []
    commas = [not (join.args.get("on") or join.kind or join.side) for join in joins]
    return not (any(commas) and not all(commas))


def _unquoted_in_subselect(node: exp.Column) -> bool:
    quoted = isinstance(node.this, exp.Identifier) and bool(node.this.quoted)
    return not (quoted and node.find_ancestor(exp.Subquery) is not None)


def _adds_numbers(node: exp.Add) -> bool:
    # Texts are joined with ||; a + of texts is SQL Server's way.
    return not any(isinstance(side, exp.Literal) and side.is_string for side in (node.left, node.right))


def _plain_fetch(node: exp.Fetch) -> bool:
    options = node.args.get("limit_options")
    return options is None or not (options.args.get("percent") or options.args.get("with_ties"))


_RULES: dict[type[exp.Expr], Any] = {
    exp.Anonymous: _named_function,
    exp.Select: _joins_of_one_kind,
    exp.In: lambda node: len(node.expressions) <= _MOST_IN,
    exp.Column: lambda node: not node.args.get("join_mark") and _unquoted_in_subselect(node),
    exp.Join: lambda node: not (node.args.get("method") or node.args.get("using")),
    exp.Add: _adds_numbers,
    exp.Fetch: _plain_fetch,
    exp.Dot: lambda node: node.this.name.upper() == "BUILTIN" and isinstance(node.expression, exp.Anonymous),
}
