"""Where messages arrive, over real HTTP; and where none do."""

from __future__ import annotations

import socket
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.serving import SandboxServer


class Place(SandboxServer):
    """Where messages arrive."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.status = 200
        super().__init__(Starlette(routes=[Route("/{path:path}", self._take, methods=["POST"])]), clock=sandbox_clock())

    async def _take(self, request: Request) -> Response:
        if self.status == 200:
            self.told.append(await request.json())
        return Response(status_code=self.status)

    @property
    def target(self) -> str:
        return self.url.replace("http://", "json://") + "/"

    def messages(self) -> list[tuple[str, str]]:
        """Title and text of what arrived since the last look."""
        found = [(each["title"], each["message"]) for each in self.told]
        self.told.clear()
        return found


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
