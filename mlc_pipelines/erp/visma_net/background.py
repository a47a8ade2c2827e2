"""Calls that take Visma.net longer than it lets anybody wait: begun in the background, fetched when they are done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mlc_pipelines.clock import Clock
from mlc_pipelines.erp.visma_net.json_object import answered, members
from mlc_pipelines.errors import BadRequest, DataError, Forbidden, MlcError, PermanentError, RateLimited, Unavailable
from mlc_pipelines.http import HttpClient, path_part
from mlc_pipelines.redaction import redact

_HEADERS = {"erp-api-background": "none"}
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 30.0
_DEADLINE = 3600.0
_READABLE = 500
_OTHER = "Look what answers at base_url: a proxy, or another version of the API?"
_ERRORS: Mapping[int, type[MlcError]] = {400: BadRequest, 403: Forbidden, 429: RateLimited}


class Background:
    """The background API (docs/vendors/visma_net.md, section 9).

    Args:
        http: of the company.
        clock: waits go through it.
    """

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    def get(self, path: str, params: Mapping[str, str]) -> bytes | None:
        """The body of that GET; None when nothing was found.

        Raises:
            BadRequest, Forbidden, RateLimited, PermanentError: Visma.net finished it with an error.
            DataError: what is said of its state is no state.
            Unavailable: it failed there, or was not done within an hour.
        """
        begun = self._http.request("GET", path, params=params, headers=_HEADERS, accept=(404,))
        if begun.status_code != 202:
            return begun.content if begun.is_success else None
        told = members(begun.content)
        said = told.get("statelocation") or begun.headers.get("location")
        if not (said or told.get("id")):
            raise DataError(f"GET {path} was begun in the background, but Visma.net doesn't say where.", hint=_OTHER)
        location = own_path(str(said or f"/v1/background/{path_part(told['id'])}"))
        state = self._ended(path, location)
        failed, code = _failed(state), _code(state)
        if code == 404 and not failed:
            return None
        well = 200 <= code < 300 and not failed
        where = own_path(str(state.get("contentlocation") or f"{location}/content"))
        content = self._http.request("GET", where, accept=() if well else range(400, 600)).content
        if well:
            return content
        error = Unavailable if failed or code >= 500 else _ERRORS.get(code, PermanentError)
        reason = state.get("errormessage") or content[:_READABLE].decode(errors="replace") or "no reason given"
        raise error(
            f"GET {path} ended in the background as {state['status']} with status {code}: {redact(str(reason))}.",
            request_id=str(state.get("id", "")),
        )

    def _ended(self, path: str, location: str) -> Mapping[str, Any]:
        until = self._clock.monotonic() + _DEADLINE
        pause, state = _FIRST_PAUSE, dict[str, Any]()
        while self._clock.monotonic() < until:
            state = answered(self._http.request("GET", location))
            state.needed("status")
            # Names of states are not all known; and Finished means only that it came to an end, the code to which.
            if _failed(state) or (_status(state) == "finished" and _code(state)):
                return state
            self._clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        raise Unavailable(
            f"GET {path} was not done in the background within {_DEADLINE:.0f} s: {location} says {_status(state)!r}.",
            hint="Try again at a quieter time, or lower page_size.",
        )


def own_path(location: str) -> str:
    """The path of a location that may name another host, or a path as it once was.

    See docs/vendors/visma_net.md, section 1.

    Raises:
        PermanentError: it is no address of the API.
    """
    parts = urlsplit(location)
    found = re.search(r"/v\d+/.*", parts.path, re.IGNORECASE)
    if not found:
        raise PermanentError(f"Visma.net answered with the location {location[:200]!r}, which is none of its API.")
    return found[0] + (f"?{parts.query}" if parts.query else "")


def _status(state: Mapping[str, Any]) -> str:
    return str(state.get("status")).lower()


def _failed(state: Mapping[str, Any]) -> bool:
    return _status(state) == "failed"


def _code(state: Mapping[str, Any]) -> int:
    code = str(state.get("statuscode") or 0)
    return int(code) if code.isdecimal() and len(code) < 6 else 0
