"""Files over HTTP (docs/vendors/anaplan.md, section 5)."""

from __future__ import annotations

from starlette.responses import Response

from mlc_sandbox.anaplan.routes.call import ModelCall, ModelEndpoint
from mlc_sandbox.anaplan.routes.envelope import ApiError

_BINARY = "application/octet-stream"
_GZIP = "application/x-gzip"


def file_endpoints() -> list[ModelEndpoint]:
    """`.../files/...`."""
    return [
        ModelEndpoint("GET", "/files", _files),
        ModelEndpoint("POST", "/files/{file_id}", _announce),
        ModelEndpoint("PUT", "/files/{file_id}", _put_whole),
        ModelEndpoint("GET", "/files/{file_id}", _content),
        ModelEndpoint("DELETE", "/files/{file_id}", _delete),
        ModelEndpoint("POST", "/files/{file_id}/complete", _complete),
        ModelEndpoint("GET", "/files/{file_id}/chunks", _chunks),
        ModelEndpoint("PUT", "/files/{file_id}/chunks/{chunk}", _put_chunk),
        ModelEndpoint("GET", "/files/{file_id}/chunks/{chunk}", _chunk),
    ]


async def _files(call: ModelCall) -> Response:
    return call.page("file", "files", call.model.files.listing(call.user.email))


async def _announce(call: ModelCall) -> Response:
    count = (await call.fields()).get("chunkCount")
    if not isinstance(count, int) or isinstance(count, bool):
        raise ApiError(400, "chunkCount is missing or not a number")
    file_id = call.model.files.announce(call.user.email, call.param("file_id"), count)
    return call.envelope("file", file=call.model.files.entry(call.user.email, file_id) | {"chunkCount": count})


async def _put_whole(call: ModelCall) -> Response:
    _content_type(call, {_BINARY})
    call.model.files.put_whole(call.user.email, call.param("file_id"), await call.request.body())
    return Response(status_code=204)


async def _put_chunk(call: ModelCall) -> Response:
    kind = _content_type(call, {_BINARY, _GZIP})
    body = await call.request.body()
    call.model.files.put(call.user.email, call.param("file_id"), _number(call), body, gzip=kind == _GZIP)
    return Response(status_code=204)


async def _complete(call: ModelCall) -> Response:
    await call.fields()
    call.model.files.complete(call.user.email, call.param("file_id"))
    return call.envelope("file", file=call.model.files.entry(call.user.email, call.param("file_id")))


async def _chunks(call: ModelCall) -> Response:
    numbers = call.model.files.chunks(call.user.email, call.param("file_id"))
    return call.page("chunk", "chunks", [{"id": str(number), "name": f"Chunk {number}"} for number in numbers])


async def _chunk(call: ModelCall) -> Response:
    content = call.model.files.chunk(call.user.email, call.param("file_id"), _number(call))
    return Response(content, media_type=_BINARY)


async def _content(call: ModelCall) -> Response:
    content = call.model.files.content(call.user.email, call.param("file_id"))
    if not content:
        raise ApiError(404)
    return Response(b"".join(content), media_type=_BINARY)


async def _delete(call: ModelCall) -> Response:
    call.model.files.delete(call.user.email, call.param("file_id"))
    return Response(status_code=204)


def _content_type(call: ModelCall, allowed: set[str]) -> str:
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in allowed or "content-encoding" in call.request.headers:
        raise ApiError(415)
    return kind


def _number(call: ModelCall) -> int:
    if not call.param("chunk").isdecimal():
        raise ApiError(404)
    return int(call.param("chunk"))
