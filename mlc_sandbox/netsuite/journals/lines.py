"""How the lines of a request and the lines of a journal become one list (docs/vendors/netsuite.md, section 5.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from mlc_sandbox.netsuite.books import Line
from mlc_sandbox.netsuite.journals.body import Reference, invalid_value
from mlc_sandbox.netsuite.refusals import user_error

_REFERENCES = {"account": "account", "entity": "entity"} | {
    "department": "department",
    "class": "class_",
    "location": "location",
}

Find = Callable[[str, Reference | None, str], int | None]
"""Field name, reference, path -> id; refuses what can't be used."""


def merge_lines(
    existing: Sequence[Line],
    given: Sequence[Mapping[str, Any]],
    *,
    replace_all: bool,
    defaults: Mapping[str, int | None],
    find: Find,
) -> list[Line]:
    """The journal's lines after a request.

    A given line whose `line` number is there updates that one: fields that it leaves out stay. The others are added.
    Lines that the request does not name stay, or go when `replace_all` is set.

    Args:
        existing: lines before; none for a new journal.
        given: lines of the request.
        replace_all: query parameter `replace=line`.
        defaults: department, class_ and location of the header, for new lines without their own.
        find: resolves references.

    Raises:
        Refusal: a line without account or amount, or with two amounts; a number that occurs twice.
    """
    before = {line.number: line for line in existing}
    numbers = [line["line"] for line in given if line.get("line") is not None]
    if len(set(numbers)) != len(numbers):
        twice = next(number for number in numbers if numbers.count(number) > 1)
        raise invalid_value(twice, "line", "line")
    following = max((line.number or 0 for line in existing), default=0)
    merged: dict[int, Line] = {} if replace_all else {line.number or 0: line for line in existing}
    for position, fields in enumerate(given):
        path = f"line.items[{position}]"
        number = fields.get("line")
        old = before.get(number) if number is not None else None
        if number is None:
            following += 1
            while following in merged or following in numbers:
                following += 1
            number = following
        new = old or replace(Line(account=0, amount=Decimal()), **defaults)
        merged[number] = replace(new, number=number, **_changes(fields, path, find, is_new=old is None))
    return [merged[number] for number in sorted(merged)]


def _changes(fields: Mapping[str, Any], path: str, find: Find, *, is_new: bool) -> dict[str, Any]:
    debit, credit = fields.get("debit"), fields.get("credit")
    if debit is not None and credit is not None:
        raise user_error("A line must have either a debit or a credit amount, not both.", path)
    amount = debit if debit is not None else -credit if credit is not None else None
    if is_new and (amount is None or fields.get("account") is None):
        missing = "Account" if fields.get("account") is None else "Debit or Credit"
        raise user_error(f"Please enter value(s) for: {missing}", path)
    changes: dict[str, Any] = {} if amount is None else {"amount": amount}
    for name, attribute in _REFERENCES.items():
        if name in fields:
            changes[attribute] = find(name, fields[name], f"{path}.{name}")
    if "memo" in fields:
        changes["memo"] = fields["memo"]
    return changes
