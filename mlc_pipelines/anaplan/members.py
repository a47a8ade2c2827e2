"""Members of a list, of any number (contract anaplan.md, sections 4 and 8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.read_requests import open_read_request
from mlc_pipelines.errors import BadRequest, DataError

_GATHERED_WITHIN = timedelta(minutes=30)
_COLUMNS = ("id", "name", "code", "parent", "parentId")


def read_members(api: ModelApi, list_id: str) -> list[dict[str, Any]]:
    """The members as Anaplan's JSON has them: `id`, `name`, and where they have them `code`, `parent`, `properties`.

    A list of more than a million is refused by the plain call, and read by a read request then.

    Raises:
        DataError: the columns of a large list's pages are not those of its members.
        MlcError: as for `open_read_request`.
    """
    try:
        return api.read_all(f"/lists/{list_id}/items", "listItems", params={"includeAll": "true"})
    except BadRequest:
        # So says Anaplan that there are too many; whatever else it means, it says again to the read request.
        return list(_read_many(api, list_id))


def _read_many(api: ModelApi, list_id: str) -> Iterator[dict[str, Any]]:
    with open_read_request(api, f"/lists/{list_id}", f"list {list_id}", deadline=_GATHERED_WITHIN) as rows:
        columns = {
            known: header for header in rows.schema.names for known in _COLUMNS if header.lower() == known.lower()
        }
        if not {"id", "name", "code", "parent"} <= columns.keys():
            raise DataError(
                f"The pages of list {list_id} have the columns {', '.join(rows.schema.names)}, and not id, name, code "
                "and parent.",
                hint="Its members can't be told from that: load it by an import action, without members:.",
            )
        others = [header for header in rows.schema.names if header not in columns.values()]
        for batch in rows.batches:
            for row in batch.to_pylist():
                member = {known: row[header] for known, header in columns.items() if row[header]}
                yield member | {"properties": {header: row[header] for header in others}}
