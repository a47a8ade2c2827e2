"""Transactional writes to a list: partial success is normal (docs/vendors/anaplan.md, section 7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlc_sandbox.anaplan.contents.formats import property_fault
from mlc_sandbox.anaplan.contents.members import Member, folded, name_fault
from mlc_sandbox.anaplan.contents.state import ModelState
from mlc_sandbox.anaplan.spec.model import ListSpec


class _Refused(Exception):
    def __init__(self, kind: str, details: str) -> None:
        super().__init__(details)
        self.kind = kind


class ListWriter:
    """Adds, updates and deletes members one by one.

    Attributes:
        failures: entries of the answer's `failures`.
    """

    def __init__(self, state: ModelState, spec: ListSpec) -> None:
        self.failures: list[dict[str, Any]] = []
        self._state = state
        self._spec = spec
        self._members = state.list_for_change(spec.name)
        self._names = {folded(name) for name in self._members.by_name}
        self._codes = {folded(code) for code in self._members.by_code}

    def add(self, entries: Sequence[Mapping[str, Any]]) -> int:
        """Add members; returns how many."""
        return self._each(entries, self._add)

    def update(self, entries: Sequence[Mapping[str, Any]]) -> int:
        """Update members; returns how many."""
        return self._each(entries, self._update)

    def delete(self, entries: Sequence[Mapping[str, Any]]) -> int:
        """Delete members and their cells; returns how many."""
        gone: list[int] = []
        done = self._each(entries, lambda entry: gone.append(self._to_delete(entry).number))
        self._state.remove_members(self._spec.name, gone)
        return done

    def _each(self, entries: Sequence[Mapping[str, Any]], act: Callable[[Mapping[str, Any]], None]) -> int:
        done = 0
        for place, entry in enumerate(entries):
            try:
                act(entry)
                done += 1
            except _Refused as refused:
                self.failures.append(
                    {"requestIndex": place, "failureType": refused.kind, "failureMessageDetails": str(refused)}
                )
        return done

    def _add(self, entry: Mapping[str, Any]) -> None:
        name, code = str(entry.get("name") or ""), str(entry.get("code") or "")
        if self._spec.numbered and name:
            raise _Refused("INVALID_DATA", "a numbered list takes no name")
        if not self._spec.numbered and not name:
            raise _Refused("INCOMPLETE_DATA", "incomplete data -- missing name")
        if wrong := name_fault(name, code, numbered=self._spec.numbered):
            raise _Refused("INCORRECT_FORMAT", f"incorrect format -- {wrong}")
        if name and folded(name) in self._names:
            raise _Refused("DUPLICATE", f"duplicate name: {name}")
        if code and folded(code) in self._codes:
            raise _Refused("DUPLICATE", f"duplicate code: {code}")
        parent, properties = self._parent(entry), self._properties(entry)
        subsets = [subset for subset, chosen in _object(entry, "subsets").items() if chosen]
        self._members.add(name=name, code=code, parent=parent, properties=properties, subsets=subsets)
        self._names.add(folded(name))
        self._codes.add(folded(code))
        self._state.changes += 1

    def _update(self, entry: Mapping[str, Any]) -> None:
        member = self._identified(entry)
        name, code = str(entry.get("name") or member.name), str(entry.get("code") or member.code)
        if self._members.by_name.get(name, member.number) != member.number:
            raise _Refused("INCOMPLETE_DATA", f"duplicate name: {name}")
        if code and self._members.by_code.get(code, member.number) != member.number:
            raise _Refused("INCOMPLETE_DATA", f"duplicate code: {code}")
        subsets = {**dict.fromkeys(member.subsets, True), **_object(entry, "subsets")}
        changed = member._replace(
            name=name,
            code=code,
            parent=self._parent(entry) if "parent" in entry else member.parent,
            properties={**member.properties, **self._properties(entry)},
            subsets=frozenset(subset for subset, chosen in subsets.items() if chosen),
        )
        if changed != member:
            self._members.replace(changed)
            self._state.changes += 1

    def _identified(self, entry: Mapping[str, Any]) -> Member:
        """The member that an entry is about: by id, else by code, else by a name without a code."""
        if "id" in entry:
            member = self._members.by_id(str(entry["id"]))
        elif entry.get("code"):
            number = self._members.by_code.get(str(entry["code"]))
            if number is None and entry.get("name"):
                # A name without a code yet is given one this way.
                number = self._members.by_name.get(str(entry["name"]))
                if number is not None and self._members.members[number].code:
                    raise _Refused("INCOMPLETE_DATA", f"incomplete data -- the name {entry['name']} is already used")
            member = None if number is None else self._members.members[number]
        else:
            number = self._members.by_name.get(str(entry.get("name")))
            member = None if number is None else self._members.members[number]
            if member is not None and member.code:
                raise _Refused("INCOMPLETE_DATA", "incomplete data -- the code is required")
        if member is None:
            raise _Refused("NOT_FOUND", f"no such item: {entry.get('id') or entry.get('code') or entry.get('name')}")
        return member

    def _to_delete(self, entry: Mapping[str, Any]) -> Member:
        if entry.get("id") and entry.get("code"):
            raise _Refused("Ambiguous criteria", "give the id or the code")
        try:
            return self._identified(entry)
        except _Refused as refused:
            raise _Refused("Not found", str(refused)) from None

    def _parent(self, entry: Mapping[str, Any]) -> tuple[str, int] | None:
        text = str(entry.get("parent") or "")
        if not text:
            return None
        parent = self._state.resolve_parent(self._spec.name, text)
        if parent is None:
            raise _Refused("INCORRECT_FORMAT", f"invalid parent: {text}")
        return parent

    def _properties(self, entry: Mapping[str, Any]) -> dict[str, str]:
        properties: dict[str, str] = {}
        for name, value in _object(entry, "properties").items():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            if name not in self._spec.properties or property_fault(self._spec.properties[name], text):
                raise _Refused("INCORRECT_FORMAT", f"incorrect format -- column name:{name}, value:{text}")
            properties[name] = text
        return properties


def _object(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = entry.get(name) or {}
    if not isinstance(value, dict):
        raise _Refused("INCORRECT_FORMAT", f"{name} is not an object")
    return value
