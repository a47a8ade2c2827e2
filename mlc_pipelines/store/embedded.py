"""The embedded PostgreSQL server: started for the first process that needs it, stopped after the last.

Who uses it is known to the kernel: each process holds a shared lock on one file, and a lock ends with its holder, also
by `kill -9`. Above the server stands a small process, its keeper, that waits until nobody holds that lock. The server
in its turn holds a lock on a file of its own, so that none is started beside one whose number can't be seen.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from mlc_pipelines.errors import ConfigurationError, Unavailable
from mlc_pipelines.store.postgres import Cluster

PATIENCE = 60.0
"""Seconds that a server is waited for which is starting, or which another process is starting or stopping just now."""
_PAUSE = 0.02
_OPEN = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC

_joined: dict[Path, EmbeddedServer] = {}
_joining = Lock()


def start_embedded(directory: Path) -> str:
    """Start (or join) the server whose files are in `directory`.

    It stops when the last process that joined it has ended, however it ended.

    Returns:
        Its URL, `postgresql://...`; good for this account and for root.

    Raises:
        ConfigurationError: the folder can't be used.
        Unavailable: it did not start.
    """
    directory = directory.absolute()
    try:
        # A folder that is made here is private; one that exists is its owner's affair, and so are those above it.
        directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory = directory.resolve()
        with _joining:
            server = _joined.setdefault(directory, EmbeddedServer(directory))
            return server.join()
    except OSError as error:
        raise ConfigurationError(
            f"The embedded PostgreSQL can't work in {directory}: {error.strerror or error}.",
            hint="Set MLC_HOME to a folder of your own, or MLC_DATABASE_URL to a server.",
        ) from error


def in_use(directory: Path) -> bool:
    """Whether any process uses the server of that folder."""
    users = _lock_file(directory.absolute(), "users")
    if not users.exists():
        return False
    with _closing(os.open(users, _OPEN)) as descriptor:
        return not _flock(descriptor, fcntl.LOCK_EX, patience=0)


class EmbeddedServer:
    """One process's share in the server of a folder."""

    def __init__(self, directory: Path) -> None:
        self._cluster = Cluster(directory)
        self._directory = directory
        self._seat: int | None = None

    def join(self) -> str:
        """Become one of its users; start it when it does not run."""
        with self._turn():
            if self._seat is None:
                self._seat = self._take_seat()
                atexit.register(self.leave)
            if not self._cluster.process():
                self._start()
            self._wait_until_ready()
            return self._cluster.url

    def leave(self) -> None:
        """Stop it unless others use it; when this returns it is stopped."""
        if self._seat is None or not self._directory.exists():
            return
        with self._turn():
            os.close(self._seat)
            self._seat = None
            with self._locked("users", fcntl.LOCK_EX, patience=0) as last:
                if last:
                    self._cluster.stop()
            if not last:
                # At once when others use it. Else its keeper was faster than we, and is stopping it just now.
                with self._locked("users", fcntl.LOCK_SH):
                    pass

    def keep(self) -> None:
        """Run it until it has no user any more; the caller is the process above it."""
        lock = os.open(self._directory / "PG_VERSION", _OPEN)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fork():
            os._exit(0)  # whoever asked for it has no child to wait for
        os.setsid()
        os.chdir("/")
        self._cluster.run(lock, lambda server: Thread(target=self._end, args=(server,), daemon=True).start())

    def _end(self, server: subprocess.Popen[Any]) -> None:
        """Stop it as soon as it has no user."""
        with self._locked("users", fcntl.LOCK_EX, patience=None):
            self._cluster.stop()
            server.send_signal(signal.SIGINT)  # when its files were removed under it

    def _take_seat(self) -> int:
        seat = self._open_lock("users")
        if _flock(seat, fcntl.LOCK_EX, patience=0):
            self._cluster.stop()  # a stray: its users were killed, and its keeper too
        if not _flock(seat, fcntl.LOCK_SH, patience=PATIENCE):
            os.close(seat)
            raise Unavailable(f"The embedded PostgreSQL in {self._directory} is being stopped, and does not end.")
        return seat

    def _start(self) -> None:
        self._cluster.create()
        with self._server_lock(PATIENCE) as free:
            if not free:
                raise Unavailable(
                    f"A PostgreSQL that can't be seen from here uses {self._directory}.",
                    hint="It may run in another container or under another user. Stop it, or set MLC_DATABASE_URL.",
                )
            self._cluster.forget_crashed()
        subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "mlc_pipelines.store.keeper", str(self._directory)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._cluster.ready():
            with self._server_lock(0) as ended:
                if ended or time.monotonic() > deadline:
                    raise Unavailable(
                        f"The embedded PostgreSQL in {self._directory} did not start: {self._cluster.last_words()}",
                        hint=f"More of its own words are in {self._cluster.log}.",
                    )
            time.sleep(_PAUSE)

    @contextmanager
    def _turn(self) -> Generator[None]:
        """Processes start, join and leave one after the other."""
        with self._locked("lock", fcntl.LOCK_EX) as held:
            if not held:
                raise Unavailable(f"Another process has been starting the PostgreSQL in {self._directory} for long.")
            yield

    @contextmanager
    def _locked(self, name: str, how: int, patience: float | None = PATIENCE) -> Generator[bool]:
        with _closing(self._open_lock(name)) as descriptor:
            yield _flock(descriptor, how, patience)

    @contextmanager
    def _server_lock(self, patience: float) -> Generator[bool]:
        with _closing(os.open(self._directory / "PG_VERSION", _OPEN)) as descriptor:
            yield _flock(descriptor, fcntl.LOCK_EX, patience)

    def _open_lock(self, name: str) -> int:
        home = self._directory.parent
        descriptor = os.open(_lock_file(self._directory, name), _OPEN | os.O_CREAT, 0o600)
        if os.geteuid() == 0:  # root in somebody's home: its owner is to come in again
            os.fchown(descriptor, home.stat().st_uid, -1)
        return descriptor


def _lock_file(directory: Path, name: str) -> Path:
    return directory.parent / f".{directory.name}.{name}"


@contextmanager
def _closing(descriptor: int) -> Generator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _flock(descriptor: int, how: int, patience: float | None) -> bool:
    """Whether the lock was got within that many seconds; None waits for ever."""
    if patience is None:
        fcntl.flock(descriptor, how)
        return True
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE)
        else:
            return True
