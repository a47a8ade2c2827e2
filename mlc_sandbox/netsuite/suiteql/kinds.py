"""What kind of value an expression has, and texts that have to become values of the other side's kind, as in Oracle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from sqlglot import exp

from mlc_sandbox.netsuite.dates import parse_date
from mlc_sandbox.netsuite.refusals import invalid_query, unsupported_query
from mlc_sandbox.netsuite.suiteql.names import SPEC

Kind = Literal["number", "text", "date", ""]
"""Empty is unknown: then nothing is converted."""

_KIND_OF_TYPE: dict[str, Kind] = {
    "id": "number",
    "int": "number",
    "money": "number",
    "rate": "number",
    "text": "text",
    "flag": "text",
    "date": "date",
    "datetime": "date",
}
_KIND_OF_FUNCTION: dict[str, Kind] = {
    "TO_CHAR": "text",
    "TO_DATE": "date",
    "TO_TIMESTAMP": "date",
    "TO_NUMBER": "number",
}
_NUMBERS = (exp.Sum, exp.Count, exp.Avg, exp.Length, exp.StrPosition, exp.Extract, exp.Mod, exp.Mul, exp.Div, exp.Abs)
_TEXTS = (exp.Upper, exp.Lower, exp.Trim, exp.Substring, exp.Concat, exp.DPipe, exp.Replace, exp.Pad)
_DATES = (exp.CurrentTimestamp, exp.CurrentDate, exp.AddMonths, exp.LastDay)
_KIND_OF_CLASS: tuple[tuple[tuple[type[exp.Expr], ...], Kind], ...] = (
    (_NUMBERS, "number"),
    (_TEXTS, "text"),
    (_DATES, "date"),
)
_AS_FIRST_ARGUMENT = (exp.Coalesce, exp.Nullif, exp.Min, exp.Max, exp.Add, exp.Sub, exp.Paren, exp.Neg, exp.Round)


def kind_of(node: exp.Expr) -> Kind:
    """The kind of an expression of a resolved query; placeholders have none of their own."""
    if isinstance(node, exp.Column):
        # Only ROWNUM is a column without a meaning in some table.
        spec = node.meta.get(SPEC)
        return _KIND_OF_TYPE.get(spec.type, "") if spec else "number" if node.name == "rownum" else ""
    if isinstance(node, exp.Literal):
        return "text" if node.is_string else "number"
    if isinstance(node, exp.Anonymous):
        if node.name.upper() == "TRUNC" and node.expressions:
            return kind_of(node.expressions[0])
        return _KIND_OF_FUNCTION.get(node.name.upper(), "")
    for classes, kind in _KIND_OF_CLASS:
        if isinstance(node, classes):
            return kind
    return kind_of(node.this) if isinstance(node, _AS_FIRST_ARGUMENT) else ""


class Comparisons:
    """Converts the texts and placeholders of comparisons.

    Args:
        date_format: the account's.
        time_zone: its name, for error texts.

    Attributes:
        parameters: placeholder name -> kind, for those whose other side has one.
    """

    def __init__(self, date_format: str, time_zone: str) -> None:
        self.parameters: dict[str, Kind] = {}
        self._date_format = date_format
        self._time_zone = time_zone

    def convert(self, query: exp.Query) -> None:
        """Convert every comparison of a resolved query in place.

        Raises:
            Refusal: a date text that is not in the account's format, a text that is no number.
        """
        for node in list(query.find_all(exp.Predicate)):
            if isinstance(node, exp.In):
                self._convert([node.this, *node.expressions])
            elif isinstance(node, exp.Between):
                self._convert([node.this, node.args["low"], node.args["high"]])
            elif isinstance(node, exp.Binary):
                self._convert([node.left, node.right])

    def _convert(self, sides: list[exp.Expr]) -> None:
        kinds: set[Kind] = {kind_of(side) for side in sides if not isinstance(side, exp.Literal | exp.Placeholder)}
        kinds.discard("")
        if len(kinds) != 1:
            return
        kind = kinds.pop()
        for side in sides:
            if isinstance(side, exp.Placeholder):
                self.parameters[side.name] = kind
            elif isinstance(side, exp.Literal):
                self._convert_literal(side, kind, sides)

    def _convert_literal(self, literal: exp.Literal, kind: Kind, sides: list[exp.Expr]) -> None:
        if kind == "number" and literal.is_string:
            literal.replace(exp.Literal.number(self.value(literal.this, kind)))
        elif kind == "date" and literal.is_string:
            literal.replace(exp.cast(exp.Literal.string(str(self.value(literal.this, kind))), "DATE"))
        elif kind == "text" and not literal.is_string:
            # Oracle makes the column a number, not the number a text: '0110' equals 110.
            for side in sides:
                if not isinstance(side, exp.Literal | exp.Placeholder):
                    side.replace(exp.TryCast(this=side.copy(), to=exp.DataType.build("DECIMAL(38, 10)")))

    def value(self, given: Any, kind: Kind) -> Any:
        """A value for a parameter, from what the request's JSON holds.

        See docs/vendors/netsuite.md, section 3.1: texts are usual.
        """
        convert: Callable[[Any], Any] = {"number": _number, "date": self._date, "text": _text, "": _as_it_is}[kind]
        return None if given is None else convert(given)

    def _date(self, given: Any) -> date:
        day = parse_date(str(given), self._date_format)
        if day is None:
            raise invalid_query(
                f'Search error occurred: Parse of date/time "{given}" failed with date format '
                f'"{self._date_format}" in time zone {self._time_zone}'
            )
        return day


def _number(given: Any) -> int | Decimal:
    try:
        number = Decimal(str(given).strip())
    except InvalidOperation as error:
        raise unsupported_query() from error
    if not number.is_finite():
        raise unsupported_query()
    return int(number) if number == number.to_integral_value() else number


def _text(given: Any) -> str:
    if isinstance(given, bool):
        return "T" if given else "F"
    return str(given)


def _as_it_is(given: Any) -> Any:
    return _text(given) if isinstance(given, bool) else given
