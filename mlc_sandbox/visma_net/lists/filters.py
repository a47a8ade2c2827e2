"""What the parameters of a query ask of a record."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from mlc_sandbox.visma_net.query import Query
from mlc_sandbox.visma_net.refusals import bad_request

Record = Any
Read = Callable[[Record], Any]
Predicate = Callable[[Record], bool]
Filter = Callable[[Query], Predicate | None]
"""Makes of a query what a record must fulfil; None when the parameter is not given."""
Given = Callable[[Query, str], Any]
"""A method of `Query` that reads a parameter."""


def same(name: str, read: Read) -> Filter:
    """`name` is the text that the record has."""
    return _equal(name, Query.text, read)


def one_of(name: str, values: Collection[str], read: Read) -> Filter:
    """`name` is a value of an enumeration, in any case."""
    known = {value.lower(): value for value in values}

    def make(query: Query) -> Predicate | None:
        text = query.text(name)
        if text is None:
            return None
        wanted = known.get(text.lower())
        if wanted is None:
            raise bad_request(f"The value '{text}' is not valid for {name}.")
        return lambda record: read(record) == wanted

    return make


def flag(name: str, read: Read) -> Filter:
    """`name` is true or false."""
    return _equal(name, Query.flag, read)


def number(name: str, read: Read) -> Filter:
    """`name` is a whole number."""
    return _equal(name, Query.number, read)


def contains(name: str, read: Read) -> Filter:
    """`name` is one of the texts that the record has."""

    def make(query: Query) -> Predicate | None:
        wanted = query.text(name)
        return None if wanted is None else lambda record: wanted in read(record)

    return make


def period(name: str, read: Read) -> Filter:
    """`name` is a financial period, YYYYPP."""
    return _equal(name, Query.period, read)


def above(read: Callable[[Record], str]) -> Filter:
    """The key is greater than `greaterThanValue`."""

    def make(query: Query) -> Predicate | None:
        limit = query.text("greaterThanValue")
        return None if limit is None else lambda record: read(record) > limit

    return make


def moments(name: str, read: Read) -> Filter:
    """A stamp fulfils `name` and `nameCondition`."""
    return _conditioned(name, Query.moment, read)


def days(name: str, read: Callable[[Record], date]) -> Filter:
    """A business date fulfils `name` and `nameCondition`."""
    return _conditioned(name, Query.day, read)


def amounts(name: str, read: Read) -> Filter:
    """An amount fulfils `name` and `nameCondition`."""
    return _conditioned(name, Query.amount, read)


def since(read: Read) -> Filter:
    """A stamp is not before `lastModifiedDateTime`, which has no condition here."""

    def make(query: Query) -> Predicate | None:
        limit = query.moment("lastModifiedDateTime")
        return None if limit is None else lambda record: read(record) >= limit

    return make


def _equal(name: str, given: Given, read: Read) -> Filter:
    def make(query: Query) -> Predicate | None:
        wanted = given(query, name)
        return None if wanted is None else lambda record: read(record) == wanted

    return make


def _conditioned(name: str, given: Given, read: Read) -> Filter:
    def make(query: Query) -> Predicate | None:
        fulfilled = query.condition(name, given)
        return None if fulfilled is None else lambda record: fulfilled(read(record))

    return make
