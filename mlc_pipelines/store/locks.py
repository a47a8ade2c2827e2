"""Locks over processes and hosts that can be lost, and say so."""

from __future__ import annotations

import hashlib
import logging
import threading
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.engine import Connection

from mlc_pipelines.errors import DatabaseLost, LockLost

_log = logging.getLogger(__name__)

# The lock belongs to the connection's own server process; behind a pooler that gives each statement another one, this
# says so.
_HELD = text("""
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted AND objsubid = 1
          AND (CAST(classid AS bigint) << 32) | CAST(objid AS bigint) = :key
    )
""")
_NEXT_FENCE = text("SELECT nextval('mlc.fence')")
_UNLOCK = text("SELECT pg_advisory_unlock(:key)")


def lock_key(name: str) -> int:
    """The 64-bit key of a Postgres advisory lock of that name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


class Lock:
    """A lock that was got. It is gone as soon as its connection is, and then somebody else may hold it.

    Safe to use from several threads.

    Args:
        name: of the lock.
        connection: the lock's own, and nobody else's.
    """

    def __init__(self, name: str, connection: Connection) -> None:
        self._name = name
        self._key = {"key": lock_key(name)}
        self._connection = connection
        self._one_at_a_time = threading.Lock()
        self._gone = ""
        self._fence: int | None = None

    def check(self) -> None:
        """Return if the lock is still held: so it was all the time since it was got.

        Raises:
            LockLost: it is not.
        """
        with self._one_at_a_time:
            if not self._ask(_HELD):
                self._gone = self._gone or "Its connection holds it no longer."
                raise self._lost()

    @property
    def fence(self) -> int:
        """A number greater than those of all locks that were got before this one, of this name or any other.

        Raises:
            LockLost: the lock is not held any more.
        """
        with self._one_at_a_time:
            # Drawn on the lock's own connection: that it is still there says that the lock is.
            if self._fence is None:
                self._fence = int(self._ask(_NEXT_FENCE))
            return self._fence

    def release(self) -> None:
        """Free it; nothing is to be done for one that is lost."""
        with self._one_at_a_time:
            try:
                self._ask(_UNLOCK)
            except LockLost as error:
                _log.warning("%s", error.message)

    def _ask(self, statement: TextClause) -> Any:
        # SQLAlchemy would open another connection in place of one that broke: what is lost stays lost.
        if not self._gone:
            try:
                return self._connection.scalar(statement, self._key)
            except DatabaseLost as error:
                self._gone = error.message
        raise self._lost()

    def _lost(self) -> LockLost:
        return LockLost(
            f"The lock of {self._name} was lost, so another run may have taken over. {self._gone}",
            hint="Nothing more was written. Run it again: it looks first for what this run began.",
        )
