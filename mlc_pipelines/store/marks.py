"""Marks of runs at work, for those who look on. A mark is an advisory lock: it ends with the process that set it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mlc_pipelines.errors import DatabaseLost
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.locks import lock_key

_SET = text("SELECT pg_advisory_lock_shared(:key)")
_END = text("SELECT pg_advisory_unlock_shared(:key)")
_ALL = text(
    "SELECT classid::bigint, objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@contextmanager
def at_work(database: Database, tenant: str, period: str) -> Generator[None]:
    """Mark a tenant's period as being worked on, over all processes and hosts; several runs may do so at once."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(_SET, {"key": _key(tenant, period)})
        try:
            yield
        finally:
            with suppress(SQLAlchemyError, DatabaseLost):  # the connection is lost, and the mark with it
                connection.execute(_END, {"key": _key(tenant, period)})


class Marks:
    """The marks that stand at one moment."""

    def __init__(self, database: Database) -> None:
        with database.engine.connect() as connection:
            self._keys = {high << 32 | low for high, low in connection.execute(_ALL)}

    def __contains__(self, place: tuple[str, str]) -> bool:
        """Whether somebody works on that tenant and period."""
        return _key(*place) % 2**64 in self._keys


def _key(tenant: str, period: str) -> int:
    return lock_key(f"at work on {tenant} {period}")
