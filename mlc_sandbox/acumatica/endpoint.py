"""The endpoint's requests, each to what answers it (docs/vendors/acumatica.md, sections 3 to 9)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from mlc_sandbox.acumatica.books import Books
from mlc_sandbox.acumatica.calls import Answer, Call
from mlc_sandbox.acumatica.inquiries import Inquiries
from mlc_sandbox.acumatica.reading import Reading
from mlc_sandbox.acumatica.refusals import failed, insufficient_rights, no_resource
from mlc_sandbox.acumatica.rendering import empty_record
from mlc_sandbox.acumatica.shapes import FORMS
from mlc_sandbox.acumatica.swagger import description
from mlc_sandbox.acumatica.switches import Switches
from mlc_sandbox.acumatica.writing import Budgets, Journals, Releases
from mlc_sandbox.rest.refusals import Refusal


class Endpoint:
    """Default, in whichever version."""

    def __init__(self, books: Books, switches: Switches, now: Callable[[], datetime]) -> None:
        self._books = books
        self._switches = switches
        self._reading = Reading(books, switches)
        self._inquiries = Inquiries(books, switches)
        self._journals = Journals(books, switches, self._reading)
        self._budgets = Budgets(books, switches)
        self._releases = Releases(books, switches, self._reading, now)

    def answer(self, call: Call) -> Answer:
        """Answer a request.

        Raises:
            Refusal: as the vendor refuses.
        """
        if list(call.parts) == ["swagger.json"] and call.method == "GET":
            version = call.root.rpartition("/")[2]
            return Answer(body=json.dumps(description(version, call.root)))
        entity, *rest = call.parts
        if entity not in FORMS:
            raise no_resource(call.url)
        self._check_rights(entity)
        with self._books.lock:
            self._releases.settle()
            if rest[1:2] == ["status"] and call.method == "GET" and len(rest) == 3:
                return self._releases.status(call, rest[2])
            self._releases.check_idle(call.session, entity)
            return self._execute(call, entity, tuple(rest))

    def _execute(self, call: Call, entity: str, rest: tuple[str, ...]) -> Answer:
        match call.method:
            case "GET" if not rest:
                return self._reading.list(call, entity)
            case "GET" if rest == ("$adHocSchema",):
                return Answer(body=empty_record(entity))
            case "GET":
                return self._reading.single(call, entity, rest)
            case "POST":
                return self._act(call, entity, rest)
            case _ if entity == "JournalTransaction":
                return self._write_journal(call, rest)
            case "PUT" if FORMS[entity].inquiry and not rest:
                return self._budgets.put(call) if entity == "Budget" else self._inquiries.answer(call, entity)
            case _:
                # Other records are there to be read: the API user may not change them.
                raise insufficient_rights(FORMS[entity].title, FORMS[entity].screen)

    def _write_journal(self, call: Call, rest: tuple[str, ...]) -> Answer:
        match call.method:
            case "PUT" if not rest:
                return self._journals.put(call)
            case "PATCH" if not rest:
                return self._journals.patch(call)
            case "DELETE" if rest:
                return self._journals.delete(rest)
            case _:
                raise no_resource(call.url)

    def _act(self, call: Call, entity: str, rest: tuple[str, ...]) -> Answer:
        if not rest:
            raise Refusal(self._switches.post_status, {"message": "The requested resource does not support POST."})
        if len(rest) != 1 or rest[0] not in FORMS[entity].actions:
            raise no_resource(call.url)
        return self._releases.start(call)

    def _check_rights(self, entity: str) -> None:
        form = FORMS[entity]
        off = entity == "Subaccount" and not self._switches.subaccounts_feature
        if off or entity in self._switches.forbidden:
            raise insufficient_rights(form.title, form.screen)
        if entity in self._switches.not_set_up:
            raise failed(
                f"The required configuration data is not entered on the {form.title} ({form.screen}) form.",
                "PX.Data.PXSetupNotEnteredException",
            )
