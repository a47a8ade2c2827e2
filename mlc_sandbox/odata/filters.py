"""`$filter`: a dialect for each vendor, one parser."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from mlc_sandbox.odata.dialect import FUNCTIONS, TOKEN, TYPED, Dialect
from mlc_sandbox.odata.values import ODataError, Read

_Term = Callable[[Any], object]

_OPERATORS: dict[str, Callable[[int], bool]] = {
    "eq": lambda order: order == 0,
    "ne": lambda order: order != 0,
    "gt": lambda order: order > 0,
    "ge": lambda order: order >= 0,
    "lt": lambda order: order < 0,
    "le": lambda order: order <= 0,
}
_CONSTANTS = {"null": None, "true": True, "false": False}
_WORDS = {*_OPERATORS, "and", "or", "not"}


@dataclass(frozen=True)
class Filter:
    """A compiled `$filter`; call it with a record. The call raises `ODataError` where values can't be compared.

    Attributes:
        properties: every property that is named, in order.
        required: comparisons (property, operator, value) that every record let through satisfies: those joined by
            `and` at the top. A server may look them up in an index.
    """

    test: Callable[[Any], bool]
    properties: Sequence[str]
    required: Sequence[tuple[str, str, object]]

    def __call__(self, record: Any) -> bool:
        """Whether the record is let through."""
        return self.test(record)


def compile_filter(text: str, dialect: Dialect, read: Read) -> Filter:
    """Compile the text of a `$filter`.

    Raises:
        ODataError: it is not of this dialect.
    """
    parser = _Parser(text, dialect, read)
    test = parser.disjunction()
    parser.expect_end()
    return Filter(test, parser.properties, parser.required)


@dataclass
class _Operand:
    value: _Term
    name: str | None = None
    literal: bool = False


@dataclass
class _Parser:
    text: str
    dialect: Dialect
    read: Read
    properties: list[str] = field(default_factory=list[str])
    required: list[tuple[str, str, object]] = field(default_factory=list[tuple[str, str, object]])
    _at: int = 0

    def disjunction(self) -> Callable[[Any], bool]:
        before = len(self.required)
        tests = [self._conjunction()]
        while self._take_word("or"):
            tests.append(self._conjunction())
        if len(tests) == 1:
            return tests[0]
        del self.required[before:]
        return lambda record: any(test(record) for test in tests)

    def expect_end(self) -> None:
        if self.text[self._at :].strip():
            raise self._error()

    def _conjunction(self) -> Callable[[Any], bool]:
        tests = [self._negation()]
        while self._take_word("and"):
            tests.append(self._negation())
        return tests[0] if len(tests) == 1 else lambda record: all(test(record) for test in tests)

    def _negation(self) -> Callable[[Any], bool]:
        if not self._take_word("not"):
            return self._comparison()
        before = len(self.required)
        test = self._negation()
        del self.required[before:]
        return lambda record: not test(record)

    def _comparison(self) -> Callable[[Any], bool]:
        if self._take_mark("("):
            test = self.disjunction()
            self._need_mark(")")
            return test
        left = self._operand()
        operator = self._take_operator()
        if operator is None:
            return _truth(left.value)
        right = self._operand()
        if left.name and right.literal:
            self.required.append((left.name, operator, right.value(None)))
        return _compared(left.value, operator, right.value, self.dialect.compare)

    def _operand(self) -> _Operand:
        match = self._match()
        if match is None:
            raise self._error()
        if match["name"] in self.dialect.functions and self.text[match.end() :].lstrip().startswith("("):
            return _Operand(self._function(match))
        name = match["name"] or match["custom"]
        if name and name not in _CONSTANTS:
            if name in _WORDS:
                raise self._error()
            self._at = match.end()
            self.properties.append(name)
            read = self.read
            return _Operand(lambda record: read(record, name), name=name)
        literal = self._literal(match)
        self._at = match.end()
        return _Operand(lambda _record: literal, literal=True)

    def _literal(self, match: re.Match[str]) -> object:
        if match["name"]:
            return _CONSTANTS[match["name"]]
        if match["text"] is not None:
            return match["text"].replace("''", "'")
        kind = match["typed"] or ("iso" if match["iso"] else "bareguid" if match["bareguid"] else "")
        if (kind and kind not in self.dialect.literals) or match["mark"]:
            raise self._error()
        try:
            if match["typed"]:
                return TYPED[kind](match["inside"])
            if match["bareguid"]:
                return UUID(match["bareguid"])
            if match["iso"]:
                return (datetime if "T" in match["iso"] else date).fromisoformat(match["iso"])
        except ValueError as error:
            raise self._error() from error
        if match["suffix"] and "suffixes" not in self.dialect.literals:
            raise self._error()
        whole = match["number"].lstrip("-").isdigit()
        return int(match["number"]) if whole and not match["suffix"] else Decimal(match["number"])

    def _function(self, match: re.Match[str]) -> _Term:
        self._at = match.end()
        self._need_mark("(")
        first = self._operand().value
        self._need_mark(",")
        second = self._operand().value
        self._need_mark(")")
        name, apply = match["name"], FUNCTIONS[match["name"]]

        def call(record: Any) -> bool:
            left, right = first(record), second(record)
            if left is None or right is None:
                return False
            if not (isinstance(left, str) and isinstance(right, str)):
                raise ODataError(f"{name} takes two texts")
            return apply(left, right)

        return call

    def _match(self) -> re.Match[str] | None:
        return TOKEN.match(self.text, self._at)

    def _take_operator(self) -> str | None:
        match = self._match()
        if match is None or match["name"] not in _OPERATORS:
            return None
        self._at = match.end()
        return match["name"]

    def _take_word(self, word: str) -> bool:
        match = self._match()
        if match is None or match["name"] != word:
            return False
        self._at = match.end()
        return True

    def _take_mark(self, mark: str) -> bool:
        match = self._match()
        if match is None or match["mark"] != mark:
            return False
        self._at = match.end()
        return True

    def _need_mark(self, mark: str) -> None:
        if not self._take_mark(mark):
            raise self._error()

    def _error(self) -> ODataError:
        rest = self.text[self._at :].strip()
        return ODataError(f"syntax error at {rest[:40]!r}" if rest else "the expression ends too early")


def _truth(term: _Term) -> Callable[[Any], bool]:
    def test(record: Any) -> bool:
        value = term(record)
        if not isinstance(value, bool):
            raise ODataError(f"{value!r} is neither true nor false")
        return value

    return test


def _compared(left: _Term, operator: str, right: _Term, compare: Callable[[Any, Any], int]) -> Callable[[Any], bool]:
    decide = _OPERATORS[operator]

    def test(record: Any) -> bool:
        one, other = left(record), right(record)
        if one is None or other is None:
            # Null equals null alone, and is neither greater nor less than anything.
            return operator in ("eq", "ne") and (one is other) is (operator == "eq")
        return decide(compare(one, other))

    return test
