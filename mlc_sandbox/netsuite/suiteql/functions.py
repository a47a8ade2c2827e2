"""Writes Oracle's functions in DuckDB's words (docs/vendors/netsuite.md, section 3.4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from sqlglot import exp

from mlc_sandbox.netsuite.refusals import invalid_query, unsupported_query
from mlc_sandbox.netsuite.suiteql.kinds import kind_of

SYSDATE, CURRENT_DATE = "sysdate", "today"
"""Placeholders that the engine fills with the sandbox's time."""

_ELEMENTS = {
    "YYYY": "%Y",
    "YY": "%y",
    "MONTH": "%B",
    "MON": "%b",
    "MM": "%m",
    "DD": "%d",
    "DAY": "%A",
    "DY": "%a",
    "HH24": "%H",
    "HH12": "%I",
    "HH": "%I",
    "MI": "%M",
    "SS": "%S",
    "FF3": "%g",
    "AM": "%p",
    "PM": "%p",
}
_ELEMENT = re.compile(r'"[^"]*"|' + "|".join(_ELEMENTS) + r"|[A-Z0-9]+|[^A-Z0-9\"]", re.IGNORECASE)
_NUMBER_FORMAT = re.compile(r"(?:FM)?([09,]*)(?:\.([09]*))?", re.IGNORECASE)
_TRUNCATE = {"YYYY": "year", "YEAR": "year", "Y": "year", "MM": "month", "MONTH": "month", "MON": "month"} | {
    "Q": "quarter",
    "DD": "day",
    "DDD": "day",
    "J": "day",
    "IW": "week",
    "HH": "hour",
    "HH24": "hour",
    "MI": "minute",
}


def rewrite_functions(query: exp.Query) -> None:
    """Rewrite in place.

    Raises:
        Refusal: a format or a use that is not supported; a date text that doesn't fit its format.
    """
    nodes = list(query.walk())
    # The innermost first: a rewritten node is looked at by its parent, and its kind must still be known.
    kinds = {id(node): kind_of(node) for node in nodes}
    for node in reversed(nodes):
        rewritten = _rewrite(node, kinds)
        if rewritten is not None and rewritten is not node:
            kinds[id(rewritten)] = kinds[id(node)]
            node.replace(rewritten)


def _rewrite(node: exp.Expr, kinds: dict[int, str]) -> exp.Expr | None:
    rewritten: exp.Expr | None = None
    if isinstance(node, exp.Anonymous):
        rewrite = _OWN.get(node.name.upper())
        rewritten = rewrite(node.expressions, [kinds.get(id(one), "") for one in node.expressions]) if rewrite else None
    elif isinstance(node, exp.CurrentTimestamp | exp.CurrentDate):
        rewritten = exp.Placeholder(this=SYSDATE if isinstance(node, exp.CurrentTimestamp) else CURRENT_DATE)
    elif isinstance(node, exp.Literal) and node.is_string and not node.this:
        rewritten = exp.null()  # Oracle knows no empty text.
    elif isinstance(node, exp.DPipe | exp.Concat) and not isinstance(node.parent, exp.DPipe):
        rewritten = _concatenation(node)
    elif isinstance(node, exp.Add | exp.Sub) and kinds.get(id(node.left)) == "date":
        rewritten = _date_arithmetic(node, kinds.get(id(node.right), ""))
    return rewritten


def _concatenation(node: exp.Expr) -> exp.Expr:
    parts = list(node.flatten()) if isinstance(node, exp.DPipe) else node.expressions
    # DuckDB's concat() leaves nulls out, as Oracle does, but makes an empty text of nothing but nulls.
    return exp.func("NULLIF", exp.Anonymous(this="concat", expressions=[part.copy() for part in parts]), "''")


def _date_arithmetic(node: exp.Add | exp.Sub, right: str) -> exp.Expr:
    if right == "date":
        seconds = _call("date_diff", exp.Literal.string("second"), node.right, node.left)
        return exp.Div(this=seconds, expression=exp.Literal.number("86400.0"))
    days = _call("to_seconds", exp.cast(_call("round", exp.Mul(
        this=exp.paren(node.right.copy()), expression=exp.Literal.number(86400))), "BIGINT"))  # fmt: skip
    return exp.paren(type(node)(this=exp.cast(node.left.copy(), "TIMESTAMP"), expression=days))


def _to_char(arguments: list[exp.Expr], kinds: list[str]) -> exp.Expr:
    value, *rest = arguments
    if not rest:
        if kinds[0] == "date":
            raise unsupported_query()
        return exp.cast(value.copy(), "VARCHAR")
    pattern = _literal(rest[0])
    number = _NUMBER_FORMAT.fullmatch(pattern)
    if number is not None:
        scale = len(number.group(2) or "")
        rounded = exp.cast(_call("round", value, exp.Literal.number(scale)), f"DECIMAL(38, {scale})")
        return exp.cast(rounded, "VARCHAR")
    return _call("strftime", value, exp.Literal.string(_python_format(pattern)))


def _to_date(arguments: list[exp.Expr], _kinds: list[str]) -> exp.Expr:
    if len(arguments) != 2:
        raise unsupported_query()
    text, pattern = arguments[0], _literal(arguments[1])
    form = _python_format(pattern)
    if isinstance(text, exp.Literal):
        try:
            datetime.strptime(text.this, form)  # noqa: DTZ007 - only whether it fits
        except ValueError as error:
            raise invalid_query(
                f'Search error occurred: Parse of date/time "{text.this}" failed with date format "{pattern}"'
            ) from error
    parsed = _call("strptime", exp.cast(text.copy(), "VARCHAR"), exp.Literal.string(form))
    return parsed if "%H" in form or "%I" in form else exp.cast(parsed, "DATE")


def _to_number(arguments: list[exp.Expr], kinds: list[str]) -> exp.Expr:
    if kinds[0] == "number":
        return exp.paren(arguments[0].copy())
    return exp.cast(exp.Trim(this=exp.cast(arguments[0].copy(), "VARCHAR")), "DECIMAL(38, 10)")


def _trunc(arguments: list[exp.Expr], kinds: list[str]) -> exp.Expr:
    value, *rest = arguments
    if kinds[0] == "date":
        unit = _TRUNCATE.get(_literal(rest[0]).upper()) if rest else "day"
        if unit is None:
            raise unsupported_query()
        return _call("date_trunc", exp.Literal.string(unit), value)
    return _call("trunc", value, *rest)


_OWN: dict[str, Callable[[list[exp.Expr], list[str]], exp.Expr]] = {
    "TO_CHAR": _to_char,
    "TO_DATE": _to_date,
    "TO_TIMESTAMP": _to_date,
    "TO_NUMBER": _to_number,
    "TRUNC": _trunc,
}


def _python_format(pattern: str) -> str:
    parts: list[str] = []
    for part in _ELEMENT.findall(pattern):
        element = _ELEMENTS.get(part.upper())
        if element is None and part.isalnum():
            raise unsupported_query()
        parts.append(element or part.strip('"').replace("%", "%%"))
    return "".join(parts)


def _literal(node: exp.Expr) -> str:
    if not (isinstance(node, exp.Literal) and node.is_string):
        raise unsupported_query()
    return str(node.this)


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])
