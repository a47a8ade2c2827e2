"""Who may speak to the Dagster UI: it has no login, so no page of another site may do it through its user's browser.

Dagster's webserver takes a mutation from a form post, from an image's address and over a WebSocket of any origin. This
ASGI layer stands before it. A program that is no browser (curl, a script) sends neither `Origin` nor `Sec-Fetch-Site`
and is let through to `/graphql`; everybody has to name the right host, which a page behind a rebound DNS name can't.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class WebGuard:
    """Refuses what does not come from the UI's own pages or from a program on purpose.

    Args:
        app: the webserver.
        port: that it listens on; its loopback origins follow from it.
        origins: further origins at which people reach it through a proxy, such as `https://mlc.example.com`.
    """

    def __init__(self, app: App, *, port: int, origins: Iterable[str] = ()) -> None:
        self._app = app
        self._origins = {_as_sent(origin) for origin in (*(f"http://{host}:{port}" for host in LOOPBACK), *origins)}
        self._hosts = {urlsplit(origin).netloc for origin in self._origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one WebSocket, or the server's own start and end."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if not refused:
            await self._app(scope, receive, _unframed(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refused})
        else:
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": f"Refused: {refused}\n".encode()})

    def _refusal(self, scope: Scope) -> str:
        """Why this request is not let through; empty when it is."""
        hosts = _values(scope, b"host")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return "this UI does not answer under that host name. MLC_UI_ORIGINS names those of a proxy."
        origins = _values(scope, b"origin")
        if not self._origins.issuperset(origins):
            return "the request comes from a page of another origin."
        if not set(_values(scope, b"sec-fetch-site")) <= {"same-origin", "none"} and not _is_link(scope):
            return "the request comes from a page of another site."
        if scope["type"] == "http":
            return _http_refusal(scope, same_origin=bool(origins))
        return ""


def _http_refusal(scope: Scope, *, same_origin: bool) -> str:
    if scope["method"] in {"GET", "HEAD"}:
        if scope["path"].startswith("/graphql") and scope["query_string"]:
            return "a GraphQL operation is sent by POST as application/json, not in the address."
        return ""
    # A page of another site may post a form, a text or nothing, but JSON only after a preflight that is never granted.
    # The type itself counts: "text/plain; application/json" is a text.
    types = [value.partition(";")[0].strip() for value in _values(scope, b"content-type")]
    if scope["method"] != "POST" or types != ["application/json"]:
        return "what is no GET has to be a POST as application/json."
    if scope["path"].startswith("/report_") and (scope["query_string"] or not same_origin):
        return "an event that no run made is taken from the body only, and with this UI's own address as Origin."
    return ""


def _is_link(scope: Scope) -> bool:
    """Whether a person followed a link: a page opened at the top of a window, which changes nothing."""
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and _values(scope, b"sec-fetch-mode") == ["navigate"]
        and _values(scope, b"sec-fetch-dest") == ["document"]
    )


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1").strip().lower() for key, value in scope["headers"] if key == name]


def _as_sent(origin: str) -> str:
    """An origin as browsers write it: lower case, without the port that its scheme has anyhow."""
    parts = urlsplit(origin.lower())
    return f"{parts.scheme}://{parts.netloc.removesuffix(_DEFAULT_PORTS[parts.scheme])}"


def _unframed(send: Send) -> Send:
    """Answers that no other site may show in a frame of its own, where a click would be led astray."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"x-frame-options", b"SAMEORIGIN")]
        await send(message)

    return sent
