"""How entries and documents get into the tables."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import date, datetime

from mlc_sandbox.sap_business_one.books.entries import Balances, Draft, journal_entry, origin
from mlc_sandbox.sap_business_one.books.reading import BooksReading
from mlc_sandbox.sap_business_one.books.table import Row
from mlc_sandbox.sap_business_one.schema import DOCUMENT_SETS, ENTITY_SETS

_FIRST_DOCUMENT_NUMBER = 1000


class BooksWriting(BooksReading):
    """Numbers what is entered, and keeps balances and stamps.

    Attributes:
        lock: held while the books are read or changed.
        version: grows with every change.
    """

    def __init__(self, now: Callable[[], datetime], time_zone: str) -> None:
        super().__init__(now, time_zone)
        self.lock = threading.RLock()
        self.version = 0
        self._last_number = 0
        self._last_document = dict.fromkeys(DOCUMENT_SETS, 0)
        self._balances = Balances(self.tables["ChartOfAccounts"], self.tables["BusinessPartners"])

    @contextmanager
    def _change(self) -> Generator[None]:
        with self.lock:
            yield
            self.version += 1

    def _fill(self, entity_set: str, rows: Iterable[Row]) -> None:
        for row in rows:
            self.tables[entity_set].put(row)

    def _enter(self, draft: Draft) -> None:
        document, number = draft.document, None
        if document is not None and draft.entity_set:
            self._number_document(draft.entity_set, document)
        if draft.lines:
            reference = str(document["DocNum"]) if document else draft.reference
            header: Row = {
                "ReferenceDate": draft.posted,
                "DueDate": document["DocDueDate"] if document else draft.posted,
                "TaxDate": document["TaxDate"] if document else draft.posted,
                "Memo": draft.memo,
                "Reference": reference,
                "Reference2": document["NumAtCard"] if document else None,
                "Reference3": draft.external,
                "TransactionCode": draft.code,
                "ProjectCode": document["Project"] if document else None,
                "Series": 17,
                "OriginalJournal": origin(draft.kind),
                "Original": document["DocEntry"] if document else None,
                "BaseReference": reference if document else None,
                "StornoDate": draft.storno,
            }
            number = self._write(header, draft.lines, created=draft.created)
        if document is not None and draft.entity_set and number is not None:
            document["TransNum"] = number

    def _number_document(self, entity_set: str, document: Row) -> int:
        self._last_document[entity_set] += 1
        number = self._last_document[entity_set]
        document |= {"DocEntry": number, "DocNum": _FIRST_DOCUMENT_NUMBER + number}
        document["DocumentLines"] = [{**line, "DocEntry": number} for line in document["DocumentLines"]]
        self.tables[entity_set].put(document)
        return number

    def _write(self, header: Row, lines: Iterable[Row], *, created: date | None = None) -> int:
        self._last_number += 1
        entry = journal_entry(self._last_number, header, lines)
        entry["_created"] = created or self.local_now().date()
        self._balances.add(entry["JournalEntryLines"])
        self.tables["JournalEntries"].put(entry)
        return self._last_number

    def _stamp(self, entity_set: str, row: Row) -> Row:
        if "UpdateDate" not in ENTITY_SETS[entity_set].properties:
            return {}
        now = self.local_now()
        return {"UpdateDate": now.date(), "UpdateTime": now.time(), "DataVersion": row["DataVersion"] + 1}
