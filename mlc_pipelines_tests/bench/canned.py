"""A server with canned answers in a process of its own: as little work per request as Python can do."""

from __future__ import annotations

import asyncio
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import httptools


class Canned(Protocol):
    """What a server answers."""

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> bytes:
        """The JSON body of a 200; called in the server's only thread."""
        ...


class CannedServer:
    """A running one, as its parent sees it."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url = url
        self._process = process

    def set_wait(self, seconds: float) -> None:
        """How long every answer takes from now on."""
        self._tell({"wait": seconds})

    def take_requests(self) -> int:
        """Requests since this was asked last."""
        return self._tell({})

    def _tell(self, order: dict[str, float]) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def canned_server(factory: type[Canned], **arguments: Any) -> Iterator[CannedServer]:
    """Serve what the factory makes of the arguments, on loopback."""
    order = json.dumps({"module": factory.__module__, "name": factory.__qualname__, "arguments": arguments})
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, order], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        yield CannedServer(process.stdout.readline().strip(), process)
    finally:
        process.terminate()
        process.wait()


class _Connection(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, server: _Server) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._url = b""
        self._body: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        url = urlsplit(self._url.decode())
        method, body = self._parser.get_method().decode(), b"".join(self._body)
        self._body = []
        content = self._server.canned.answer(method, url.path, dict(parse_qsl(url.query)), body)
        self._server.requests += 1
        if self._server.wait:
            asyncio.get_running_loop().call_later(self._server.wait, self._send, content)
        else:
            self._send(content)

    def _send(self, content: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        self._transport.writelines([head.encode(), content])


class _Server:
    def __init__(self, canned: Canned) -> None:
        self.canned = canned
        self.wait = 0.0
        self.requests = 0

    async def serve(self) -> None:
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        _tell(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
        # Orders of the parent come line by line; the end of them is the end of the server.
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            self.wait = json.loads(line).get("wait", self.wait)
            _tell(self.requests)
            self.requests = 0


def _tell(answer: object) -> None:
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()


def _main() -> None:
    order = json.loads(sys.argv[1])
    canned: Canned = getattr(importlib.import_module(order["module"]), order["name"])(**order["arguments"])
    asyncio.run(_Server(canned).serve())


if __name__ == "__main__":
    _main()
