"""The envelope around answers, paging and errors (docs/vendors/anaplan.md, section 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from mlc_sandbox.rest.requests import origin

_SUCCESS: Mapping[str, Any] = {"code": 200, "message": "Success"}
_MESSAGES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Model or object busy, conflicting action",
    415: "Unsupported Media Type",
    422: "Model Archived",
    423: "Model Locked",
    424: "Model Offline",
    425: "Model Deployed",
    429: "Too Many Requests",
}


class ApiError(Exception):
    """An error answer of the Integration API."""

    def __init__(self, status: int, message: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message or _MESSAGES[status])
        self.status = status
        self.message = message or _MESSAGES[status]
        self.headers = headers


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer in UTF-8."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status, headers, media_type="application/json")


def error_response(request: Request, error: ApiError) -> Response:
    """The error envelope."""
    body = {
        "status": {"code": error.status, "message": error.message},
        "path": request.url.path,
        "timestamp": request.app.state.now().strftime("%Y-%m-%dT%H:%M:%S.%f000Z"),
    }
    return json_response(body, error.status, error.headers)


def schema_url(request: Request, kind: str, model_id: str = "") -> str:
    """`meta.schema`."""
    place = f"models/{model_id}/" if model_id else ""
    return f"{origin(request)}/2/0/{place}objects/{kind}"


def envelope(request: Request, kind: str, payload: Mapping[str, Any], *, model_id: str = "") -> dict[str, Any]:
    """An answer that is not a page of a list."""
    return {"meta": {"schema": schema_url(request, kind, model_id)}, "status": _SUCCESS, **payload}


def page(
    request: Request,
    kind: str,
    key: str,
    entries: Sequence[Mapping[str, Any]],
    *,
    model_id: str = "",
    cap: int = 5000,
    strict_sort: bool = False,
) -> dict[str, Any]:
    """One page of a list, sorted as asked; an empty list omits its key.

    Args:
        request: with `offset`, `limit` and `sort`.
        kind: for `meta.schema`.
        key: of the list in the body.
        entries: the whole list.
        model_id: for `meta.schema`.
        cap: the longest page.
        strict_sort: refuse a `sort` without a sign or of an unknown field, instead of ignoring it.

    Raises:
        ApiError: 400 for parameters that can't be used.
    """
    offset = _whole(request, "offset", 0, least=0)
    limit = min(_whole(request, "limit", cap, least=1), cap)
    ordered = _sorted(request, entries, strict=strict_sort)
    part = ordered[offset : offset + limit]
    paging: dict[str, Any] = {"currentPageSize": len(part), "totalSize": len(ordered), "offset": offset}
    if offset + len(part) < len(ordered):
        paging["next"] = _page_url(request, offset + limit, limit)
    if offset > 0:
        paging["previous"] = _page_url(request, max(offset - limit, 0), limit)
    body: dict[str, Any] = {
        "meta": {"schema": schema_url(request, kind, model_id), "paging": paging},
        "status": _SUCCESS,
    }
    if part:
        body[key] = part
    return body


def _sorted(request: Request, entries: Sequence[Mapping[str, Any]], *, strict: bool) -> Sequence[Mapping[str, Any]]:
    asked = request.query_params.get("sort")
    if asked is None:
        return entries
    sign, name = asked[:1], asked[1:]
    if sign not in {"+", "-"} or not entries or name not in entries[0]:
        if strict and (entries or sign not in {"+", "-"}):
            raise ApiError(400, f"Invalid sort parameter: {asked}")
        return entries
    return sorted(entries, key=lambda entry: entry.get(name, ""), reverse=sign == "-")


def _whole(request: Request, name: str, default: int, *, least: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) < least:
        raise ApiError(400, f"Invalid {name}: {text}")
    return int(text)


def _page_url(request: Request, offset: int, limit: int) -> str:
    others = {name: value for name, value in request.query_params.items() if name not in {"offset", "limit"}}
    return f"{origin(request)}{request.url.path}?" + urlencode({**others, "limit": limit, "offset": offset})
