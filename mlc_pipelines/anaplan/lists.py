"""Lists: reading their members, and loading them directly (docs/vendors/anaplan.md, sections 4 and 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyarrow as pa

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.discovery import ModelList
from mlc_pipelines.anaplan.files import Upload
from mlc_pipelines.anaplan.list_load import ListLoad, MemberChange, MemberFailure
from mlc_pipelines.anaplan.members import read_members
from mlc_pipelines.errors import OutcomeUnknown
from mlc_pipelines.http import Answer, path_part, read_object

_MEMBER_COLUMNS = ("id", "name", "code", "parent")
_OWN = frozenset({"name", "code", "parent"})
_ROUNDS = 3


def list_members(api: ModelApi, of: ModelList) -> pa.Table:
    """Members of a list: `id`, `name`, `code`, `parent` (a name), all strings."""
    members = read_members(api, of.id)
    return pa.table(
        {name: pa.array([_text(member.get(name)) for member in members], pa.string()) for name in _MEMBER_COLUMNS}
    )


def load_list(api: ModelApi, into: ModelList, rows: pa.Table, *, remove: Sequence[str] = (), how: Upload) -> ListLoad:
    """Add members that the list lacks, change those that differ; nothing is deleted but what `remove` names.

    A member is found by its code where the row has one, else by its name. Anaplan refuses to add what exists, so the
    list is read first; that also makes a lost answer harmless: the list is read again, and what is missing is sent.
    Deleting comes first, so that a new member may take the name of a removed one.

    Args:
        api: the model; the caller holds its lock.
        into: the list.
        rows: columns `name`, `code`, `parent` in any case; every other column is a property of the list. A parent in
            the same list has to stand above its children.
        remove: codes of members to delete; those that the list lacks are gone already.
        how: sizes of calls.

    Raises:
        OutcomeUnknown: answers were lost again and again.
    """
    removed, not_removed = _remove(api, into.id, remove, how.members_per_call)
    wanted = [_member(row) for row in rows.to_pylist()]
    before: _Known | None = None
    for _ in range(_ROUNDS):
        known = _Known.read(api, into)
        before = before or known
        new = [i for i, member in enumerate(wanted) if known.find(member) is None]
        changed = [
            i for i, member in enumerate(wanted) if (found := known.find(member)) and known.differs(member, found)
        ]
        try:
            added = _send(api, into.id, wanted, new, how.members_per_call, adding=True)
            updated = _send(api, into.id, wanted, changed, how.members_per_call, adding=False)
        except OutcomeUnknown:
            continue
        failures = [*added.failures, *updated.failures]
        if added.unexplained or updated.unexplained:
            unexplained = {*new, *changed} - {failure.row for failure in failures}
            failures += _not_taken(_Known.read(api, into), wanted, unexplained)
        return replace(_changes(before, wanted, failures), removed=removed, not_removed=not_removed)
    raise OutcomeUnknown(
        f"Answers to the load of list {into.name!r} were lost {_ROUNDS} times.",
        hint="Run it again: it reads the list first and sends only what is missing.",
    )


class _Known:
    """Members by code, by name and by id.

    Args:
        members: of the list.
        parents: of the list above it, if there is one.
    """

    def __init__(self, members: Sequence[Mapping[str, Any]], parents: Sequence[Mapping[str, Any]] = ()) -> None:
        self._by_code = {member["code"]: member for member in members if member.get("code")}
        self._by_name = {member["name"]: member for member in members if member.get("name")}
        # A large list's pages have no ids: a parent is found by its name then.
        self._above = {
            str(member[key]): member for key in ("name", "id") for member in (*parents, *members) if key in member
        }

    @classmethod
    def read(cls, api: ModelApi, of: ModelList) -> _Known:
        """The list as it is now."""
        members = read_members(api, of.id)
        own = cls(members)
        if all(own.parent_of(member) for member in members if member.get("parent")):
            return own
        above = of.metadata.inner("parent").text("id")
        return cls(members, read_members(api, above) if above else ())

    def find(self, wanted: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if wanted.get("code"):
            return self._by_code.get(wanted["code"])
        return self._by_name.get(wanted.get("name"))

    def obstacle(self, wanted: Mapping[str, Any]) -> str:
        """What keeps a member out that Anaplan ignored; empty when it can't be seen."""
        namesake = self._by_name.get(wanted.get("name"))
        if wanted.get("code") and namesake is not None and namesake.get("code") != wanted["code"]:
            return f"duplicate name: the member with the code {namesake.get('code') or '(none)'} has it"
        return ""

    def parent_of(self, found: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The member above one of the list, as far as it was read."""
        return self._above.get(str(found.get("parentId") or found.get("parent")))

    def is_renamed(self, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
        return "name" in wanted and wanted["name"] != found.get("name")

    def is_moved(self, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
        """A row may name its parent by code or by name, where Anaplan gives the name."""
        parent = self.parent_of(found) or {}
        return "parent" in wanted and wanted["parent"] not in {
            found.get("parent"),
            parent.get("name"),
            parent.get("code"),
        }

    def differs(self, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
        known: Mapping[str, Any] = found.get("properties") or {}
        properties: Mapping[str, str] = wanted.get("properties") or {}
        return (
            self.is_renamed(wanted, found)
            or self.is_moved(wanted, found)
            or any(value != known.get(name) for name, value in properties.items())
        )


def _not_taken(now: _Known, wanted: Sequence[Mapping[str, Any]], sent: Iterable[int]) -> list[MemberFailure]:
    """The rows that were sent and that the list does not hold; Anaplan said only how many it ignored."""
    return [
        MemberFailure(row, "ignored", now.obstacle(wanted[row]) or "Anaplan gives no reason")
        for row in sorted(sent)
        if (found := now.find(wanted[row])) is None or now.differs(wanted[row], found)
    ]


def _changes(before: _Known, wanted: Sequence[Mapping[str, Any]], failures: Sequence[MemberFailure]) -> ListLoad:
    failed = {failure.row for failure in failures}
    added = updated = 0
    renamed: list[MemberChange] = []
    moved: list[MemberChange] = []
    for member in (member for i, member in enumerate(wanted) if i not in failed):
        found = before.find(member)
        added += found is None
        if found is None or not before.differs(member, found):
            continue
        updated += 1
        code = member.get("code") or member["name"]
        if before.is_renamed(member, found):
            renamed.append(MemberChange(code, _text(found.get("name")) or "", member["name"]))
        if before.is_moved(member, found):
            moved.append(MemberChange(code, _text(found.get("parent")) or "", member["parent"]))
    unchanged = len(wanted) - len(failed) - added - updated
    return ListLoad(added, updated, unchanged, tuple(failures), tuple(renamed), tuple(moved))


def _remove(
    api: ModelApi, list_id: str, codes: Sequence[str], most: int
) -> tuple[tuple[MemberChange, ...], tuple[tuple[str, str], ...]]:
    """Delete by code; gives the members that are gone now, and codes and reasons of those that are not."""
    if not codes:
        return (), ()
    present = _names_by_code(api, list_id)
    due = [code for code in codes if code in present]
    reasons: dict[str, str] = {}
    for start in range(0, len(due), most):
        part = due[start : start + most]
        body = {"items": [{"code": code} for code in part]}
        answer = read_object(
            api.request(
                "POST", f"/lists/{path_part(list_id)}/items", params={"action": "delete"}, json=body, repeatable=True
            )
        )
        for failure in _failures(answer, range(start, start + len(part))):
            reasons[due[failure.row]] = f"{failure.kind}: {failure.message}"
    # Only the list can tell: answers differ in shape, and what was asked for twice, as one was lost, is refused.
    left = _names_by_code(api, list_id) if due else {}
    not_removed = tuple((code, reasons.get(code, "Anaplan gives no reason")) for code in due if code in left)
    return tuple(MemberChange(code, present[code], "") for code in due if code not in left), not_removed


def _names_by_code(api: ModelApi, list_id: str) -> dict[str, str]:
    return {str(each["code"]): str(each.get("name") or "") for each in read_members(api, list_id) if each.get("code")}


@dataclass(frozen=True)
class _Answered:
    """What Anaplan said of the members it was sent: refusals, and how many it left out beyond those."""

    failures: Sequence[MemberFailure]
    unexplained: int


def _send(
    api: ModelApi, list_id: str, wanted: Sequence[Mapping[str, Any]], places: Sequence[int], most: int, *, adding: bool
) -> _Answered:
    path = f"/lists/{path_part(list_id)}/items"
    failures: list[MemberFailure] = []
    done = 0
    for start in range(0, len(places), most):
        part = places[start : start + most]
        body = {"items": [wanted[i] for i in part]}
        method: Literal["POST", "PUT"] = "POST" if adding else "PUT"
        answer = read_object(api.request(method, path, params={"action": "add"} if adding else None, json=body))
        failures += _failures(answer, part)
        done += answer.whole("added" if adding else "updated")
    return _Answered(failures, len(places) - done - len(failures))


def _failures(answer: Answer, places: Sequence[int]) -> Iterator[MemberFailure]:
    """Refusals, which stand on top or under `result`."""
    for failure in answer.listed("failures") or answer.inner("result").listed("failures"):
        yield MemberFailure(
            places[failure.place("requestIndex", len(places))],
            failure.text("failureType"),
            failure.text("failureMessageDetails"),
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


def _text(value: object) -> str | None:
    return None if value is None else str(value)
