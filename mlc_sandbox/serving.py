"""What every sandbox server shares: a server thread, a log of requests, and faults on demand.

A vendor's sandbox subclasses `SandboxServer` and hands its ASGI app to it. Everything here is at the level of HTTP; no
vendor occurs.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from types import TracebackType
from typing import Any, Self

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.faults import (
    Action,
    Fault,
    Faults,
    answer,
    delay,
    drop_answer,
    first,
    reset_before,
    rewrite,
    truncate,
    worded,
)
from mlc_sandbox.recording import ASGIApp, LoggedRequest, Recorder

__all__ = [
    "Action",
    "Fault",
    "Faults",
    "LoggedRequest",
    "SandboxServer",
    "answer",
    "delay",
    "drop_answer",
    "first",
    "reset_before",
    "rewrite",
    "truncate",
    "worded",
]


class SandboxServer:
    """An ASGI app served on loopback from a daemon thread.

    Usable as a context manager. A stopped server may be started again; it keeps its port.

    Attributes:
        clock: the time that the app lives by.
        log: every request in order of arrival; its answer's status is filled in later.
        faults: what to break, see `Fault`.
    """

    def __init__(self, app: ASGIApp, *, clock: SandboxClock, port: int = 0) -> None:
        """Prepare the server without listening yet.

        Args:
            app: the ASGI app (for instance a Starlette app).
            clock: shared with the app.
            port: where to listen; 0 takes any free port.
        """
        self.clock = clock
        self.log: list[LoggedRequest] = []
        self.faults = Faults()
        self._app = Recorder(app, log=self.log, faults=self.faults, now=self.clock.now)
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash.

        Raises:
            RuntimeError: the server was never started, so it has no port yet.
        """
        if not self._port:
            raise RuntimeError("The sandbox has no address before start().")
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen, and return as soon as requests are answered."""
        if self._thread is not None:
            return
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        # Connections made from here on wait in the backlog, so there is no need to wait for the thread.
        listener.listen(512)
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            http=_FaultableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,  # the recorder gives the sandbox's date
            timeout_keep_alive=60,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name=f"{type(self).__name__}:{self._port}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and cut whatever is still open."""
        if self._thread is None or self._server is None:
            return
        self._server.stop()
        self._thread.join(timeout=10)
        self._thread = None
        self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(uvicorn.Server):
    """A server that stops at once: uvicorn's own is polite and takes a fifth of a second, which a test suite feels."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    def stop(self) -> None:
        """Let the server's thread end; called from another thread."""
        self.should_exit = True
        if self._loop is not None and self._stopping is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def main_loop(self) -> None:
        self._stopping = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in [*self.servers, *(sockets or [])]:
            listener.close()
        for connection in list(self.server_state.connections):
            if isinstance(connection, HttpToolsProtocol):
                connection.transport.abort()
        # One turn of the loop lets the connections go.
        await asyncio.sleep(0)


class _FaultableProtocol(HttpToolsProtocol):
    """Lets the recorder reach the connection itself, which ASGI hides."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # pyright: ignore[reportAssignmentType]
        scope["sandbox.transport"] = self.transport
