"""Tasks and failure dumps over HTTP (docs/vendors/anaplan.md, section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from mlc_sandbox.anaplan.routes.call import ModelCall, ModelEndpoint
from mlc_sandbox.anaplan.routes.envelope import ApiError
from mlc_sandbox.anaplan.tasks.actions import Prompt
from mlc_sandbox.anaplan.tasks.queue import Task, new_task_id

_KINDS = ("imports", "exports", "actions", "processes")


def task_endpoints() -> list[ModelEndpoint]:
    """Tasks and dumps; they answer at once while the model is busy (docs/vendors/anaplan.md, section 8)."""
    endpoints: list[ModelEndpoint] = []
    for kind in _KINDS:
        tasks = _TasksOf(kind)
        endpoints += [
            ModelEndpoint("POST", f"/{kind}/{{action_id}}/tasks", tasks.start, waits="never"),
            ModelEndpoint("GET", f"/{kind}/{{action_id}}/tasks", tasks.listing, waits="never"),
            ModelEndpoint("GET", f"/{kind}/{{action_id}}/tasks/{{task_id}}", tasks.poll, waits="never"),
            ModelEndpoint("DELETE", f"/{kind}/{{action_id}}/tasks/{{task_id}}", tasks.cancel, waits="never"),
        ]
    for kind, place in (("imports", "dump"), ("processes", "dumps/{object_id}")):
        dumps = _TasksOf(kind)
        path = f"/{kind}/{{action_id}}/tasks/{{task_id}}/{place}"
        endpoints += [
            ModelEndpoint("GET", path, dumps.whole_dump, waits="never"),
            ModelEndpoint("GET", f"{path}/chunks", dumps.dump_chunks, waits="never"),
            ModelEndpoint("GET", f"{path}/chunks/{{chunk}}", dumps.dump_chunk, waits="never"),
        ]
    return endpoints


class _TasksOf:
    """The tasks of one kind of action."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    async def start(self, call: ModelCall) -> Response:
        spec = self._entries(call).get(call.param("action_id"))
        if spec is None:
            raise ApiError(404)
        fields = await call.fields()
        if not isinstance(fields.get("localeName"), str):
            raise ApiError(400, "localeName is missing")
        prompts = _prompts(fields)
        if call.tenant.conflict_when_busy and call.model.queue.is_busy:
            raise ApiError(409)
        task = Task(
            id=new_task_id(),
            model_id=call.model.id,
            kind=self._kind,
            action_id=call.param("action_id"),
            action_name=spec.name,
            user=call.user.email,
            created_at=call.tenant.clock.now(),
            prompts=prompts,
        )
        # The answer is made first, so that it always says NOT_STARTED.
        response = call.envelope("task", task=task.summary())
        call.model.queue.submit(task)
        return response

    async def listing(self, call: ModelCall) -> Response:
        tasks = call.model.queue.of_action(self._kind, call.param("action_id"))
        return call.page("task", "tasks", [task.summary() for task in tasks])

    async def poll(self, call: ModelCall) -> Response:
        task = self._task(call)
        return call.envelope("task", task=self._body(call, task))

    async def cancel(self, call: ModelCall) -> Response:
        task = self._task(call)
        call.model.queue.cancel(task, call.user.guid)
        return call.envelope("task", task=self._body(call, task))

    async def whole_dump(self, call: ModelCall) -> Response:
        return Response(self._dump(call), media_type="text/plain")

    async def dump_chunks(self, call: ModelCall) -> Response:
        size = call.tenant.dump_chunk_bytes
        count = -(-len(self._dump(call)) // size)
        return call.page("chunk", "chunks", [{"id": str(number), "name": f"Chunk {number}"} for number in range(count)])

    async def dump_chunk(self, call: ModelCall) -> Response:
        size = call.tenant.dump_chunk_bytes
        number = int(call.param("chunk")) if call.param("chunk").isdecimal() else -1
        content = self._dump(call)[number * size : (number + 1) * size] if number >= 0 else b""
        if not content:
            raise ApiError(404)
        return Response(content, media_type="text/plain")

    def _entries(self, call: ModelCall) -> Mapping[str, Any]:
        return getattr(call.model.catalogue, self._kind)

    def _task(self, call: ModelCall) -> Task:
        task = call.model.queue.find(self._kind, call.param("action_id"), call.param("task_id"))
        if task is None:
            raise ApiError(404)
        return task

    def _body(self, call: ModelCall, task: Task) -> dict[str, Any]:
        body = task.body(call.model.queue.progress(task))
        if call.flag("includeProcessDetails") and task.started_at is not None and task.ended_at is not None:
            body["startTime"] = int(task.started_at.timestamp() * 1000)
            body["duration"] = int((task.ended_at - task.started_at).total_seconds() * 1000)
        return body

    def _dump(self, call: ModelCall) -> bytes:
        object_id = call.request.path_params.get("object_id") or call.param("action_id")
        task = self._task(call)
        content = call.model.dump(task, object_id) if task.user == call.user.email else None
        if content is None:
            raise ApiError(404)
        return content


def _prompts(fields: Mapping[str, Any]) -> list[Prompt]:
    asked = fields.get("mappingParameters", [])
    if not isinstance(asked, list):
        raise ApiError(400, "mappingParameters is not a list")
    prompts: list[Prompt] = []
    for entry in asked:
        if not isinstance(entry, dict) or not {"entityType", "entityName"} <= entry.keys():
            raise ApiError(400, "An entry of mappingParameters lacks entityType or entityName")
        prompts.append(Prompt(str(entry["entityType"]), str(entry["entityName"]), str(entry.get("importId", ""))))
    return prompts
