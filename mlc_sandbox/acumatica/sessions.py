"""Sessions and the seats that they take (docs/vendors/acumatica.md, sections 2.3 and 12)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mlc_sandbox.acumatica.refusals import Refusal, failed
from mlc_sandbox.acumatica.switches import Switches

_IDLE = timedelta(minutes=10)
SEAT_MESSAGE = "API Login Limit"
PLAIN_429 = "The custom error module does not recognize this error."


@dataclass
class Session:
    """A user's session.

    Attributes:
        id: value of its cookie.
        user: signed in.
        branch: of its documents.
        locale: of its labels, where the login asked for one; else they are in the user's language.
        last_used: the latest request.
        seated: counts as an API user.
        ends: when it ends whatever happens; None for never.
    """

    id: str
    user: str
    branch: str
    locale: str
    last_used: datetime
    seated: bool = False
    ends: datetime | None = None


class Sessions:
    """Sessions of all users.

    Args:
        switches: of the sandbox.
        now: the present moment.
    """

    def __init__(self, switches: Switches, now: Callable[[], datetime]) -> None:
        self._switches = switches
        self._now = now
        self._sessions: dict[str, Session] = {}

    def open(self, user: str, branch: str, *, locale: str = "", ends: datetime | None = None) -> Session:
        """A new session without a seat."""
        session = Session(secrets.token_hex(12), user, branch, locale, self._now(), ends=ends)
        self._sessions[session.id] = session
        return session

    def find(self, session_id: str) -> Session | None:
        """A session that has not ended; a cookie's ends after ten idle minutes, so does its seat."""
        session = self._sessions.get(session_id)
        return session if session is not None and session in self.live() else None

    def live(self) -> list[Session]:
        """Sessions that have a seat."""
        now = self._now()
        return [
            session
            for session in self._sessions.values()
            if session.seated and session.last_used > now - _IDLE and (session.ends is None or session.ends > now)
        ]

    def take_seat(self, session: Session) -> bool:
        """Give a session a seat, or let it keep the one it has; False when none is free."""
        live = self.live()
        if session not in live:
            limit = self._switches.max_logins_per_user
            of_user = sum(other.user == session.user for other in live)
            if len(live) >= self._switches.max_api_users or (limit is not None and of_user >= limit):
                return False
            self._sessions[session.id] = session
        session.seated = True
        session.last_used = self._now()
        return True

    def end(self, session: Session) -> None:
        """Log off."""
        session.seated = False
        self._sessions.pop(session.id, None)

    def end_all(self) -> None:
        """Log everyone off."""
        for session in list(self._sessions.values()):
            self.end(session)


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
