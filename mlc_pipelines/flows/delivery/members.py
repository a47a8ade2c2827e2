"""Members of a directly written list: which are gone and have to be deleted, and how changes are shown to people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from mlc_pipelines.anaplan import ListLoad, MemberChange
from mlc_pipelines.config import Load
from mlc_pipelines.flows.delivery.columns import own_headers
from mlc_pipelines.flows.delivery.result import MASK
from mlc_pipelines.store.deliveries import Delivery
from mlc_pipelines.store.storage import Storage

SHOWN = 50
"""Changed members shown in metadata; the figures count all of them."""


def members_gone(storage: Storage, earlier: Sequence[Delivery], target: pa.Table, code: str) -> list[str]:
    """Codes that earlier deliveries brought into the list and that the list is not to hold any more, sorted.

    A row that Anaplan rejected brought nothing: a member of that code, if there is one, is somebody else's.

    Args:
        storage: where the deliveries' files are.
        earlier: deliveries into the same model whose members it may hold.
        target: all rows that the list is to hold now.
        code: header of the code column.
    """
    held: set[str] = set()
    for delivery in earlier:
        codes = _codes(storage.table(delivery.files.target), code)
        if storage.exists(delivery.files.rejected):
            codes -= _codes(storage.table(delivery.files.rejected), code)
        held |= codes
    return sorted(held - _codes(target, code))


def member_figures(loads: Sequence[ListLoad]) -> dict[str, int]:
    """Counts over lists; none when no list was loaded directly."""
    if not loads:
        return {}
    return {
        "members_added": sum(load.added for load in loads),
        "members_renamed": sum(len(load.renamed) for load in loads),
        "members_moved": sum(len(load.moved) for load in loads),
        "members_removed": sum(len(load.removed) for load in loads),
    }


def changed_members(load: Load, personal: frozenset[str], members: ListLoad) -> list[dict[str, str]]:
    """The first changed members for people, without personal data."""
    own = own_headers(load)
    masked = {name for name, header in own.items() if header in personal}
    rows = [
        *_rows("renamed", members.renamed, masked=masked, shows="name"),
        *_rows("moved", members.moved, masked=masked, shows="parent"),
        *_rows("removed", members.removed, masked=masked, shows="name"),
    ]
    identifier = "code" if "code" in own else "name"
    return [{**row, "code": MASK} if identifier in masked else row for row in rows[:SHOWN]]


def _rows(change: str, members: Sequence[MemberChange], *, masked: set[str], shows: str) -> Iterator[dict[str, str]]:
    for member in members:
        texts = {"old": member.old, "new": member.new}
        shown = {side: MASK if text and shows in masked else text for side, text in texts.items()}
        yield {"code": member.code, "change": change, **shown}


def _codes(table: pa.Table, code: str) -> set[str]:
    return set(filter(None, table[code].to_pylist())) if code in table.column_names else set()
