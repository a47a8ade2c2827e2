"""e.net REST: one operator's session, profile of the logon, and rows of any table (docs/vendors/syspro.md, part A)."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from mlc_pipelines.config.base import SecretRef
from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.erp.syspro.connection import SysproConnection
from mlc_pipelines.erp.syspro.enet_answers import NoSession, document, refuse_errors, tag, text_of, texts
from mlc_pipelines.errors import AuthenticationError, BadRequest, IncompleteRead, MlcError, NotFound
from mlc_pipelines.http import ErrorRule, HttpClient, Reaction, Timeouts
from mlc_pipelines.redaction import register_secret

_log = logging.getLogger(__name__)

_SESSION = re.compile(r"\{?[0-9A-Fa-f-]{32,64}\}?")
"""What an id of a session looks like: a GUID (docs/vendors/syspro.md, section A2). No answer of another kind does."""

_RULES = (
    ErrorRule(
        404,
        Reaction.FAIL,
        NotFound,
        hint="Check rest_url, up to /SYSPROWCFService/Rest, and logon_path: /Utilities/Logon on some.",
    ),
)
_QUERY = (
    '<?xml version="1.0" encoding="Windows-1252"?>'
    '<Query xmlns:xsd="http://www.w3.org/2001/XMLSchema-instance" xsd:noNamespaceSchemaLocation="COMFND.XSD">'
)

Expression = tuple[str, str, str]
"""Column, condition (EQ NE GT GE LT LE) and value."""


class Enet:
    """e.net of one SYSPRO installation, as one operator sees it.

    Args:
        rest_url: where.
        operator: as whom.
        connection: the passwords and the company.
        context: secrets, locks over processes.
    """

    def __init__(self, rest_url: str, operator: str, connection: SysproConnection, context: SourceContext) -> None:
        self._operator = operator
        self._connection = connection
        self._context = context
        self._lock = f"syspro:{urlsplit(rest_url).netloc}:{operator.lower()}"
        self._check = (
            "Check operator, company and their passwords, that the operator is nobody else's, and that a licence is"
            f" free. {context.set_again(connection.operator_password, connection.company_password)}"
        ).rstrip()
        rules = (ErrorRule(401, Reaction.FAIL, AuthenticationError, hint=self._check), *_RULES)
        self._http = HttpClient(rest_url, rules=rules, clock=context.clock, timeout=Timeouts(read=300.0, whole=900.0))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @contextmanager
    def session(self) -> Generator[Session]:
        """Be logged on; whatever happens, the operator is logged off: an orphan holds a licence seat.

        Over all processes only one is logged on at a time: a second logon would end the first.

        Raises:
            AuthenticationError: operator, company or a password was refused.
            LockLost: the session ended, and another process may have one now: it is not ended by a new logon.
        """
        with self._context.database.lock(self._lock) as lock:

            def logon() -> str:
                lock.check()
                return self._logon()

            session = Session(self._http, logon)
            try:
                session.log_on()
                yield session
            finally:
                session.log_off()

    def _logon(self) -> str:
        connection = self._connection
        parameters = {
            "Operator": self._operator,
            "OperatorPassword": self._secret(connection.operator_password),
            "CompanyId": connection.company,
            "CompanyPassword": self._secret(connection.company_password),
        }
        try:
            return refuse_errors(
                text_of(self._http.request("GET", connection.logon_path, params=parameters)), "the logon"
            )
        except NoSession as error:
            raise AuthenticationError(f"e.net refused the logon: {error}.", hint=self._check) from None
        except BadRequest as error:
            raise AuthenticationError(error.message, hint=self._check) from None

    def _secret(self, reference: SecretRef | None) -> str:
        return self._context.secret(reference.secret) if reference else ""


class Session:
    """A logon of one operator. For one thread."""

    def __init__(self, http: HttpClient, logon: Callable[[], str]) -> None:
        self._http = http
        self._logon = logon
        self._user_id = ""

    def log_on(self) -> None:
        """Get a session.

        Raises:
            AuthenticationError: it was refused.
        """
        user_id = self._logon()
        if not _SESSION.fullmatch(user_id):
            raise AuthenticationError(
                "e.net answered the logon with no session.", hint="Check rest_url and logon_path."
            )
        register_secret(user_id)
        self._user_id = user_id

    def log_off(self) -> None:
        """End the session, if there is one."""
        if self._user_id:
            user_id, self._user_id = self._user_id, ""
            try:
                self._http.request("GET", "/Logoff", params={"UserId": user_id})
            except MlcError as error:
                # What was done in the session stands; e.net ends idle sessions itself after a while.
                _log.warning("The operator of e.net could not be logged off: %s", error)

    def profile(self) -> Mapping[str, str]:
        """What e.net says of the logon: company name, currency, versions; names in lower case."""
        return dict(texts(document(self._ask("/GetLogonProfile", {}), "the profile of the logon")))

    def find(
        self,
        table: str,
        columns: Sequence[str],
        *,
        where: Sequence[Expression] = (),
        order_by: str,
        most: int = 1000,
    ) -> Iterator[dict[str, str]]:
        """Rows of a table by COMFND, texts without their padding (docs/vendors/syspro.md, section A3).

        There is no paging token: each request goes on at the last value of the ordering column, until it brings no
        other value. How many rows one brings says nothing: e.net may have a limit of its own.

        Args:
            table: its name.
            columns: to be read, the ordering one among them.
            where: conditions that must all hold.
            order_by: a column.
            most: rows per request.

        Raises:
            BadRequest: no such table or column, or no right.
            IncompleteRead: more rows than fit a request have the same value of the ordering column.
        """
        behind: list[Expression] = []
        while True:
            rows = self._found(table, columns, [*where, *behind], order_by, most)
            last = rows[-1][order_by] if rows else ""
            whole = [row for row in rows if row[order_by] != last]
            if not whole:
                if len(rows) >= most:
                    raise IncompleteRead(f"{table}: {most} rows or more have {order_by} {last!r}.")
                yield from rows
                return
            yield from whole
            behind = [(order_by, "GE", last)]

    def _found(
        self, table: str, columns: Sequence[str], where: Sequence[Expression], order_by: str, most: int
    ) -> list[dict[str, str]]:
        conditions = [
            tag(
                "Expression",
                tag("OpenBracket", text="("),
                tag("AndOr", text="And") if number else "",
                tag("Column", text=column),
                tag("Condition", text=condition),
                tag("Value", text=value),
                tag("CloseBracket", text=")"),
            )
            for number, (column, condition, value) in enumerate(where)
        ]
        query = (
            _QUERY
            + tag("TableName", text=table)
            + tag("ReturnRows", text=str(most))
            + tag("Columns", *(tag("Column", text=column) for column in columns))
            + (tag("Where", *conditions) if conditions else "")
            + tag("OrderBy", tag("Column", text=order_by))
            + "</Query>"
        )
        answer = self.query("COMFND", query)
        return [_row(row, columns) for row in answer.iter("row")]

    def query(self, business_object: str, xml: str) -> Any:
        """The answer of a business object that only reads, as an XML element; names in lower case.

        Raises:
            BadRequest: it refused.
        """
        parameters = {"BusinessObject": business_object, "XmlIn": xml}
        return document(self._ask("/Query/Query", parameters), business_object)

    def _ask(self, path: str, parameters: Mapping[str, str]) -> str:
        """The answer to a question; a session that was ended by others is replaced once."""
        subject = parameters.get("BusinessObject", path.strip("/"))
        for again in (True, False):
            response = self._http.request("GET", path, params={"UserId": self._user_id, **parameters})
            try:
                return refuse_errors(text_of(response), subject)
            except NoSession:
                if again:
                    self.log_on()
        raise AuthenticationError(
            f"e.net ended the session at once, twice, at {subject}.",
            hint="Somebody else logs on with this operator: make one for this purpose alone.",
        )


def _row(element: Any, columns: Sequence[str]) -> dict[str, str]:
    found = dict(texts(element))
    return {column: found.get(column.lower(), "") for column in columns}
