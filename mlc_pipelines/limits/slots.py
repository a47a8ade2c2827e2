"""Requests at a time, shared by all processes and hosts."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from sqlalchemy import TextClause, text

from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import DatabaseLost
from mlc_pipelines.limits.pinned_connection import PinnedConnection, pinned_connection
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.locks import lock_key

_log = logging.getLogger(__name__)

_POLL = 0.005  # seconds; only one thread of all processes looks
_LONG = 60.0

_FREE = "(SELECT slot FROM unnest(CAST(:free AS int[])) AS slot WHERE pg_try_advisory_lock(:budget, slot) LIMIT 1)"
_TAKE = text(f"SELECT {_FREE}")
_TAKE_UNLESS_SOMEBODY_WAITS = text(f"SELECT CASE WHEN pg_try_advisory_xact_lock(:turnstile) THEN {_FREE} END")
_GIVE_BACK = text("SELECT pg_advisory_unlock(:budget, :slot)")


class ConcurrencyBudget:
    """At most `slots` requests at a time, over all processes and hosts that use this database.

    A slot is a Postgres advisory lock, so a process that dies frees its slots. Threads of a process are served first
    come, first served; processes too, as each lets one thread stand in line.

    Args:
        database: the shared state.
        name: of the budget; the same for all who share it.
        slots: how many requests the vendor takes at a time.
        clock: for the warning after a long wait; the wait itself ends when a slot becomes free.
    """

    def __init__(self, database: Database, name: str, slots: int, clock: Clock) -> None:
        self._slots = slots
        self._name = name
        self._clock = clock
        self._queue = _queue(database, name)

    @contextmanager
    def slot(self) -> Generator[None]:
        """Hold one slot; waits until one is free."""
        queue = self._queue
        with queue.in_turn():
            began = self._clock.monotonic()
            slot = queue.take(self._slots)
            waited = self._clock.monotonic() - began
        if waited > _LONG:
            _log.warning("Waited %.0f s for one of the %d slots of %s.", waited, self._slots, self._name)
        try:
            yield
        finally:
            queue.give_back(slot)


class _ProcessQueue:
    """One budget as this process uses it: what it holds, and who waits."""

    def __init__(self, database: Database, connection: PinnedConnection, name: str) -> None:
        self._lock = database.lock
        self._connection = connection
        self._turnstile = f"turnstile of {name}"
        self._keys = {
            "budget": int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big", signed=True),
            "turnstile": lock_key(self._turnstile),
        }
        self._mutex = threading.Lock()
        self._line: deque[threading.Event] = deque()
        self._held: set[int] = set()
        self._released = threading.Event()

    @contextmanager
    def in_turn(self) -> Generator[None]:
        """Stand in line with the other threads of this process."""
        turn = threading.Event()
        with self._mutex:
            self._line.append(turn)
            self._line[0].set()
        try:
            turn.wait()
            yield
        finally:
            with self._mutex:
                self._line.remove(turn)
                if self._line:
                    self._line[0].set()

    def take(self, slots: int) -> int:
        """A slot that is now ours; only for the first in line."""
        self._released.clear()
        while len(self._held) >= slots:
            self._released.wait()
            self._released.clear()
        slot = self._try(_TAKE_UNLESS_SOMEBODY_WAITS, slots)
        if slot is None:
            # All processes line up here, and only the first of the line looks for a free slot.
            with self._lock(self._turnstile):
                while (slot := self._try(_TAKE, slots)) is None:
                    self._released.wait(_POLL)
                    self._released.clear()
        return slot

    def give_back(self, slot: int) -> None:
        """Free the slot for whoever is next."""
        try:
            self._connection.one(_GIVE_BACK, {**self._keys, "slot": slot})
        except DatabaseLost as error:
            # The lock went with its connection; the request that held it is done, and its answer must not be lost.
            _log.warning("A slot was freed by the loss of its connection to the database: %s", error)
        finally:
            self._held.discard(slot)
            self._released.set()

    def _try(self, statement: TextClause, slots: int) -> int | None:
        # The connection would get a lock that it already has once more, so what we hold is not asked for.
        free = [slot for slot in range(slots) if slot not in self._held]
        slot = self._connection.one(statement, {**self._keys, "free": free})[0]
        if slot is not None:
            self._held.add(slot)
        return slot


_queues: WeakKeyDictionary[Database, dict[str, _ProcessQueue]] = WeakKeyDictionary()
_queues_lock = threading.Lock()


def _queue(database: Database, name: str) -> _ProcessQueue:
    with _queues_lock:
        queues = _queues.setdefault(database, {})
        if name not in queues:
            queues[name] = _ProcessQueue(database, pinned_connection(database), name)
        return queues[name]
