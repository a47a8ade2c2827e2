"""What came of writing the members of a list."""

from __future__ import annotations

from dataclasses import dataclass


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
class MemberChange:
    """A member that people will see changed.

    Attributes:
        code: of the member; its name when it has none.
        old: name or parent before; empty when it had none.
        new: name or parent now, as the row gives it; empty for a member that was removed.
    """

    code: str
    old: str
    new: str


@dataclass(frozen=True)
class ListLoad:
    """What came of a load; every row is in exactly one of the first four.

    Attributes:
        added, updated, unchanged: rows.
        failures: rows not taken.
        renamed, moved: updated members with another name, with another parent.
        removed: members deleted, with their names.
        not_removed: code and reason of members that Anaplan did not delete.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    failures: tuple[MemberFailure, ...] = ()
    renamed: tuple[MemberChange, ...] = ()
    moved: tuple[MemberChange, ...] = ()
    removed: tuple[MemberChange, ...] = ()
    not_removed: tuple[tuple[str, str], ...] = ()
