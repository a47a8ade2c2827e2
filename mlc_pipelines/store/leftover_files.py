"""Parquet files that a crash left before a row named them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from mlc_pipelines.store import tables
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.storage import Storage

_FOLDERS = ("snapshots", "changes", "deliveries")


def sweep_files(database: Database, storage: Storage, *, before: datetime) -> tuple[int, int]:
    """Delete files of snapshots, change sets and deliveries that no row names.

    Args:
        database: with the rows.
        storage: with the files.
        before: files that are newer may be a living run's, which will name them.

    Returns:
        Files, and their bytes.
    """
    # Listed before the names are read: a file that is named in between is then among the names.
    found = {path: size for folder in _FOLDERS for path, size in storage.files(folder).items()}
    with database.engine.connect() as connection:
        named = set(connection.scalars(select(tables.snapshot.c.path)))
        named |= set(connection.scalars(select(tables.change_set.c.path)))
        named |= set(connection.scalars(select(tables.delivery.c.path)))
    left = [path for path in found if path not in named and path.rpartition("/")[0] not in named]
    old = [path for path in left if storage.modified_at(path) < before]
    for path in old:
        storage.remove(path)
    return len(old), sum(found[path] for path in old)
