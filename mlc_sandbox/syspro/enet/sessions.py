"""Logons: operators, their sessions and the licence seats they take (docs/vendors/syspro.md, section A2)."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from mlc_sandbox.rest.expiring import Expiring
from mlc_sandbox.syspro.enet.refusals import SESSION_ENDED, EnetError
from mlc_sandbox.syspro.switches import Switches


class Sessions:
    """The sessions that are open. Thread safe.

    Args:
        operators: operator code -> password.
        companies: company id -> company password.
        switches: of the sandbox.
        now: the present moment.
    """

    def __init__(
        self,
        operators: Mapping[str, str],
        companies: Mapping[str, str],
        switches: Switches,
        now: Callable[[], datetime],
    ) -> None:
        self.operators = operators
        self._companies = companies
        self._switches = switches
        self._open = Expiring[str](now)
        self._lock = threading.Lock()

    def logon(self, operator: str, password: str, company: str, company_password: str) -> str:
        """Open a session; returns its id.

        Raises:
            EnetError: refused, or no licence seat is free.
        """
        if operator not in self.operators:
            raise EnetError(f"Operator '{operator}' not found")
        if self.operators[operator] != password:
            raise EnetError("Invalid operator password")
        if company not in self._companies:
            raise EnetError(f"Company '{company}' not found")
        if self._companies[company] != company_password:
            raise EnetError("Invalid company password")
        with self._lock:
            if self._switches.evict:
                for key, other in self._open.live().items():
                    if other == operator:
                        self._open.pop(key)
            if self.seats_taken >= self._switches.licence_seats:
                raise EnetError("Maximum number of licensed users exceeded")
            key = str(uuid.uuid4()).upper()
            self._keep(key, operator)
        return key

    def logoff(self, key: str) -> None:
        """End a session; errors as of `use`."""
        with self._lock:
            if self._open.pop(key) is None:
                raise EnetError(SESSION_ENDED)

    def use(self, key: str) -> str:
        """The operator of a session, whose idle time begins anew.

        Raises:
            EnetError: there is no such session (any more).
        """
        with self._lock:
            operator = self._open.get(key)
            if operator is None:
                raise EnetError(SESSION_ENDED)
            self._keep(key, operator)
            return operator

    def end_all(self) -> None:
        """End all sessions, as a restart of the service does."""
        self._open.clear()

    @property
    def seats_taken(self) -> int:
        """Licence seats in use."""
        return len(self._open.live())

    def _keep(self, key: str, operator: str) -> None:
        self._open.put(key, operator, timedelta(seconds=self._switches.session_seconds))
