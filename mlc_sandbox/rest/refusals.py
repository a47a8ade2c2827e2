"""A request that is answered with an error, and the boundary that turns errors into answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

_log = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]


class Refusal(Exception):
    """The request is answered with an error.

    Args:
        status: HTTP status.
        body: JSON, or text sent as it is.
        headers: further ones; the content type of a text is among them.
    """

    content_type: ClassVar[str] = "application/json; charset=utf-8"
    """Of a JSON body."""

    def __init__(self, status: int, body: Mapping[str, Any] | str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The answer."""
        if isinstance(self.body, str):
            return Response(self.body, self.status, headers=self.headers)
        body = json.dumps(self.body, ensure_ascii=False, default=str)
        return Response(body, self.status, headers={"content-type": self.content_type, **self.headers})


def html(status: int, body: str) -> Refusal:
    """A page that something before the vendor's service answers with."""
    return Refusal(status, body, {"content-type": "text/html; charset=utf-8"})


def answered(endpoint: Endpoint, failure: Callable[[Request], Response]) -> Endpoint:
    """An endpoint whose refusals are answered, and whose faults as well.

    Args:
        endpoint: may raise a `Refusal`.
        failure: the answer to a fault of the sandbox itself, which is logged: that of the vendor to its own faults.
    """

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as refusal:
            return refusal.response()
        except Exception:  # noqa: BLE001 - a fault of the sandbox itself
            _log.exception("The sandbox failed at %s %s.", request.method, request.url.path)
            return failure(request)

    return guarded
