"""`$apply`: sums over the headers of an entity set (docs/vendors/sap_business_one.md, section 4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from mlc_sandbox.odata import ODataError
from mlc_sandbox.sap_business_one.answers import Answer, Call, bad_query
from mlc_sandbox.sap_business_one.books import Books
from mlc_sandbox.sap_business_one.literals import reader
from mlc_sandbox.sap_business_one.queries import EntityQueries, cut
from mlc_sandbox.sap_business_one.schema import ENTITY_SETS, EntityType
from mlc_sandbox.sap_business_one.wire import value_text

_AGGREGATE = re.compile(r"\s*(?:(?P<name>\w+)\s+with\s+(?P<how>\w+)|\$count)\s+as\s+(?P<label>\w+)\s*")
_STEP = re.compile(r"\s*(filter|groupby|aggregate)\((.*)\)\s*", re.DOTALL)
_GROUPBY = re.compile(r"\(([\w,\s]+)\)(?:,\s*aggregate\((.*)\))?", re.DOTALL)


def _average(values: Sequence[Any]) -> Any:
    return round(sum(values, Decimal(0)) / len(values), 6) if values else None


_HOW: dict[str, Callable[[Sequence[Any]], Any]] = {
    "sum": lambda values: sum(values, Decimal(0)),
    "average": _average,
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
    "count": len,
    "countdistinct": lambda values: len(set(values)),
}


def answer_apply(call: Call, entity_set: str, books: Books, queries: EntityQueries) -> Answer:
    """`GET Set?$apply=...`, paged as any other result.

    Raises:
        Refusal: the expression can't be understood, or names what is no header property.
    """
    if other := {name for name in call.query if name.startswith("$")} - {"$apply", "$top", "$skip"}:
        raise bad_query(f"Query string error - option {min(other)} can't be used with $apply")
    entity_type = ENTITY_SETS[entity_set]
    rows: Iterable[Any] = books.tables[entity_set].in_order()
    *filters, last = split(call.query["$apply"], "/")
    for step in filters:
        kind, inside = _step(step)
        if kind != "filter":
            raise bad_query(f"Query string error - $apply can't go on after {kind}")
        test = queries.compile(call, entity_type, inside)
        try:
            rows = [row for row in rows if test(row)]
        except ODataError as error:
            raise bad_query(f"Query string error - {error}") from error
    kind, inside = _step(last)
    if kind == "filter":
        raise bad_query("Query string error - $apply ends in filter")
    groups, aggregates = _parts(kind, inside)
    parsed = [_aggregate(text) for text in aggregates]
    queries.require_header(entity_type, [*groups, *(name for name, _, _ in parsed if name)])
    bodies = _grouped(entity_type, rows, groups, parsed)
    page = queries.page_of(call)
    shown = cut(bodies[page.skip :], page)
    return queries.page_answer(call, entity_set, shown, page, more=len(bodies) > page.skip + len(shown))


def split(text: str, mark: str) -> list[str]:
    """The parts between marks that stand outside parentheses and quotes."""
    parts, depth, quoted, start = list[str](), 0, False, 0
    for place, sign in enumerate(text):
        quoted ^= sign == "'"
        depth += 0 if quoted else (sign == "(") - (sign == ")")
        if sign == mark and depth == 0 and not quoted:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _step(text: str) -> tuple[str, str]:
    match = _STEP.fullmatch(text)
    if match is None:
        raise bad_query(f"Query string error - $apply at '{text}'")
    return match[1], match[2]


def _parts(kind: str, inside: str) -> tuple[list[str], list[str]]:
    if kind == "aggregate":
        return [], split(inside, ",")
    match = _GROUPBY.fullmatch(inside.strip())
    if match is None:
        raise bad_query(f"Query string error - groupby at '{inside}'")
    return [name.strip() for name in match[1].split(",")], split(match[2], ",") if match[2] else []


def _aggregate(text: str) -> tuple[str | None, str, str]:
    match = _AGGREGATE.fullmatch(text)
    if match is None or (match["how"] or "count") not in _HOW:
        raise bad_query(f"Query string error - aggregate at '{text}'")
    return match["name"], match["how"] or "count", match["label"]


def _grouped(
    entity_type: EntityType,
    rows: Iterable[Any],
    groups: Sequence[str],
    aggregates: Sequence[tuple[str | None, str, str]],
) -> list[str]:
    for name, how, _ in aggregates:
        if name and how in ("sum", "average") and entity_type.properties[name] not in ("amount", "int"):
            raise bad_query(f"Query string error - '{name}' is no number")
    read = reader(entity_type)
    found: dict[tuple[Any, ...], list[Any]] = {} if groups else {(): []}
    for row in rows:
        found.setdefault(tuple(read(row, name) for name in groups), []).append(row)
    bodies: list[str] = []
    for key, members in found.items():
        parts = [f'"{name}":{value_text(value)}' for name, value in zip(groups, key, strict=True)]
        for name, how, label in aggregates:
            values = [value for row in members if (value := read(row, name)) is not None] if name else members
            parts.append(f'"{label}":{value_text(_HOW[how](values))}')
        bodies.append(",".join(parts))
    return bodies
