"""Master data that changed in what rows of facts repeat of it: no change feed of theirs tells that."""

# ruff: noqa: S608 - SQL of names of declared fields and of keys of periods

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence

import pyarrow as pa

from mlc_pipelines.erp.base import Entity
from mlc_pipelines.store.columns import as_schema, equal, open_query, without_zones
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.snapshots import SnapshotStore, WrittenFile


def outdated(
    store: SnapshotStore, entity: Entity, written: WrittenFile, repeated_by: Mapping[str, Sequence[str]]
) -> dict[PartitionKey, str]:
    """The snapshots of facts that repeat what is not so any more, and why.

    Args:
        store: of snapshots.
        entity: a dimension.
        written: what it holds now.
        repeated_by: facts -> fields of the dimension that their rows repeat.
    """
    tenant = written.key.tenant
    before = max(store.held(tenant, entity.name), key=lambda each: each.extracted_at, default=None)
    if not repeated_by or before is None or before.content_hash == written.content_hash:
        return {}
    return {
        each.key: f"{_listed(fields)} of {entity.name} changed, which its rows repeat"
        for fact, fields in repeated_by.items()
        if _changed(store, entity, (before.path, written.path), fields)
        for each in store.held(tenant, fact)
    }


def _changed(store: SnapshotStore, entity: Entity, paths: tuple[str, str], fields: Sequence[str]) -> bool:
    """Whether a member that was there before has another value; no row can repeat those of a new one."""
    schema = without_zones(pa.schema([entity.schema.field(name) for name in dict.fromkeys([*entity.key, *fields])]))
    with tempfile.TemporaryDirectory(prefix="mlc-renames-") as folder, open_query(folder) as query:
        for table, path in zip(("earlier", "later"), paths, strict=True):
            query.register("batch", schema.empty_table())
            query.execute(f"CREATE TABLE {table} AS FROM batch")
            for batch in store.storage.batches(path, schema.names):
                query.register("batch", pa.Table.from_batches([as_schema(batch, schema)]))
                query.execute(f"INSERT INTO {table} FROM batch")
        query.execute(
            f"SELECT 1 FROM earlier JOIN later ON {equal('earlier', 'later', entity.key)}"
            f" WHERE NOT ({equal('earlier', 'later', fields)}) LIMIT 1"
        )
        return bool(query.fetchall())


def _listed(fields: Sequence[str]) -> str:
    return " or ".join(fields) if len(fields) < 3 else f"{', '.join(fields[:-1])} or {fields[-1]}"
