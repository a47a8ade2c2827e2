"""Login, Logout and the session cookie (docs/vendors/sap_business_one.md, section 2)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie

from mlc_sandbox.rest.expiring import Expiring
from mlc_sandbox.sap_business_one.answers import Answer, Call, Refusal, bad_query, json_answer
from mlc_sandbox.sap_business_one.switches import Switches


class Sessions:
    """The open sessions; a request with one renews it.

    Attributes:
        company, user, password: what a login must give.
        logins: how many succeeded so far.
    """

    def __init__(self, switches: Switches, now: Callable[[], datetime], *, company: str) -> None:
        self.company = company
        self.user = "manager"
        self.password = "b1-Sandbox-1234"  # noqa: S105 - of a sandbox
        self.logins = 0
        self._switches = switches
        self._live = Expiring[str](now)

    @property
    def open(self) -> int:
        """Sessions that neither logged out nor expired."""
        return len(self._live.live())

    def expire_all(self) -> None:
        """End every session, as a restart of the server does."""
        self._live.clear()

    def log_in(self, call: Call) -> Answer:
        """Answer `POST Login`.

        Raises:
            Refusal: the credentials are wrong, or there are too many sessions.
        """
        content = call.content()
        if unknown := set(content) - {"CompanyDB", "UserName", "Password", "Language"}:
            raise bad_query(f"Property '{min(unknown)}' of 'B1Session' is invalid")
        if self._switches.sld_broken:
            raise Refusal(401, 100000027, "Fail to Get the Bound Database Instance from SLD")
        given = (content.get("CompanyDB"), content.get("UserName"), content.get("Password"))
        if given != (self.company, self.user, self.password):
            raise Refusal(401, 100000027, "Login failed")
        if self._switches.max_sessions is not None and self.open >= self._switches.max_sessions:
            raise Refusal(401, 100000027, "Login failed: the maximum number of sessions has been reached")
        session = str(uuid.uuid4())
        if self._switches.dying_logins > 0:
            self._switches.dying_logins -= 1
        else:
            self._keep(session)
        self.logins += 1
        v1 = call.version == "v1"
        body = {
            "odata.metadata" if v1 else "@odata.context": (
                f"{call.root}/$metadata#B1Sessions/{'@Element' if v1 else '$entity'}"
            ),
            "SessionId": session,
            "Version": "1000110",
            "SessionTimeout": self._switches.session_minutes,
        }
        # No path on the first: a cookie jar keeps it for the directory of this very address.
        cookies = (f"B1SESSION={session};HttpOnly;", "ROUTEID=.node1; path=/b1s")
        return replace(json_answer(call.version, json.dumps(body)), cookies=cookies)

    def log_out(self, call: Call) -> Answer:
        """Answer `POST Logout`."""
        self._live.pop(_session_of(call))
        return Answer(204)

    def require(self, call: Call) -> None:
        """Renew the session of a request; a missing `ROUTEID` does not matter.

        Raises:
            Refusal: it has none, or none that lives.
        """
        session = _session_of(call)
        if self._live.get(session) is None:
            raise self.no_session()
        self._keep(session)

    def no_session(self) -> Refusal:
        """The refusal of a request without a session."""
        if self._switches.session_error == 5002:
            return Refusal(400, -5002, "Invalid session or session already timeout.")
        return Refusal(401, 301, "Invalid session or session already timeout.")

    def _keep(self, session: str) -> None:
        self._live.put(session, self.user, timedelta(minutes=self._switches.session_minutes))


def _session_of(call: Call) -> str:
    try:
        morsel = SimpleCookie(call.headers.get("cookie", "")).get("B1SESSION")
    except CookieError:
        return ""
    return morsel.value if morsel else ""
