"""Sessions and the seats that they take (docs/vendors/acumatica.md, sections 2.3 and 12)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from mlc_sandbox.acumatica.refusals import failed
from mlc_sandbox.acumatica.switches import Switches
from mlc_sandbox.rest.expiring import Expiring
from mlc_sandbox.rest.refusals import Refusal

_IDLE = timedelta(minutes=10)
SEAT_MESSAGE = "API Login Limit"
PLAIN_429 = "The custom error module does not recognize this error."


@dataclass(frozen=True)
class Session:
    """A user's session.

    Attributes:
        user: signed in.
        branch: of its documents.
        locale: of its labels, where the login asked for one; else they are in the user's language.
        ends: when it ends whatever happens; None for never.
        id: value of its cookie.
    """

    user: str
    branch: str
    locale: str = ""
    ends: datetime | None = None
    id: str = field(default_factory=partial(secrets.token_hex, 12))


class Sessions:
    """Sessions of all users; one counts from the moment when it has a seat."""

    def __init__(self, switches: Switches, now: Callable[[], datetime]) -> None:
        self._switches = switches
        self._now = now
        self._seated = Expiring[Session](now)

    def find(self, session_id: str) -> Session | None:
        """A session that has a seat; it ends after ten idle minutes, and so does its seat."""
        return next((session for session in self.live() if session.id == session_id), None)

    def live(self) -> list[Session]:
        """Sessions that have a seat."""
        now = self._now()
        return [one for one in self._seated.live().values() if one.ends is None or one.ends > now]

    def take_seat(self, session: Session) -> bool:
        """Give a session a seat, or let it keep the one it has; False when none is free."""
        live = self.live()
        if session not in live:
            limit = self._switches.max_logins_per_user
            of_user = sum(other.user == session.user for other in live)
            if len(live) >= self._switches.max_api_users or (limit is not None and of_user >= limit):
                return False
        self._seated.put(session.id, session, _IDLE)
        return True

    def end(self, session: Session) -> None:
        """Log off."""
        self._seated.pop(session.id)

    def end_all(self) -> None:
        """Log everyone off."""
        self._seated.clear()


def seat_refused_at_login(switches: Switches) -> Refusal:
    """How a login is refused that finds no seat."""
    if switches.seat_limit_shape == "text429":
        return Refusal(429, PLAIN_429, {"content-type": "text/plain"})
    return failed(SEAT_MESSAGE, status=429)


def seat_refused_at_call(switches: Switches, root: str) -> Refusal:
    """How a call is refused whose session finds no seat: a redirection to an error page, or as at the login."""
    if switches.seat_limit_shape == "bearer302":
        message = "The+number+of+concurrent+API+logins+has+been+reached."
        return Refusal(302, "", {"location": f"{root}/Frames/Error.aspx?exceptionID=1&message={message}"})
    return seat_refused_at_login(switches)
