"""Journal transactions by PUT, PATCH and DELETE (docs/vendors/acumatica.md, sections 8 and 10)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlc_sandbox.acumatica.books import Batch, Books, Line, chart
from mlc_sandbox.acumatica.books.ledger import BALANCED, ON_HOLD, POSTED, UNPOSTED
from mlc_sandbox.acumatica.calls import Answer, Body, Call, values_of
from mlc_sandbox.acumatica.reading import Reading
from mlc_sandbox.acumatica.refusals import bad_request, failed, no_resource, precondition, unknown_name
from mlc_sandbox.acumatica.resource import Resource
from mlc_sandbox.acumatica.shapes import shape_of
from mlc_sandbox.acumatica.switches import Switches
from mlc_sandbox.acumatica.view import view_of
from mlc_sandbox.acumatica.writing.validation import Draft

_ENTITY = "JournalTransaction"
_CHANGEABLE = frozenset({ON_HOLD, BALANCED, "Pending Approval", "Rejected"})
_NEW = "<NEW>"


class Journals(Resource):
    """Creates, changes and deletes batches that are not released."""

    def __init__(self, books: Books, switches: Switches, reading: Reading) -> None:
        super().__init__(books, switches)
        self._reading = reading

    def put(self, call: Call) -> Answer:
        """Create a batch, or change the one that the keys, the id or `$filter` name.

        Raises:
            Refusal: 400, 412, 422 or 500; nothing is kept then.
        """
        body = call.body()
        found = self._named(call, body)
        if found is not None and call.headers.get("if-none-match") == "*":
            raise precondition("The record already exists.")
        if found is None and call.headers.get("if-match") == "*":
            raise precondition("The record does not exist.")
        return self._save(call, body, found)

    def patch(self, call: Call) -> Answer:
        """Change exactly the fields given.

        Raises:
            Refusal: 404 when there is no such batch, else as `put`.
        """
        body = call.body()
        found = self._named(call, body)
        if found is None:
            raise no_resource(call.url)
        return self._save(call, body, found)

    def delete(self, key: tuple[str, ...]) -> Answer:
        """Delete a batch that isn't released.

        Raises:
            Refusal: 500 when there is none or it is released.
        """
        batch = self._reading.batch(key)
        if batch.status in {POSTED, UNPOSTED}:
            raise failed("The batch has been released and cannot be deleted.")
        self._books.delete(batch)
        return Answer(204)

    def _named(self, call: Call, body: Body) -> Batch | None:
        if text := call.query.get("$filter", ""):
            matches = list(self._reading.select(_ENTITY, text))
            if len(matches) > 1:
                raise failed("More than one entity satisfies the condition.")
            return self._books.ledger.by_id(matches[0].id) if matches else None
        if "id" in body:
            return self._books.ledger.by_id(str(body["id"]))
        values = values_of(body, shape_of(_ENTITY))
        number = values.get("BatchNbr") or _NEW
        return None if number == _NEW else self._books.ledger.by_key(values.get("Module") or "GL", number)

    def _save(self, call: Call, body: Body, found: Batch | None) -> Answer:
        shape = shape_of(_ENTITY)
        view = view_of(shape, call.query)
        draft = Draft(self._books, body, values_of(body, shape), call.headers)
        if found is None:
            batch = self._new(draft, call)
        elif found.status in _CHANGEABLE:
            batch = replace(found, fields=dict(found.fields), lines=[replace(line) for line in found.lines])
        else:
            draft.top(f"The {found.key[1]} batch cannot be changed: its status is {found.status}.")
            raise draft.refusal(self._switches, "Updating")
        draft.fill_header(batch)
        self._fill_lines(draft, batch)
        self._fill_custom(body, batch)
        self._settle_status(draft, batch)
        draft.check(batch)
        if draft.errors:
            raise draft.refusal(self._switches, "Updating" if found else "Inserting")
        return Answer(body=call.renderer.record(self._keep(batch, found), view))

    def _new(self, draft: Draft, call: Call) -> Batch:
        stamp = self._books.stamp()
        if draft.values.get("Module", "GL") != "GL":
            draft.error("Module", "New batches can be entered for the GL module only.")
        return Batch(
            self._books.guid(),
            {
                "Module": "GL",
                "BatchNbr": _NEW,
                "LedgerID": chart.ACTUAL,
                "BranchID": call.headers.get("px-cbapibranch") or call.session.branch,
                "TransactionDate": draft.business_date,
                "CurrencyID": chart.BASE,
                "Description": None,
                "Hold": self._switches.hold_by_default,
                "Status": ON_HOLD,
                "CreatedDateTime": stamp,
                "LastModifiedDateTime": stamp,
            },
        )

    def _fill_lines(self, draft: Draft, batch: Batch) -> None:
        details = draft.body.get("Details", [])
        if not isinstance(details, list):
            raise bad_request("The request is invalid.", Details=["An array is expected."])
        by_id = {batch.line_id(line): line for line in batch.lines}
        by_number = {line.number: line for line in batch.lines}
        added: list[Line] = []
        for row, submitted in enumerate(details):
            values = values_of(submitted, shape_of("JournalTransactionDetail"))
            # A line without id or number is appended: a chunk that is sent twice is there twice.
            line = by_id.get(submitted.get("id", "")) or by_number.get(values.get("LineNbr", 0))
            if submitted.get("delete"):
                if line is None:
                    draft.top("The line to delete cannot be found.")
                else:
                    batch.lines.remove(line)
                continue
            if line is None:
                line = Line("", "", str(batch.fields["BranchID"]))
                added.append(line)
            draft.fill_line(row, values, line)
        batch.append(added)

    def _fill_custom(self, body: Body, batch: Batch) -> None:
        views: dict[str, dict[str, dict[str, Any]]] = body.get("custom") or {}
        for view, fields in views.items():
            for name, wrapped in fields.items():
                if f"{view}.{name}" not in self._switches.business_views:
                    raise unknown_name()
                batch.custom = {**batch.custom, f"{view}.{name}": str(wrapped.get("value"))}

    def _settle_status(self, draft: Draft, batch: Batch) -> None:
        hold = batch.fields["Hold"]
        if hold:
            batch.fields["Status"] = ON_HOLD
        elif batch.status == ON_HOLD:
            batch.fields["Status"] = "Pending Approval" if self._switches.require_approval else BALANCED
        if not hold and batch.slot[0] != chart.STATISTICAL and draft.unbalanced(batch):
            draft.top("The batch is not balanced. Review the debit and credit amounts.")

    def _keep(self, batch: Batch, found: Batch | None) -> Batch:
        if found is None:
            self._books.enter(batch)
            return batch
        if batch.slot != found.slot:
            self._books.ledger.erase(found)
            self._books.ledger.enter(batch)
        else:
            found.fields, found.lines, found.custom = batch.fields, batch.lines, batch.custom
            batch = found
        self._books.touch(batch)
        return batch
