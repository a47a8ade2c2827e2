"""The background API: a GET that is answered later (docs/vendors/visma_net.md, section 9)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mlc_sandbox.visma_net.refusals import bad_request, not_found
from mlc_sandbox.visma_net.switches import Switches

HEADER = "erp-api-background"
_NOTIFIED = re.compile(r"none|subscription(\[.*\])?", re.IGNORECASE)
_KEPT = timedelta(hours=24)
_FORCED = '{"message":"The request could not be processed."}'


@dataclass
class _Request:
    uri: str
    status: int
    body: str
    received: datetime
    polls_left: int


class Background:
    """Requests that were accepted, with the answers that they will have."""

    def __init__(self, switches: Switches, *, now: Callable[[], datetime]) -> None:
        self._switches = switches
        self._now = now
        self._requests: dict[str, _Request] = {}

    def accept(self, header: str, uri: str, status: int, body: str) -> str:
        """Keep an answer for later, and give the request's id.

        Raises:
            Refusal: 400 for an address to call back; those have ended.
        """
        if not _NOTIFIED.fullmatch(header):
            raise bad_request(f"The value '{header}' is not valid for {HEADER}.")
        forced = self._switches.background_status
        request = _Request(
            uri, forced or status, _FORCED if forced else body, self._now(), self._switches.background_polls
        )
        number = str(uuid.uuid4())
        self._requests[number] = request
        return number

    def state(self, number: str, host: str) -> dict[str, Any]:
        """BackgroundRequestStateDto. `Finished` says nothing about success: `statusCode` does.

        Raises:
            Refusal: 404.
        """
        request = self._find(number)
        done = request.polls_left <= 0
        request.polls_left -= 1
        received = _utc(request.received)
        return {
            "id": number,
            "status": "Finished" if done else "Started",
            "statusCode": request.status if done else 0,
            "receivedUtc": received,
            "startedUtc": received,
            "finishedUtc": _utc(self._now()) if done else None,
            "webhookAddress": None,
            "errorMessage": None,
            "reference": None,
            "originalUri": request.uri,
            "hasResponseContent": done,
            "hasRequestContent": False,
            "contentLocation": f"{host}/v1/background/{number}/content" if done else None,
            "responseHeaders": {},
        }

    def content(self, number: str) -> str:
        """The body of a finished request.

        Raises:
            Refusal: 404.
        """
        request = self._find(number)
        if request.polls_left >= 0:
            raise not_found("Content of background request", number)
        return request.body

    def _find(self, number: str) -> _Request:
        request = self._requests.get(number.lower())
        if request is None or request.received + _KEPT <= self._now():
            raise not_found("Background request", number)
        return request


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
