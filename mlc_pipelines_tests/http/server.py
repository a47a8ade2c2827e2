"""A server on loopback that does exactly what a test tells it, byte by byte."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self


@dataclass
class Received:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


Behaviour = Callable[[socket.socket, Received], bool]
"""Answers one request; returns whether the connection stays open."""


def answer(status: int = 200, body: bytes | str = b"{}", **headers: str) -> Behaviour:
    """A proper answer; `retry_after="3"` makes the header `retry-after: 3`."""

    def behave(connection: socket.socket, received: Received) -> bool:
        del received
        connection.sendall(_message(status, body, headers))
        return True

    return behave


def truncated(body: bytes = b"x" * 1000, *, keep: int = 100, chunked: bool = False) -> Behaviour:
    """A whole head and the beginning of the body, then the end of the connection."""

    def behave(connection: socket.socket, received: Received) -> bool:
        del received
        if chunked:
            head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
            connection.sendall(head + b"%x\r\n" % keep + body[:keep] + b"\r\n")
        else:
            connection.sendall(_message(200, body, {})[: keep - len(body)])
        return False

    return behave


def reset(connection: socket.socket, received: Received) -> bool:
    """The request is read, then the connection is reset without an answer."""
    del received
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def reset_in_body(connection: socket.socket, received: Received) -> bool:
    """The connection is reset in the middle of the body."""
    connection.sendall(_message(200, b"x" * 1000, {})[:-500])
    return reset(connection, received)


def hang_up(connection: socket.socket, received: Received) -> bool:
    """The connection is closed without an answer."""
    del connection, received
    return False


def garbage(connection: socket.socket, received: Received) -> bool:
    """Something that is not HTTP."""
    del received
    connection.sendall(b"\x00\x01this is not HTTP\r\n\r\n")
    return False


def silence(until: threading.Event) -> Behaviour:
    """No answer before `until` is set."""

    def behave(connection: socket.socket, received: Received) -> bool:
        del connection, received
        until.wait(30)
        return False

    return behave


def broken_gzip(connection: socket.socket, received: Received) -> bool:
    """A body that says gzip and is none."""
    del received
    connection.sendall(_message(200, b"not gzip at all", {"content_encoding": "gzip"}))
    return True


def _message(status: int, body: bytes | str, headers: dict[str, str]) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase if status in set(HTTPStatus) else 'Odd'}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"content-length: {len(content)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@dataclass
class Server:
    """Answers each request with the next behaviour of the script, and with `otherwise` when it is used up."""

    script: deque[Behaviour] = field(default_factory=deque)
    otherwise: Behaviour = field(default_factory=answer)
    received: list[Received] = field(default_factory=list)
    tls: ssl.SSLContext | None = None

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def plays(self, *behaviours: Behaviour) -> None:
        """Have the next requests answered like that."""
        self.script.extend(behaviours)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as stream:
                while received := _read(stream):
                    with self._lock:
                        self.received.append(received)
                        behave = self.script.popleft() if self.script else self.otherwise
                    if not behave(connection, received):
                        return
        except OSError:
            return


def _read(stream) -> Received | None:
    first = stream.readline().decode("latin-1").split()
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    while (line := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return Received(first[0], first[1], headers, body)
