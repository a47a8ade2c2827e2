"""Lists: reading their members, and loading them directly (contract anaplan.md, sections 4 and 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.discovery import find_by_name
from mlc_pipelines.errors import OutcomeUnknown

MEMBERS_PER_CALL = 100_000
_MEMBER_COLUMNS = ("id", "name", "code", "parent")
_OWN = frozenset({"name", "code", "parent"})
_ROUNDS = 3


@dataclass(frozen=True)
class MemberFailure:
    """A row that Anaplan did not take.

    Attributes:
        row: its place in the table, from 0.
        kind: Anaplan's word, such as `INCORRECT_FORMAT`.
        message: for people.
    """

    row: int
    kind: str
    message: str


@dataclass(frozen=True)
class ListLoad:
    """What came of a load; every row is in exactly one of the four.

    Attributes:
        added, updated, unchanged: rows.
        failures: rows not taken.
    """

    added: int
    updated: int
    unchanged: int
    failures: tuple[MemberFailure, ...]


def list_members(api: ModelApi, list_name: str) -> pa.Table:
    """Members of a list: `id`, `name`, `code`, `parent` (a name), all strings.

    Raises:
        ConfigurationError: the model has no such list.
    """
    members = _members(api, _list_id(api, list_name))
    return pa.table(
        {name: pa.array([_text(member.get(name)) for member in members], pa.string()) for name in _MEMBER_COLUMNS}
    )


def load_list(api: ModelApi, list_name: str, rows: pa.Table) -> ListLoad:
    """Add members that the list lacks, change those that differ; nothing is deleted.

    A member is found by its code where the row has one, else by its name. Anaplan refuses to add what exists, so the
    list is read first; that also makes a lost answer harmless: the list is read again, and what is missing is sent.

    Args:
        api: the model; the caller holds its lock.
        list_name: exact name.
        rows: columns `name`, `code`, `parent` in any case; every other column is a property of the list. A parent in
            the same list has to stand above its children.

    Raises:
        ConfigurationError: the model has no such list.
        OutcomeUnknown: answers were lost again and again.
    """
    list_id = _list_id(api, list_name)
    wanted = [_member(row) for row in rows.to_pylist()]
    first_known: _Known | None = None
    for _ in range(_ROUNDS):
        known = _Known(_members(api, list_id))
        first_known = first_known or known
        new = [i for i, member in enumerate(wanted) if known.find(member) is None]
        changed = [i for i, member in enumerate(wanted) if (found := known.find(member)) and _differs(member, found)]
        try:
            failures = [
                *_send(api, list_id, wanted, new, adding=True),
                *_send(api, list_id, wanted, changed, adding=False),
            ]
        except OutcomeUnknown:
            continue
        failed = {failure.row for failure in failures}
        added = sum(first_known.find(member) is None for i, member in enumerate(wanted) if i not in failed)
        updated = sum(
            (found := first_known.find(member)) is not None and _differs(member, found)
            for i, member in enumerate(wanted)
            if i not in failed
        )
        return ListLoad(added, updated, len(wanted) - len(failed) - added - updated, tuple(failures))
    raise OutcomeUnknown(
        f"Answers to the load of list {list_name!r} were lost {_ROUNDS} times.",
        hint="Run it again: it reads the list first and sends only what is missing.",
    )


class _Known:
    """Members by code and by name."""

    def __init__(self, members: Sequence[Mapping[str, Any]]) -> None:
        self._by_code = {member["code"]: member for member in members if member.get("code")}
        self._by_name = {member["name"]: member for member in members if member.get("name")}

    def find(self, wanted: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if wanted.get("code"):
            return self._by_code.get(wanted["code"])
        return self._by_name.get(wanted.get("name"))


def _send(
    api: ModelApi, list_id: str, wanted: Sequence[Mapping[str, Any]], places: Sequence[int], *, adding: bool
) -> Iterator[MemberFailure]:
    path = f"/lists/{list_id}/items"
    for start in range(0, len(places), MEMBERS_PER_CALL):
        part = places[start : start + MEMBERS_PER_CALL]
        body = {"items": [wanted[i] for i in part]}
        method: Literal["POST", "PUT"] = "POST" if adding else "PUT"
        answer: Mapping[str, Any] = api.request(
            method, path, params={"action": "add"} if adding else None, json=body
        ).json()
        for failure in answer.get("failures") or ():
            yield MemberFailure(
                part[int(failure["requestIndex"])],
                str(failure.get("failureType") or ""),
                str(failure.get("failureMessageDetails") or ""),
            )


def _member(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row as Anaplan takes it; empty cells are left out."""
    member: dict[str, Any] = {}
    properties: dict[str, str] = {}
    for column, value in row.items():
        if value is None or value == "":
            continue
        if column.lower() in _OWN:
            member[column.lower()] = str(value)
        else:
            properties[column] = str(value)
    return {**member, "properties": properties} if properties else member


def _differs(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    known_properties: Mapping[str, Any] = found.get("properties") or {}
    properties: Mapping[str, str] = wanted.get("properties") or {}
    return any(wanted[key] != found.get(key) for key in _OWN & wanted.keys()) or any(
        value != known_properties.get(name) for name, value in properties.items()
    )


def _list_id(api: ModelApi, name: str) -> str:
    return str(find_by_name(api.read_all("/lists", "lists"), name, "list")["id"])


def _members(api: ModelApi, list_id: str) -> list[dict[str, Any]]:
    return api.read_all(f"/lists/{list_id}/items", "listItems", params={"includeAll": "true"})


def _text(value: object) -> str | None:
    return None if value is None else str(value)
