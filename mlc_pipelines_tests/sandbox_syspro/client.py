"""Plain clients of both services, written from docs/vendors/syspro.md with httpx: the tests' hands."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import httpx

from mlc_sandbox.syspro import SysproSandbox


class OData:
    """Reads entity sets."""

    def __init__(self, sandbox: SysproSandbox) -> None:
        self.http = httpx.Client(base_url=sandbox.odata_url, auth=(sandbox.operator, sandbox.password), timeout=30)

    def get(self, path: str, **options: str | int) -> httpx.Response:
        """GET; options are written without their dollar sign."""
        return self.http.get(f"/{path}", params={f"${name}": str(value) for name, value in options.items()})

    def page(self, path: str, **options: str | int) -> dict[str, Any]:
        """The answer, its numbers as they are written."""
        answer = self.get(path, **options)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text, parse_float=str)

    def rows(self, path: str, **options: str | int) -> list[dict[str, Any]]:
        """Rows of one page."""
        return self.page(path, **options)["value"]

    def refused(self, path: str, **options: str | int) -> tuple[int, str]:
        """Status and message of a refusal in OData's envelope."""
        answer = self.get(path, **options)
        error = answer.json()["error"]
        assert error["code"] == ""
        return answer.status_code, error["message"]


class Enet:
    """Calls e.net; `logon` first."""

    def __init__(self, sandbox: SysproSandbox) -> None:
        self.sandbox = sandbox
        self.http = httpx.Client(base_url=sandbox.rest_url, timeout=30)
        self.user_id = ""

    def call(self, path: str, **parameters: str) -> str:
        """The body without its wrapping."""
        answer = self.http.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return unwrapped(answer)

    def logon(self, operator: str = "", path: str = "/Logon", **other: str) -> str:
        """Log on; the body."""
        parameters = {
            "Operator": operator or self.sandbox.operator,
            "OperatorPassword": self.sandbox.password,
            "CompanyId": self.sandbox.company,
            "CompanyPassword": self.sandbox.company_password,
        }
        body = self.call(path, **(parameters | other))
        if not body.startswith("ERROR"):
            self.user_id = body
        return body

    def query(self, xml: str, business_object: str = "COMFND") -> str:
        """The body of a query."""
        return self.call("/Query/Query", UserId=self.user_id, BusinessObject=business_object, XmlIn=xml)

    def post(self, xml: str, *, user_id: str = "", **parameters: str) -> str:
        """The body of a posting by GENTJL; parameters are those of XmlParameters."""
        options = {"ValidateOnly": "N", "ApplyIfEntireDocumentValid": "Y", "ActionType": "A"} | parameters
        inside = "".join(f"<{name}>{value}</{name}>" for name, value in options.items())
        return self.call(
            "/Transaction/Post",
            UserId=user_id or self.user_id,
            BusinessObject="GENTJL",
            XmlParameters=f"<PostGlJournal><Parameters>{inside}</Parameters></PostGlJournal>",
            XmlIn=xml,
        )


def unwrapped(answer: httpx.Response) -> str:
    """The text in a body, whichever wrapping it came in."""
    text = answer.text
    if text.startswith('"'):
        return json.loads(text)
    if text.startswith("<string"):
        return ET.fromstring(text).text or ""
    return text


def document(body: str) -> ET.Element:
    """The XML of an answer; its declaration names an encoding that the text has no more."""
    assert body.startswith('<?xml version="1.0" encoding="Windows-1252"?>')
    return ET.fromstring(re.sub(r"^<\?xml[^>]*\?>", "", body))


def comfnd(table: str, columns: list[str], *, where: str = "", order: str = "", rows: int = 1000) -> str:
    """A query of COMFND; `where` is a list of `<Expression>`."""
    wanted = "".join(f"<Column>{column}</Column>" for column in columns)
    return (
        '<?xml version="1.0" encoding="Windows-1252"?>'
        '<Query xmlns:xsd="http://www.w3.org/2001/XMLSchema-instance" xsd:noNamespaceSchemaLocation="COMFND.XSD">'
        f"<TableName>{table}</TableName><ReturnRows>{rows}</ReturnRows><Columns>{wanted}</Columns>"
        + (f"<Where>{where}</Where>" if where else "")
        + (f"<OrderBy><Column>{order}</Column></OrderBy>" if order else "")
        + "</Query>"
    )


def expression(
    column: str, condition: str, value: str, *, joint: str = "", opened: str = "(", closed: str = ")"
) -> str:
    """One `<Expression>`."""
    return (
        f"<Expression><OpenBracket>{opened}</OpenBracket>"
        + (f"<AndOr>{joint}</AndOr>" if joint else "")
        + f"<Column>{column}</Column><Condition>{condition}</Condition><Value>{value}</Value>"
        f"<CloseBracket>{closed}</CloseBracket></Expression>"
    )


def journal(
    *lines: tuple[str, str], reference: str = "PLAN-2026-06", year: int = 2026, period: int = 6, **header: str
) -> str:
    """A document with one journal; lines are GL code and signed amount."""
    fields = {
        "JournalType": "N",
        "JournalNumber": "",
        "AuthorizeJournal": "D",
        "PostJournal": "N",
        "CancelJournal": "N",
        "HoldJournal": "N",
        "JournalDate": f"{year}-{period:02d}-14",
        "JournalReference": reference,
        "Notation": "Plan",
        "PostingPeriod": str(period),
        "PostingYear": str(year),
    } | header
    head = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    details = "".join(
        f"<JournalDetails><EntryNumber/><LedgerCode>{code}</LedgerCode><Reference>{reference}</Reference>"
        f"<EntryAmount>{amount}</EntryAmount><Comment>Café</Comment><NoSuchElement>1</NoSuchElement></JournalDetails>"
        for code, amount in lines
    )
    return f"<PostGlJournal><Item>{head}{details}</Item></PostGlJournal>"
