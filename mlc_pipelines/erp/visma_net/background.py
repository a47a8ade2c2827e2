"""Calls that take Visma.net longer than it lets anybody wait: begun in the background, fetched when they are done."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import BadRequest, Forbidden, MlcError, PermanentError, Unavailable
from mlc_pipelines.http import HttpClient
from mlc_pipelines.redaction import redact

_HEADERS = {"erp-api-background": "none"}
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 30.0
_DEADLINE = 3600.0
_READABLE = 500
_ERRORS: Mapping[int, type[MlcError]] = {400: BadRequest, 403: Forbidden}


class Background:
    """The background API (contract visma.md, section 9).

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
            BadRequest, Forbidden, PermanentError: Visma.net finished it with an error.
            Unavailable: it failed there, or was not done within an hour.
        """
        begun = self._http.request("GET", path, params=params, headers=_HEADERS)
        if begun.status_code != 202:
            return begun.content
        location = own_path(json.loads(begun.content)["stateLocation"])
        state = self._ended(path, location)
        # Finished means only that it came to an end: the status code says to which.
        code = int(state.get("statusCode") or 0)
        well = state["status"] == "Finished" and 200 <= code < 300
        if state["status"] == "Finished" and code == 404:
            return None
        where = own_path(state.get("contentLocation") or f"{location}/content")
        content = self._http.request("GET", where, accept=() if well else range(400, 600)).content
        if well:
            return content
        error = Unavailable if state["status"] == "Failed" or code >= 500 else _ERRORS.get(code, PermanentError)
        reason = state.get("errorMessage") or content[:_READABLE].decode(errors="replace") or "no reason given"
        raise error(
            f"GET {path} ended in the background as {state['status']} with status {code}: {redact(reason)}.",
            request_id=str(state.get("id", "")),
        )

    def _ended(self, path: str, location: str) -> Mapping[str, Any]:
        until = self._clock.monotonic() + _DEADLINE
        pause = _FIRST_PAUSE
        while self._clock.monotonic() < until:
            state = json.loads(self._http.request("GET", location).content)
            if state["status"] in {"Finished", "Failed"}:
                return state
            self._clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        raise Unavailable(
            f"GET {path} was not done in the background within {_DEADLINE:.0f} s ({location}).",
            hint="Try again at a quieter time, or lower page_size.",
        )


def own_path(location: str) -> str:
    """The path of a location that may name another host, or a path as it once was (contract visma.md, section 1).

    Raises:
        PermanentError: it is no address of the API.
    """
    parts = urlsplit(location)
    found = re.search(r"/v\d+/.*", parts.path)
    if not found:
        raise PermanentError(f"Visma.net answered with the location {location[:200]!r}, which is none of its API.")
    return found[0] + (f"?{parts.query}" if parts.query else "")
