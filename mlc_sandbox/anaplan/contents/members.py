"""The members of one list, and how a text finds its member."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

UNKNOWN = -1
"""Stands for a text that names no member."""
AGGREGATE = -2
"""Stands for a text that names a member which only sums up others, so its cells take no values."""


class Member(NamedTuple):
    """A list member.

    Attributes:
        number: its place in the list, never given to another one; coordinates of cells are such numbers.
        id: as the API shows it.
        name: unique in its list.
        code: unique in its list; empty when it has none.
        parent: the list (by name) and number of its parent; None at the top.
        properties: name to text.
        subsets: the subsets it belongs to.
    """

    number: int
    id: str
    name: str
    code: str
    parent: tuple[str, int] | None
    properties: Mapping[str, str]
    subsets: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The code, or the name of a member without one."""
        return self.code or self.name


LONGEST_NAME = 60


def name_fault(name: str, code: str, *, numbered: bool) -> str:
    """What Anaplan does not take of a member's name or code; empty when it takes both."""
    for what, text in (("name", name), ("code", code)):
        if len(text) > LONGEST_NAME:
            return f"{what} longer than {LONGEST_NAME} characters: {text}"
    return f"code begins with #: {code}" if numbered and code.startswith("#") else ""


def folded(text: str) -> str:
    """What is told apart of names and codes: neither case nor blanks around and between words."""
    return " ".join(text.split()).casefold()


class MemberList:
    """The members of a list, in order. Copies share members, which never change."""

    def __init__(self, name: str, id_base: int) -> None:
        self.name = name
        self._id_base = id_base
        self.members: dict[int, Member] = {}
        self.by_code: dict[str, int] = {}
        self.by_name: dict[str, int] = {}
        self.next_index = 0

    def copy(self) -> MemberList:
        """An independent list with the same members."""
        twin = MemberList(self.name, self._id_base)
        twin.members = self.members.copy()
        twin.by_code = self.by_code.copy()
        twin.by_name = self.by_name.copy()
        twin.next_index = self.next_index
        return twin

    def find(self, text: str) -> Member | None:
        """The member with this code, else the one with this name."""
        index = self.by_code.get(text)
        if index is None:
            index = self.by_name.get(text)
        return None if index is None else self.members[index]

    def by_id(self, member_id: str) -> Member | None:
        """The member with this API id."""
        if not member_id.isdecimal():
            return None
        member = self.members.get(int(member_id) - self._id_base)
        return member if member is not None and member.id == member_id else None

    def add(
        self,
        *,
        name: str,
        code: str = "",
        parent: tuple[str, int] | None = None,
        properties: Mapping[str, str] | None = None,
        subsets: Iterable[str] = (),
    ) -> Member:
        """Append a member; an empty name becomes `#<n>` as in a numbered list."""
        index = self.next_index
        self.next_index = index + 1
        member = Member(
            index,
            str(self._id_base + index),
            name or f"#{index + 1}",
            code,
            parent,
            properties or {},
            frozenset(subsets),
        )
        self._store(member)
        return member

    def replace(self, member: Member) -> None:
        """Put a changed member in the place of the one with the same number."""
        old = self.members[member.number]
        if old.name != member.name:
            self.by_name.pop(old.name, None)
        if old.code and old.code != member.code:
            self.by_code.pop(old.code, None)
        self._store(member)

    def remove(self, index: int) -> None:
        """Take a member out; members under it lose their parent."""
        member = self.members.pop(index)
        self.by_name.pop(member.name, None)
        self.by_code.pop(member.code, None)
        for other in [other for other in self.members.values() if other.parent == (self.name, index)]:
            self.members[other.number] = other._replace(parent=None)

    def aggregates(self) -> set[int]:
        """Numbers of the members that have others of this list under them."""
        return {
            member.parent[1]
            for member in self.members.values()
            if member.parent is not None and member.parent[0] == self.name
        }

    def _store(self, member: Member) -> None:
        self.members[member.number] = member
        self.by_name[member.name] = member.number
        if member.code:
            self.by_code[member.code] = member.number
