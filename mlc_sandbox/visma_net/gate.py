"""What every API request passes first: token, limit, rights, trouble.

See docs/vendors/visma_net.md, sections 2, 7 and 8.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from mlc_sandbox.rest.refusals import Refusal, html
from mlc_sandbox.visma_net.refusals import forbidden, too_many, unauthorized, unexpected
from mlc_sandbox.visma_net.switches import Switches
from mlc_sandbox.visma_net.tokens import READ, Tokens

_POLICY, _RETIRING = "4-fixed-window", "8-fixed-window"
_HTML = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"


class Gate:
    """Counts the requests of the window. Used from the server's event loop alone."""

    def __init__(self, tokens: Tokens, switches: Switches, *, now: Callable[[], datetime], seed: int) -> None:
        self._tokens = tokens
        self._switches = switches
        self._now = now
        self._chance = random.Random(seed)
        self._window_ends = now()
        self._used = 0

    def enter(self, authorization: str, resource: str) -> None:
        """Let a request in.

        Args:
            authorization: the header.
            resource: lower case, for instance `supplierinvoice`.

        Raises:
            Refusal: 401, 403 or 429, and by chance others when `Switches.trouble_rate` is set.
        """
        grant = self._tokens.grant(authorization)
        if grant is None:
            raise unauthorized()
        self._count()
        if not self._switches.licensed:
            raise forbidden("No license for this company.", "12027")
        if READ not in grant.scopes or resource in self._switches.forbidden:
            raise forbidden("The application has no right to read this resource.", "0")
        if self._chance.random() < self._switches.trouble_rate:
            raise self._trouble()

    def headers(self, resource: str) -> dict[str, str]:
        """The rate limit headers, which every answer has; of a resource that is retired they name another policy."""
        limit = self._switches.requests_per_window
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - self._used)),
            "X-RateLimit-Reset": str(self._seconds_left()),
            "X-RateLimit-Policy": _RETIRING if resource in self._switches.retiring else _POLICY,
        }

    def _count(self) -> None:
        if self._switches.busy > 0:
            self._switches.busy -= 1
            raise too_many(self._switches.busy_seconds)
        now = self._now()
        if now >= self._window_ends:
            self._window_ends = now + timedelta(seconds=self._switches.window_seconds)
            self._used = 0
        if self._used >= self._switches.requests_per_window:
            raise too_many(self._seconds_left())
        self._used += 1

    def _seconds_left(self) -> int:
        # Rounded up: a client that waits just so long must be let in.
        return max(0, -int((self._now() - self._window_ends).total_seconds() // 1))

    def _trouble(self) -> Refusal:
        status = self._chance.choice((500, 502, 503, 504))
        if status == 500:
            return unexpected()
        return html(status, _HTML if status == 502 else "")
