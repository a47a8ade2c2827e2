"""What a file of rows holds, read back from it in one pass: so that nothing is believed of what wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.erp.base import Entity
from mlc_pipelines.flows.text import as_text
from mlc_pipelines.store.snapshot_file import SOURCE_ID
from mlc_pipelines.store.storage import Storage
from mlc_pipelines.store.totals import GroupTotal, whole

_compute: Any = pc

AMOUNTS = ("amount", "debit", "credit")
"""What a control total may sum, by the entity's attribute that names the field."""


@dataclass(frozen=True)
class FileContent:
    """What a file of rows holds.

    Attributes:
        groups: rows and amounts by control group; one group without a name where rows are not grouped.
        documents: how many there are; None when they were not counted.
        repeated: how many records come more than once.
        first_repeated: the id of the first of them; empty when there is none.
    """

    groups: Mapping[str, GroupTotal]
    documents: int | None = None
    repeated: int = 0
    first_repeated: str = ""

    @property
    def total(self) -> GroupTotal:
        """All of it."""
        return whole(self.groups.values())


def read_back(storage: Storage, path: str, entity: Entity, *, documents: bool = False) -> FileContent:
    """The content of an entity's snapshot file; documents are counted when that is asked for."""
    amounts = {name: field for name in AMOUNTS if (field := getattr(entity, name))}
    return _read(storage, path, amounts, entity.control_by, document=entity.key[:-1] if documents else (), ids=True)


def read_back_rows(storage: Storage, path: str) -> FileContent:
    """The content of a file of rows that have no groups and no amounts of their own."""
    return _read(storage, path, {}, None, ids=True)


def group_totals(storage: Storage, path: str, entity: Entity, amounts: Mapping[str, str]) -> Mapping[str, GroupTotal]:
    """Rows and amounts of an entity's snapshot file by control group.

    Args:
        storage: where it is.
        path: of the file.
        entity: whose rows they are.
        amounts: the fields to sum as `amount`, `debit` or `credit`.
    """
    return _read(storage, path, amounts, entity.control_by).groups


def _read(
    storage: Storage,
    path: str,
    amounts: Mapping[str, str],
    group_by: str | None,
    *,
    document: Sequence[str] = (),
    ids: bool = False,
) -> FileContent:
    wanted = {*amounts.values(), *([group_by] if group_by else []), *document, *([SOURCE_ID] if ids else [])}
    groups: dict[str, GroupTotal] = {}
    headers: list[pa.Table] = []
    records: list[pa.Array] = []
    for batch in storage.batches(path, sorted(wanted or {SOURCE_ID})):
        _add_groups(groups, batch, amounts, group_by)
        if document:
            found = pa.table([batch.column(name) for name in document], names=list(document))
            headers.append(found.group_by(list(document)).aggregate([]))
        if ids:
            records.append(batch.column(SOURCE_ID))
    counts = _compute.value_counts(pa.chunked_array(records, pa.string()))
    repeated = counts.filter(_compute.greater(counts.field("counts"), 1)).field("values")
    return FileContent(
        groups,
        _distinct(headers, document) if document else None,
        len(repeated),
        repeated[0].as_py() if len(repeated) else "",
    )


def _add_groups(
    groups: dict[str, GroupTotal], batch: pa.RecordBatch, amounts: Mapping[str, str], group_by: str | None
) -> None:
    codes = _compute.fill_null(as_text(batch.column(group_by)), "") if group_by else pa.repeat("", batch.num_rows)
    table = pa.table({"group": codes, **{name: _compute.fill_null(batch.column(f), 0) for name, f in amounts.items()}})
    grouped = table.group_by("group", use_threads=False).aggregate(
        [("group", "count"), *[(name, "sum") for name in amounts]]
    )
    for row in grouped.to_pylist():
        before = groups.get(row["group"], GroupTotal(row["group"]))
        sums = {name: getattr(before, name) + row[f"{name}_sum"] for name in amounts}
        groups[row["group"]] = replace(before, rows=before.rows + row["group_count"], **sums)


def _distinct(headers: Sequence[pa.Table], document: Sequence[str]) -> int:
    return pa.concat_tables(headers).group_by(list(document)).aggregate([]).num_rows if headers else 0
