"""How a journal looks when it is read (docs/vendors/netsuite.md, section 5.5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from mlc_sandbox.netsuite.books import Books, Entry, Line
from mlc_sandbox.netsuite.books.schema import DISPLAYS

RECORD_PATH = "/services/rest/record/v1"
_APPROVALS = {1: "Pending Approval", 2: "Approved", 3: "Rejected"}
# Table -> name of the record type in links.
_RECORD_TYPES = {"classification": "classification", "accountingperiod": "accountingPeriod", "_entity": "entity"}


class JournalView:
    """Writes journals as the record API's JSON.

    Args:
        books: where the names of the records that they refer to come from.
        base_url: of the server, for links.
        features: what the account has.
        plain_enumerations: query parameter `simpleEnumFormat`.
    """

    def __init__(
        self, books: Books, base_url: str, features: Collection[str], *, plain_enumerations: bool = False
    ) -> None:
        self._books = books
        self._records = f"{base_url}{RECORD_PATH}"
        self._features = features
        self._plain_enumerations = plain_enumerations
        self._seen: dict[tuple[str, int], dict[str, Any]] = {}

    def url(self, number: int) -> str:
        """Address of a journal; NetSuite writes the record type in lower case there."""
        return f"{self._records}/journalentry/{number}"

    def journal(self, number: int, entry: Entry, *, expand: bool) -> dict[str, Any]:
        """A journal; its lines are a link unless `expand` is set. Nulls are left out."""
        approved = entry.approval_status == 2
        whole = {
            "links": _links(self.url(number)),
            "id": str(number),
            "externalId": entry.external_id,
            "tranId": entry.tran_id,
            "transactionNumber": f"JOURNALENTRY{number}",
            "tranDate": entry.date.isoformat(),
            "postingPeriod": self._reference("accountingperiod", entry.period),
            "subsidiary": self._reference("subsidiary", entry.subsidiary) if "oneworld" in self._features else None,
            "approvalStatus": self._approval(entry.approval_status),
            "approved": approved,
            "createdDate": self._moment(entry.created),
            "lastModifiedDate": self._moment(entry.modified),
            "currency": self._reference("currency", entry.currency),
            "exchangeRate": _number(entry.exchange_rate),
            "memo": entry.memo,
            "void": entry.voided,
            "isReversal": entry.is_reversal,
            "reversalDate": entry.reversal_date.isoformat() if entry.reversal_date else None,
            "reversalDefer": entry.reversal_defer,
            "reversalEntry": str(entry.reversal) if entry.reversal else None,
            "line": self.lines(number, entry) if expand else {"links": _links(f"{self.url(number)}/line")},
        }
        return {name: value for name, value in whole.items() if value is not None}

    def lines(self, number: int, entry: Entry) -> dict[str, Any]:
        """The sublist `line` with its items. No count, hasMore or offset: NetSuite leaves them out as well."""
        items = [self._line(number, line) for line in entry.lines]
        return {"links": _links(f"{self.url(number)}/line"), "items": items, "totalResults": len(items)}

    def _line(self, number: int, line: Line) -> dict[str, Any]:
        whole = {
            "links": _links(f"{self.url(number)}/line/{line.number}"),
            "line": line.number,
            "account": self._reference("account", line.account),
            "debit": _number(line.amount) if line.amount >= 0 else None,
            "credit": _number(-line.amount) if line.amount < 0 else None,
            "department": self._reference("department", line.department) if "departments" in self._features else None,
            "class": self._reference("classification", line.class_) if "classes" in self._features else None,
            "location": self._reference("location", line.location) if "locations" in self._features else None,
            "entity": self._reference("_entity", line.entity),
            "memo": line.memo,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def _reference(self, table: str, number: int | None) -> dict[str, Any] | None:
        if number is None:
            return None
        if (table, number) not in self._seen:
            self._seen[table, number] = self._look_up(table, number)
        return self._seen[table, number]

    def _look_up(self, table: str, number: int) -> dict[str, Any]:
        row = (
            self._books.cursor()
            .execute(
                f"SELECT {DISPLAYS[table]} FROM {table} WHERE id = ?",  # noqa: S608 - constants
                [number],
            )
            .fetchone()
        )
        url = f"{self._records}/{_RECORD_TYPES.get(table, table)}/{number}"
        return {"links": _links(url), "id": str(number)} | ({"refName": row[0]} if row else {})

    def _approval(self, status: int) -> Any:
        if self._plain_enumerations:
            return str(status)
        return {"links": [], "id": str(status), "refName": _APPROVALS.get(status, "")}

    def _moment(self, local: datetime | None) -> str | None:
        return None if local is None else self._books.as_utc(local).strftime("%Y-%m-%dT%H:%M:%SZ")


def _links(url: str) -> list[dict[str, str]]:
    return [{"rel": "self", "href": url, "method": "GET"}]


def _number(value: Decimal | None) -> float | None:
    # JSON numbers here, texts in SuiteQL. Doubles hold cents exactly enough up to 90 trillion.
    return None if value is None else float(value)
