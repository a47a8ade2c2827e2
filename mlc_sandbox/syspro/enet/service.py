"""The calls of e.net's REST service: all are GET, all answer 200 (docs/vendors/syspro.md, sections A1 and A2)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

from starlette.responses import Response

from mlc_sandbox.syspro.books import Books
from mlc_sandbox.syspro.enet.documents import DECLARATION, parse, tag, wrap
from mlc_sandbox.syspro.enet.journals import JournalPosting
from mlc_sandbox.syspro.enet.queries import find, ledger_code
from mlc_sandbox.syspro.enet.refusals import DocumentError, EnetError
from mlc_sandbox.syspro.enet.sessions import Sessions
from mlc_sandbox.syspro.switches import Switches

REST_PATH = "/sysprowcfservice/rest"
"""In lower case: paths are compared without regard to case."""

VERSION = "8.0.0.26"
_LOGON = ("Operator", "OperatorPassword", "CompanyId", "CompanyPassword")
_UNAVAILABLE = (
    "query/browse",
    "query/fetch",
    "query/nextkey",
    "query/previouskey",
    "transaction/build",
    "setup/add",
    "setup/update",
    "setup/delete",
)
"""Calls whose business objects the sandbox doesn't have."""

_log = logging.getLogger(__name__)


class EnetService:
    """Answers the calls over one company's books."""

    def __init__(self, books: Books, switches: Switches, sessions: Sessions) -> None:
        self._books = books
        self._switches = switches
        self._sessions = sessions
        self._calls: Mapping[str, Callable[[Mapping[str, str]], str]] = {
            "logon": self._logon,
            "logoff": self._logoff,
            "getlogonprofile": self._profile,
            "getversion": lambda _parameters: VERSION,
            "query/query": self._query,
            "transaction/post": self._post,
            **dict.fromkeys(_UNAVAILABLE, self._unavailable),
        }

    def answer(self, call: str, parameters: Mapping[str, str]) -> Response | None:
        """Answer a call, a path below the service in lower case; None when there is no such call."""
        do = self._calls.get(call.removeprefix("utilities/"))
        if do is None:
            return None
        try:
            body = do(parameters)
        except EnetError as refusal:
            body = f"ERROR: {refusal}"
        except Exception:  # noqa: BLE001 - a fault of the sandbox itself; e.net answers its own like this
            _log.exception("The sandbox failed at %s.", call)
            body = "ERROR: Unhandled exception in business object"
        return self._wrapped(body)

    def _logon(self, parameters: Mapping[str, str]) -> str:
        return self._sessions.logon(*(_required(parameters, name) for name in _LOGON))

    def _logoff(self, parameters: Mapping[str, str]) -> str:
        self._sessions.logoff(_required(parameters, "UserId"))
        return "0"

    def _unavailable(self, parameters: Mapping[str, str]) -> str:
        self._operator(parameters)
        raise EnetError(f"Business object '{_required(parameters, 'BusinessObject')}' is not available")

    def _operator(self, parameters: Mapping[str, str]) -> str:
        return self._sessions.use(_required(parameters, "UserId"))

    def _profile(self, parameters: Mapping[str, str]) -> str:
        operator = self._operator(parameters)
        today = self._books.today.isoformat()
        return DECLARATION + wrap(
            "UserProfile",
            (
                tag("CompanyName", "Highveld Chemical Distributors (Pty) Ltd"),
                tag("OperatorCode", operator),
                tag("CompanyDate", today),
                tag("AccountingDate", today),
                tag("LocalCurrencyCode", "ZAR"),
                tag("SysproVersion", VERSION),
                tag("EnetVersion", VERSION),
            ),
        )

    def _query(self, parameters: Mapping[str, str]) -> str:
        self._operator(parameters)
        name, query = _required(parameters, "BusinessObject").upper(), parse(_required(parameters, "XmlIn"), "XmlIn")
        try:
            if name == "COMFND":
                return find(self._books, self._switches, query)
            if name == "GENQGL":
                return ledger_code(self._books, query)
        except DocumentError as error:
            return DECLARATION + wrap(name, (tag("ErrorNumber", error.number), tag("ErrorDescription", str(error))))
        raise EnetError(f"Business object '{name}' is not available")

    def _post(self, parameters: Mapping[str, str]) -> str:
        operator = self._operator(parameters)
        name = _required(parameters, "BusinessObject").upper()
        if name != "GENTJL":
            raise EnetError(f"Business object '{name}' is not available")
        options = parse(_required(parameters, "XmlParameters"), "XmlParameters")
        document = parse(_required(parameters, "XmlIn"), "XmlIn")
        if self._switches.post_error is not None:
            raise EnetError(self._switches.post_error)
        return JournalPosting(self._books, self._switches, operator, options).answer(document)

    def _wrapped(self, body: str) -> Response:
        """The body in one of the three wrappings that versions of e.net use (docs/vendors/syspro.md, section A1)."""
        if self._switches.wrapping == "raw":
            return Response(
                body.encode("cp1252", "replace"), headers={"content-type": "text/plain; charset=Windows-1252"}
            )
        if self._switches.wrapping == "xml":
            whole = f'<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">{escape(body)}</string>'
            return Response(whole, headers={"content-type": "application/xml; charset=utf-8"})
        # The vendor's serializer escapes slashes; both spellings mean the same.
        text = json.dumps(body, ensure_ascii=False).replace("/", "\\/")
        return Response(text, headers={"content-type": "application/json; charset=utf-8"})


def _required(parameters: Mapping[str, str], name: str) -> str:
    """A query parameter, which may be blank but not missing; names are compared without regard to case."""
    for given, content in parameters.items():
        if given.lower() == name.lower():
            return content
    raise EnetError(f"Parameter '{name}' was not supplied")
