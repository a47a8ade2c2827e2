"""Members of a list, of any number (docs/vendors/anaplan.md, sections 4 and 8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.read_requests import open_read_request
from mlc_pipelines.errors import BadRequest, DataError
from mlc_pipelines.http import Answer, path_part

_GATHERED_WITHIN = timedelta(minutes=30)
_COLUMNS = {"": "name", "Parent": "parent", "Code": "code"}
"""Columns of the pages, and what they are; the first is the name and has no title. There are no ids."""
_TEXTS = ("name", "code", "parent", "parentId")
"""Members of the plain call, besides `id`."""
_ACCESS = frozenset({"Write", "Read"})
"""Columns of lists with selective access; all others are subsets and properties."""


def read_members(api: ModelApi, list_id: str) -> list[dict[str, Any]]:
    """The members as Anaplan's JSON has them: `id`, `name`, and where they have them `code`, `parent`, `properties`.

    A list of more than a million is refused by the plain call, and read by a read request then; its members have no
    `id` and no `parentId`.

    Raises:
        DataError: the columns of a large list's pages are not those of its members.
        MlcError: as for `open_read_request`.
    """
    try:
        listed = api.read_all(f"/lists/{path_part(list_id)}/items", "listItems", params={"includeAll": "true"})
    except BadRequest:
        # So says Anaplan that there are too many; whatever else it means, it says again to the read request.
        return list(_read_many(api, list_id))
    return [_member(each) for each in listed]


def _member(listed: Answer) -> dict[str, Any]:
    member = {name: listed.text(name) for name in _TEXTS if listed.get(name) is not None}
    properties = listed.inner("properties")
    return {**member, "id": listed.needed("id")} | ({"properties": dict(properties)} if properties else {})


def _read_many(api: ModelApi, list_id: str) -> Iterator[dict[str, Any]]:
    with open_read_request(api, f"/lists/{path_part(list_id)}", f"list {list_id}", deadline=_GATHERED_WITHIN) as rows:
        names = rows.schema.names
        if names[:1] != [""] or any(names.count(header) != 1 for header in _COLUMNS):
            raise DataError(
                f"The pages of list {list_id} have the columns {', '.join(each or '(untitled)' for each in names)}, "
                "and not an untitled one with the names first, Parent and Code.",
                hint="Its members can't be told from that: load it by an import action, without members:.",
            )
        others = [header for header in names if header not in _COLUMNS and header not in _ACCESS]
        for batch in rows.batches:
            for row in batch.to_pylist():
                member = {known: row[header] for header, known in _COLUMNS.items() if row[header]}
                yield member | {"properties": {header: row[header] for header in others}}
