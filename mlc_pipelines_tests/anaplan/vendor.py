"""A server that answers what a test tells it to, for answers that may come but no well-kept model gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.rules import RULES, describe
from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.http import HttpClient
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.serving import SandboxServer

WORKSPACE = "8a81b09d5e8c6f27015ece3402487d33"
MODEL = "75A40874E6B64FA3AE0743278996850F"
MODEL_PATH = f"/2/0/workspaces/{WORKSPACE}/models/{MODEL}"

Answer = Callable[[Request], Response | dict[str, Any]]


class TestClock:
    """Time that passes by sleeping; starts now."""

    __test__ = False

    def __init__(self) -> None:
        self._offset = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return SYSTEM_CLOCK.now() + timedelta(seconds=self._offset)

    def monotonic(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._offset += seconds


class ScriptedVendor(SandboxServer):
    """Answers by `answers[method, path below the model]`; anything else is 404."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Answer] = {}
        routes = [Route("/{path:path}", self._answer, methods=["GET", "POST", "PUT", "DELETE"])]
        super().__init__(Starlette(routes=routes), clock=sandbox_clock())

    def on(self, method: str, path: str, answer: Answer | dict[str, Any]) -> None:
        self.answers[method, path] = answer if callable(answer) else lambda _: answer

    async def _answer(self, request: Request) -> Response:
        path = request.url.path.removeprefix(MODEL_PATH)
        await request.body()
        answer = self.answers.get((request.method, path))
        if answer is None:
            return JSONResponse({"status": {"code": 404, "message": "Not Found"}}, 404)
        given = answer(request)
        return given if isinstance(given, Response) else JSONResponse(given)

    def api(self, clock: TestClock, kind: type[ModelApi] = ModelApi) -> ModelApi:
        http = HttpClient(self.url, rules=RULES, describe=describe, clock=clock)
        return kind(http, workspace_id=WORKSPACE, model_id=MODEL, clock=clock)

    def sent(self, method: str, path: str) -> int:
        """How often the client asked for that path below the model."""
        return sum(1 for line in self.log if (line.method, line.path.removeprefix(MODEL_PATH)) == (method, path))
