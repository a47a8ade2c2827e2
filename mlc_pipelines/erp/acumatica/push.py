"""Push notifications: a hint that something changed, upon which a poll follows.

See docs/vendors/acumatica.md, section 13.
"""

from __future__ import annotations

import hmac
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from mlc_pipelines.http import parse_json

_REMEMBERED = 10_000


class PushReceiver:
    """Takes the notifications of one tenant. Safe to use from several threads.

    Acumatica signs nothing: a header with a secret that both sides know is all that shows who sent it. It sends a
    notification up to five times until it gets a good answer.

    Args:
        header: name of the header, as on Push Notifications (SM302000).
        secret: its value.
        tenant: login name of the tenant.
        poll: starts a poll; called for each new notification, and expected to return soon.
    """

    def __init__(self, header: str, secret: str, tenant: str, poll: Callable[[], None]) -> None:
        self._header = header.lower()
        self._secret = secret.encode()
        self._tenant = tenant
        self._poll = poll
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def receive(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Take one notification; what it holds is never used as figures.

        Args:
            headers: of the request, in any casing.
            body: of the request.

        Returns:
            Whether it is accepted, to be answered with 204; otherwise answer 401. One that came before is accepted
            and starts nothing.
        """
        given = next((value for name, value in headers.items() if name.lower() == self._header), "")
        if not hmac.compare_digest(given.encode(), self._secret):
            return False
        try:
            told: Any = parse_json(body)
            # One change may feed several queries, each with a notification of its own.
            key = (str(told["Query"]), str(told["Id"]))
            tenant = str(told["CompanyId"])
        except (ValueError, KeyError, TypeError):
            return False
        if tenant != self._tenant:
            return False
        with self._lock:
            known = key in self._seen
            self._seen[key] = None
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        if not known:
            self._poll()
        return True
