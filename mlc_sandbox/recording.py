"""The layer around a sandbox's app that logs each request and plays the faults."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from mlc_sandbox.faults import Action, Faults

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_BODY_KEPT = 64 * 1024


@dataclass
class LoggedRequest:
    """One request as it arrived.

    Attributes:
        method: HTTP method.
        path: path, percent-decoded.
        query: query parameters; the last one wins when a name is repeated.
        status: of the answer, also of one that a fault kept from the client; None while there is none.
        at: arrival, by the sandbox's clock.
        headers: lower-case names; `authorization` keeps only its scheme.
        body_bytes: length of the body.
        body: its first 64 KB.
    """

    method: str
    path: str
    query: dict[str, str]
    status: int | None
    at: datetime
    headers: dict[str, str]
    body_bytes: int = 0
    body: bytes = b""


class Recorder:
    """ASGI app around another one."""

    def __init__(self, app: ASGIApp, *, log: list[LoggedRequest], faults: Faults, now: Callable[[], datetime]) -> None:
        self._app = app
        self._log = log
        self._faults = faults
        self._now = now

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        entry = LoggedRequest(
            method=scope["method"],
            path=scope["path"],
            query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            status=None,
            at=self._now(),
            headers=_kept_headers(scope["headers"]),
        )
        self._log.append(entry)
        recorded_receive = _recording_receive(entry, receive)

        async def recorded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
                date = format_datetime(self._now(), usegmt=True).encode()
                message["headers"] = [*message.get("headers", []), (b"date", date)]
            await send(message)

        action = self._faults.take(entry.method, entry.path, scope["query_string"].decode("latin-1"))
        if action is None:
            await self._app(scope, recorded_receive, recorded_send)
        elif action.kind in {"delay", "first"}:
            await asyncio.sleep(action.seconds)
            await asyncio.to_thread(action.call)
            await self._app(scope, recorded_receive, recorded_send)
        else:
            await self._play(action, entry, scope, recorded_receive, recorded_send)

    async def _play(
        self, action: Action, entry: LoggedRequest, scope: MutableMapping[str, Any], receive: Receive, send: Send
    ) -> None:
        transport: asyncio.Transport = scope["sandbox.transport"]
        if action.kind in {"answer", "reset_before"}:
            # The body is read to its end first: a client that is still writing would see a broken pipe, by chance.
            while (message := await receive())["type"] == "http.request" and message.get("more_body"):
                pass
        if action.kind == "answer":
            await _send_whole(send, action.status, dict(action.headers), action.body)
            return
        if action.kind == "reset_before":
            _reset(transport)
            await _until_closed(receive)
            return
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._app(scope, receive, keep)
        entry.status = kept[0]["status"]
        if action.kind == "rewrite":
            await _send_changed(send, kept, action.change)
            return
        if action.kind == "truncate":
            await _send_half(send, kept)
        transport.close()
        await _until_closed(receive)


def _kept_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}
    if "authorization" in headers:
        headers["authorization"] = headers["authorization"].split(" ", 1)[0]
    return headers


def _recording_receive(entry: LoggedRequest, receive: Receive) -> Receive:
    async def recorded() -> Message:
        message = await receive()
        part: bytes = message.get("body", b"")
        if part:
            if len(entry.body) < _BODY_KEPT:
                entry.body += part[: _BODY_KEPT - len(entry.body)]
            entry.body_bytes += len(part)
        return message

    return recorded


async def _send_whole(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    if status not in {204, 304}:
        headers.setdefault("content-length", str(len(body)))
    await send({"type": "http.response.start", "status": status, "headers": _raw(headers)})
    await send({"type": "http.response.body", "body": body})


async def _send_half(send: Send, kept: list[Message]) -> None:
    body = _body(kept)
    await _send_head(send, kept, len(body))
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


async def _send_changed(send: Send, kept: list[Message], change: Callable[[bytes], bytes]) -> None:
    body = change(_body(kept))
    await _send_head(send, kept, len(body))
    await send({"type": "http.response.body", "body": body})


def _body(kept: list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in kept[1:])


async def _send_head(send: Send, kept: list[Message], length: int) -> None:
    headers = [pair for pair in kept[0].get("headers", []) if pair[0].lower() != b"content-length"]
    headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": kept[0]["status"], "headers": headers})


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def _reset(transport: asyncio.Transport) -> None:
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is not None:
        # Linger of zero seconds makes the kernel send RST instead of FIN.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _until_closed(receive: Receive) -> None:
    # Returning earlier would make uvicorn answer 500 for an app that sent nothing.
    while (await receive())["type"] != "http.disconnect":
        pass
