"""Logons: operators, their sessions and the licence seats they take (docs/vendors/syspro.md, section A2)."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mlc_sandbox.syspro.enet.refusals import SESSION_ENDED, EnetError
from mlc_sandbox.syspro.switches import Switches


@dataclass
class Session:
    """One operator at work; `used` is the moment of its last call."""

    operator: str
    used: datetime


@dataclass
class Sessions:
    """The sessions that are open. Thread safe.

    Attributes:
        operators: operator code -> password.
        companies: company id -> company password.
    """

    operators: Mapping[str, str]
    companies: Mapping[str, str]
    switches: Switches
    now: Callable[[], datetime]
    _open: dict[str, Session] = field(default_factory=dict[str, Session])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def logon(self, operator: str, password: str, company: str, company_password: str) -> str:
        """Open a session; returns its id.

        Raises:
            EnetError: refused, or no licence seat is free.
        """
        if operator not in self.operators:
            raise EnetError(f"Operator '{operator}' not found")
        if self.operators[operator] != password:
            raise EnetError("Invalid operator password")
        if company not in self.companies:
            raise EnetError(f"Company '{company}' not found")
        if self.companies[company] != company_password:
            raise EnetError("Invalid company password")
        with self._lock:
            self._end_idle()
            if self.switches.evict:
                self._open = {key: session for key, session in self._open.items() if session.operator != operator}
            if len(self._open) >= self.switches.licence_seats:
                raise EnetError("Maximum number of licensed users exceeded")
            key = str(uuid.uuid4()).upper()
            self._open[key] = Session(operator, self.now())
        return key

    def logoff(self, key: str) -> None:
        """End a session; errors as of `use`."""
        self.use(key)
        with self._lock:
            self._open.pop(key, None)

    def use(self, key: str) -> str:
        """The operator of a session, whose idle time begins anew.

        Raises:
            EnetError: there is no such session (any more).
        """
        with self._lock:
            self._end_idle()
            session = self._open.get(key)
            if session is None:
                raise EnetError(SESSION_ENDED)
            session.used = self.now()
            return session.operator

    def end_all(self) -> None:
        """End all sessions, as a restart of the service does."""
        with self._lock:
            self._open.clear()

    @property
    def seats_taken(self) -> int:
        """Licence seats in use."""
        with self._lock:
            self._end_idle()
            return len(self._open)

    def _end_idle(self) -> None:
        oldest = self.now() - timedelta(seconds=self.switches.session_seconds)
        self._open = {key: session for key, session in self._open.items() if session.used > oldest}
