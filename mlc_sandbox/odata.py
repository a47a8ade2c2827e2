"""`$filter` and `$orderby` of OData, as the vendors' servers take them: a dialect each, one parser."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

Read = Callable[[Any, str], object]
"""`read(record, "Path/Name")` gives a property's value or raises `ODataError` when the record's type has none."""

_Term = Callable[[Any], object]
_Record = TypeVar("_Record")

_TYPED: dict[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "datetimeoffset": datetime.fromisoformat,
    "guid": UUID,
    "time": time.fromisoformat,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "substringof": lambda part, text: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
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
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<typed>[a-z]+)'(?P<inside>(?:[^']|'')*)'
      | '(?P<text>(?:[^']|'')*)'
      | (?P<iso>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)(?![\w-])
      | (?P<bareguid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?P<suffix>[mMlLfFdD]?)(?!\w)
      | (?P<custom>cf\.\w+\(f='[^']*'\))
      | (?P<name>[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)
      | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)


class ODataError(Exception):
    """The option can't be understood or not be evaluated; the message says why."""


def compare_values(left: object, right: object) -> int:
    """Order of two values that aren't null: negative, zero or positive.

    A date counts as its midnight, a moment without offset as UTC.

    Raises:
        ODataError: they have no common type.
    """
    one, other = _comparable(left), _comparable(right)
    if isinstance(one, bool) is not isinstance(other, bool):
        raise ODataError(f"incompatible types: {left!r} and {right!r}")
    try:
        return (one > other) - (one < other)
    except TypeError as error:
        raise ODataError(f"incompatible types: {left!r} and {right!r}") from error


@dataclass(frozen=True)
class Dialect:
    """What a vendor's `$filter` takes.

    Attributes:
        literals: `date`, `datetime`, `datetimeoffset`, `guid`, `time`: literals with that word before the quotes;
            `suffixes`: numbers such as `12M`; `iso`: dates and moments without quotes; `bareguid`: guids likewise.
        functions: of startswith, endswith, contains, substringof.
        compare: order of two values, neither null; raises `ODataError` when they can't be compared.
    """

    literals: Collection[str]
    functions: Collection[str]
    compare: Callable[[Any, Any], int] = compare_values


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


def order_by(text: str) -> list[tuple[str, bool]]:
    """The fields of an `$orderby`, each with whether it descends.

    Raises:
        ODataError: it can't be understood.
    """
    fields: list[tuple[str, bool]] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([A-Za-z_][\w/]*)(?:\s+(asc|desc))?\s*", part)
        if match is None:
            raise ODataError(f"invalid $orderby at {part.strip()!r}")
        fields.append((match[1], match[2] == "desc"))
    return fields


def sort_records(records: Iterable[_Record], order: Sequence[tuple[str, bool]], read: Read) -> list[_Record]:
    """The records in the order asked for; null comes before everything, equal ones stay as they are."""
    ordered = list(records)
    for name, descending in reversed(order):
        ordered.sort(key=_sort_key(name, read), reverse=descending)
    return ordered


def _sort_key(name: str, read: Read) -> Callable[[object], tuple[bool, Any]]:
    def key(record: object) -> tuple[bool, Any]:
        value = read(record, name)
        return value is not None, _comparable(value) if value is not None else 0

    return key


def _comparable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value


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
                return _TYPED[kind](match["inside"])
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
        name, apply = match["name"], _FUNCTIONS[match["name"]]

        def call(record: Any) -> bool:
            left, right = first(record), second(record)
            if left is None or right is None:
                return False
            if not (isinstance(left, str) and isinstance(right, str)):
                raise ODataError(f"{name} takes two texts")
            return apply(left, right)

        return call

    def _match(self) -> re.Match[str] | None:
        return _TOKEN.match(self.text, self._at)

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
