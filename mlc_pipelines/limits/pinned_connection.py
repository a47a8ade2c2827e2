"""One connection per database and process for the short statements that come with every request."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Row, TextClause
from sqlalchemy.engine import Connection, Engine

from mlc_pipelines.errors import DatabaseLost
from mlc_pipelines.store.db import Database


class PinnedConnection:
    """An autocommit connection that stays open: taking one from the pool would cost more than the statement itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    def one(self, statement: TextClause, parameters: Mapping[str, Any]) -> Row[Any]:
        """The only row of the statement; it is run once more on a new connection when the old one is lost.

        So the statement must do no harm when run twice.
        """
        with self._lock:
            try:
                return self._run(statement, parameters)
            except DatabaseLost:
                self._drop()
            try:
                return self._run(statement, parameters)
            except DatabaseLost:
                self._drop()
                raise

    def _run(self, statement: TextClause, parameters: Mapping[str, Any]) -> Row[Any]:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._connection.execute(statement, parameters).one()

    def close(self) -> None:
        """Give the connection back; the next statement opens another one."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


_pinned: WeakKeyDictionary[Database, PinnedConnection] = WeakKeyDictionary()
_pinned_lock = threading.Lock()


def pinned_connection(database: Database) -> PinnedConnection:
    """The pinned connection of this process to that database."""
    with _pinned_lock:
        if database not in _pinned:
            pinned = _pinned[database] = PinnedConnection(database.engine)
            database.at_close(pinned.close)
        return _pinned[database]
