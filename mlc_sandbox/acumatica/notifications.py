"""Push notifications, as the instance sends them (docs/vendors/acumatica.md, section 13)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

_ATTEMPTS = 5
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


def send(
    url: str,
    *,
    tenant: str,
    query: str,
    inserted: Sequence[Mapping[str, Any]],
    deleted: Sequence[Mapping[str, Any]],
    now: datetime,
    header: tuple[str, str] | None,
) -> Sequence[int]:
    """Post a notification until it is taken, five times at most.

    Args:
        url: where to.
        tenant: login name.
        query: name of the generic inquiry or class that it is about.
        inserted: flat rows of the inquiry; a change is the same key in both.
        deleted: likewise.
        now: the moment of the change.
        header: name and value of the one header that can be configured.

    Returns:
        The status of each attempt.
    """
    body = {
        "Inserted": list(inserted),
        "Deleted": list(deleted),
        "Query": query,
        "CompanyId": tenant,
        "Id": str(uuid4()),
        "TimeStamp": (now - _BEGINNING) // timedelta(microseconds=1) * 10,
        "AdditionalInfo": {},
    }
    headers = {"Content-Type": "application/json", **dict([header] if header else [])}
    request = urllib.request.Request(url, json.dumps(body, default=str).encode(), headers, method="POST")  # noqa: S310 - a test's own address
    statuses: list[int] = []
    while len(statuses) < _ATTEMPTS and not any(200 <= status < 300 for status in statuses):
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
                statuses.append(answer.status)
        except urllib.error.HTTPError as error:
            statuses.append(error.code)
            error.close()
    return statuses
