"""The resources of the Service Layer: which call goes where."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from mlc_sandbox.sap_business_one.answers import (
    HTML_502,
    Answer,
    Call,
    Refusal,
    bad_query,
    not_found,
    refused,
    unsupported,
)
from mlc_sandbox.sap_business_one.apply import answer_apply
from mlc_sandbox.sap_business_one.batch import answer_batch
from mlc_sandbox.sap_business_one.books import Books
from mlc_sandbox.sap_business_one.journals import Journals
from mlc_sandbox.sap_business_one.metadata import metadata
from mlc_sandbox.sap_business_one.queries import EntityQueries
from mlc_sandbox.sap_business_one.schema import ENTITY_SETS
from mlc_sandbox.sap_business_one.sessions import Sessions
from mlc_sandbox.sap_business_one.sql_queries import SqlQueries
from mlc_sandbox.sap_business_one.switches import Switches

_RESOURCE = re.compile(r"(?P<set>\w+)(?:\((?P<key>'(?:[^']|'')*'|-?\d+)\))?(?:/(?P<then>\$?\w+))?")


class Service:
    """Answers calls below the base; the books are locked meanwhile."""

    def __init__(self, books: Books, switches: Switches, sessions: Sessions, *, seed: int) -> None:
        self._books = books
        self._switches = switches
        self._sessions = sessions
        self._queries = EntityQueries(books, switches)
        self._journals = Journals(books, switches, self._queries)
        self._sql = SqlQueries(books, switches, self._queries)
        self._chance = random.Random(seed)

    def answer(self, call: Call) -> Answer:
        """Answer a call from outside."""
        if self._chance.random() < self._switches.trouble_rate:
            return Answer(502, HTML_502, {"content-type": "text/html; charset=iso-8859-1"})
        try:
            if (call.method, call.path) == ("POST", "Login"):
                return self._sessions.log_in(call)
            # Paths are case-sensitive: `login` is a resource like any other, and wants a session.
            self._sessions.require(call)
            if (call.method, call.path) == ("POST", "Logout"):
                return self._sessions.log_out(call)
            with self._books.lock:
                if (call.method, call.path) == ("POST", "$batch"):
                    return answer_batch(call, self._part, self._books)
                return self._resource(call)
        except Refusal as refusal:
            return refused(call.version, refusal, self._switches)

    def _part(self, call: Call) -> Answer:
        try:
            return self._resource(call)
        except Refusal as refusal:
            return refused(call.version, refusal, self._switches)

    def _resource(self, call: Call) -> Answer:
        if call.path == "$metadata" and call.method == "GET":
            return Answer(200, metadata(call.version, self._queries.known), {"content-type": "application/xml"})
        if call.path == "JournalVouchersService_Add" and call.method == "POST":
            return self._journals.add_voucher(call)
        match = _RESOURCE.fullmatch(call.path)
        if match is None or match["set"] not in ENTITY_SETS:
            raise bad_query("Unrecognized resource path.")
        entity_set: str = match["set"]
        if call.method == "GET" and entity_set in self._switches.unreadable:
            raise Refusal(403, -5002, "You are not permitted to perform this action")
        if entity_set == "SQLQueries" and self._switches.sql_tables is None:
            raise bad_query("Unrecognized resource path.")
        if match["key"] is None:
            return self._whole_set(call, entity_set, match["then"])
        record = self._books.tables[entity_set].get(_key(match["key"]))
        if record is None:
            raise not_found()
        return self._single(call, entity_set, record, match["then"])

    def _whole_set(self, call: Call, entity_set: str, then: str | None) -> Answer:
        if call.method == "GET" and then == "$count":
            return self._queries.count(call, entity_set)
        if then is not None:
            raise bad_query("Unrecognized resource path.")
        if call.method == "GET":
            if "$apply" in call.query:
                return answer_apply(call, entity_set, self._books, self._queries)
            return self._queries.many(call, entity_set)
        create: dict[str, Callable[[Call], Answer]] = {
            "JournalEntries": self._journals.create,
            "SQLQueries": self._sql.create,
        }
        if call.method == "POST" and entity_set in create:
            return create[entity_set](call)
        raise unsupported()

    def _single(self, call: Call, entity_set: str, record: dict[str, Any], then: str | None) -> Answer:
        action = (call.method, entity_set, then)
        if call.method == "GET" and then is None:
            return self._queries.one(call, entity_set, record)
        if action == ("POST", "JournalEntries", "Cancel"):
            return self._journals.cancel(record)
        if action == ("PATCH", "JournalEntries", None):
            return self._journals.patch(call, record)
        if entity_set == "SQLQueries" and then == "List" and call.method in ("GET", "POST"):
            return self._sql.list(call, record)
        if action == ("DELETE", "SQLQueries", None):
            return self._sql.delete(record)
        if then is not None:
            raise bad_query("Unrecognized resource path.")
        raise unsupported()


def _key(text: str) -> str | int:
    return text[1:-1].replace("''", "'") if text.startswith("'") else int(text)
