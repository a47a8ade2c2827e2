"""Read requests: views and lists of more than a million, page by page (docs/vendors/anaplan.md, section 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from starlette.responses import Response

from mlc_sandbox.anaplan.contents.render import export_table, render_grid, to_csv
from mlc_sandbox.anaplan.routes.call import ModelCall, ModelEndpoint
from mlc_sandbox.anaplan.routes.envelope import ApiError
from mlc_sandbox.anaplan.routes.lists import members_of_pages
from mlc_sandbox.anaplan.spec.actions import ExportSpec
from mlc_sandbox.anaplan.tasks.queue import new_task_id

_KEPT_UNUSED = timedelta(minutes=30)
_SETS_CLOCK_BACK = 100
"""Only pages whose number this divides count as use."""


@dataclass
class _ReadRequest:
    of: Literal["view", "list"]
    of_id: str
    pages: list[bytes]
    ready_at: datetime
    used_at: datetime
    state: Literal["IN_PROGRESS", "CANCELLED"] = "IN_PROGRESS"


class ReadRequests:
    """The read requests of a tenant. The first page begins with the header; the others have rows only."""

    def __init__(self) -> None:
        self._requests: dict[str, _ReadRequest] = {}

    def endpoints(self) -> list[ModelEndpoint]:
        """`.../views/{v}/readRequests/...`, and the same of lists."""
        one = "/readRequests/{request_id}"
        return [
            ModelEndpoint("POST", "/views/{view_id}/readRequests", self._start),
            ModelEndpoint("POST", "/lists/{list_id}/readRequests", self._start_list),
            *(
                endpoint
                for place in ("/views/{view_id}", "/lists/{list_id}")
                for endpoint in (
                    ModelEndpoint("GET", place + one, self._poll),
                    ModelEndpoint("DELETE", place + one, self._delete),
                    ModelEndpoint("GET", place + one + "/pages/{page}", self._page),
                )
            ),
        ]

    async def _start(self, call: ModelCall) -> Response:
        entry = call.model.catalogue.views.get(call.param("view_id"))
        if entry is None:
            raise ApiError(404)
        kind = (await call.fields()).get("exportType")
        size = call.tenant.read_page_rows
        if kind in {"TABULAR_MULTI_COLUMN", "TABULAR_SINGLE_ITEMS", "TABULAR_SINGLE_COLUMN"}:
            layout = "TABULAR_MULTI_COLUMN" if kind == "TABULAR_MULTI_COLUMN" else "TABULAR_SINGLE_COLUMN"
            table = export_table(call.model.state, ExportSpec(entry.view.name, entry.module, layout))
            starts = range(0, max(table.num_rows, 1), size)
            pages = [to_csv(table.slice(start, size), header=start == 0) for start in starts]
        elif kind == "GRID_ALL_PAGES":
            pages = [render_grid(call.model.state, entry.module, entry.view, {}).csv()]
        else:
            raise ApiError(400, f"Unknown exportType {kind!r}")
        return self._begin(call, "view", pages)

    async def _start_list(self, call: ModelCall) -> Response:
        header, *rows = [f"{line}\n" for line in members_of_pages(call).split("\n")[:-1]]
        size = call.tenant.read_page_rows
        pages = ["".join(rows[start : start + size]) for start in range(0, max(len(rows), 1), size)]
        pages[0] = header + pages[0]
        return self._begin(call, "list", [page.encode() for page in pages])

    def _begin(self, call: ModelCall, of: Literal["view", "list"], pages: list[bytes]) -> Response:
        now = call.tenant.clock.now()
        request_id = new_task_id()
        ready_at = now + timedelta(seconds=call.tenant.task_seconds)
        self._requests[request_id] = _ReadRequest(of, call.param(f"{of}_id"), pages, ready_at, now)
        return self._answer(call, request_id)

    async def _poll(self, call: ModelCall) -> Response:
        self._find(call)
        return self._answer(call, call.param("request_id"))

    async def _delete(self, call: ModelCall) -> Response:
        self._find(call).state = "CANCELLED"
        response = self._answer(call, call.param("request_id"))
        del self._requests[call.param("request_id")]
        return response

    async def _page(self, call: ModelCall) -> Response:
        request = self._find(call)
        number = int(call.param("page")) if call.param("page").isdecimal() else -1
        if call.tenant.clock.now() < request.ready_at or not 0 <= number < len(request.pages):
            raise ApiError(404)
        if number % _SETS_CLOCK_BACK == 0:
            request.used_at = call.tenant.clock.now()
        return Response(request.pages[number], media_type="text/csv")

    def _find(self, call: ModelCall) -> _ReadRequest:
        request = self._requests.get(call.param("request_id"))
        now = call.tenant.clock.now()
        if (
            request is None
            or request.of_id != call.request.path_params.get(f"{request.of}_id")
            or now - max(request.used_at, request.ready_at) > _KEPT_UNUSED
        ):
            raise ApiError(404)
        return request

    def _answer(self, call: ModelCall, request_id: str) -> Response:
        request = self._requests[request_id]
        done = request.state == "IN_PROGRESS" and call.tenant.clock.now() >= request.ready_at
        url = call.request.url
        place = url.path.partition("/readRequests")[0]
        body: dict[str, Any] = {
            "requestId": request_id,
            f"{request.of}Id": request.of_id,
            "requestState": "COMPLETE" if done else request.state,
            "url": f"{url.scheme}://{url.netloc}{place}/readRequests/{request_id}",
            "availablePages": len(request.pages) if done else 0,
            "successful": done,
        }
        return call.envelope(f"{request.of}ReadRequest", **{f"{request.of}ReadRequest": body})
