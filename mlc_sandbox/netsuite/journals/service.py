"""Creates, updates, reads and deletes journals for the record API (docs/vendors/netsuite.md, sections 5.1 to 5.4)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from mlc_sandbox.netsuite.books import Books, Entry
from mlc_sandbox.netsuite.journals.body import Body, invalid_value
from mlc_sandbox.netsuite.journals.lines import merge_lines
from mlc_sandbox.netsuite.journals.references import References
from mlc_sandbox.netsuite.journals.rules import check_journal, require_open
from mlc_sandbox.netsuite.refusals import Refusal, invalid_parameter, nonexistent, user_error
from mlc_sandbox.netsuite.switches import Switches

NO_INSTANCE = "The record instance does not exist. Provide a valid record instance ID."
WRONG_TYPE = "Error while accessing a resource. Transaction type specified is incorrect."
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_PENDING, _APPROVED, _STATUSES = 1, 2, ("1", "2", "3", "11")


class JournalRecords:
    """The journal entries of the books as records."""

    def __init__(self, books: Books, switches: Switches) -> None:
        self._books = books
        self._switches = switches

    def number_of(self, key: str) -> int:
        """Internal id of the journal that a path's last part names: an internal id, or `eid:` and an external id.

        Raises:
            Refusal: 404 for an unknown external id; 400 for an id of another transaction type, or of none at all
                (docs/vendors/netsuite.md, section 5.4).
        """
        if key.startswith("eid:"):
            number = self._books.find(_external_id(key))
            if number is None:
                raise nonexistent(NO_INSTANCE)
        elif key.isdigit():
            number = int(key)
        else:
            raise nonexistent(NO_INSTANCE)
        self.entry(number)
        return number

    def entry(self, number: int) -> Entry:
        """The journal with an internal id. Errors as of `number_of`."""
        entry = self._books.entry(number)
        if entry is None or entry.type != "Journal":
            raise user_error(WRONG_TYPE)
        return entry

    def create(self, body: Body) -> int:
        """POST: create a journal; returns its id."""
        with self._books.lock:
            return self._create(body, None)

    def upsert(self, key: str, body: Body, *, replace_lines: bool) -> int:
        """PUT eid: create the journal, or update the one that has the external id; returns its id."""
        if not key.startswith("eid:"):
            raise invalid_parameter("PUT is supported with an external id only: use eid:<externalId>.", "id")
        external_id = _external_id(key)
        given = body.header.get("externalId")
        if given not in {None, external_id}:
            raise invalid_value(given, "externalId", "externalId")
        with self._books.lock:
            number = self._books.find(external_id)
            if number is None:
                return self._create(body, external_id)
            if getattr(self._books.entry(number), "type", "") != "Journal":
                # External ids are unique over all types of transactions (docs/vendors/netsuite.md, section 5.4).
                raise user_error("This record already exists: the external ID belongs to another transaction.")
            return self._update(number, body, replace_lines=replace_lines)

    def update(self, key: str, body: Body, *, replace_lines: bool) -> int:
        """PATCH: update a journal; returns its id."""
        with self._books.lock:
            return self._update(self.number_of(key), body, replace_lines=replace_lines)

    def delete(self, key: str) -> None:
        """DELETE: delete a journal and the one that reverses it; of one that reverses, only itself."""
        with self._books.lock:
            number = self.number_of(key)
            entry = self.entry(number)
            for one in (number, entry.reversal):
                if one is not None:
                    require_open(self._books, self.entry(one).period)
            self._books.delete(number)
            if entry.reversal is not None and entry.is_reversal:
                self._books.edit(entry.reversal, reversal=None, reversal_date=None)
            elif entry.reversal is not None:
                self._books.delete(entry.reversal)

    def _create(self, body: Body, external_id: str | None) -> int:
        header = body.header
        oneworld = self._switches.features.oneworld
        if oneworld and header.get("subsidiary") is None:
            raise user_error("Please enter value(s) for: Subsidiary", "subsidiary")
        subsidiary = (
            References(self._books, 0).find("subsidiary", header["subsidiary"], "subsidiary") if oneworld else 1
        )
        day: date = header.get("tranDate") or self._books.local_now().date()
        month = self._books.month_of(day)
        if month is None and header.get("postingPeriod") is None:
            raise invalid_value(day, "tranDate", "tranDate")
        entry = Entry("Journal", day, month.id if month else 0, [], subsidiary=subsidiary or 1, external_id=external_id)
        if self._switches.approval_routing:
            entry = replace(entry, approval_status=_PENDING, posting=False, status="A")
            # Whether a new journal may come approved is not documented; here it waits for a PATCH.
            header = {name: value for name, value in header.items() if name not in {"approved", "approvalStatus"}}
        entry = self._changed(entry, header, body, replace_lines=False)
        self._require_free(entry.external_id, None)
        check_journal(entry, self._books, self._switches)
        self._check_reversal(entry)
        number = self._books.post(entry)
        self._reverse(number)
        return number

    def _update(self, number: int, body: Body, *, replace_lines: bool) -> int:
        old = self.entry(number)
        require_open(self._books, old.period)
        references = References(self._books, 0)
        given = body.header.get("subsidiary")
        if given is not None and references.find("subsidiary", given, "subsidiary") != old.subsidiary:
            raise user_error("The subsidiary of a journal entry cannot be changed after it was created.", "subsidiary")
        entry = self._changed(old, body.header, body, replace_lines=replace_lines)
        self._require_free(entry.external_id, number)
        check_journal(entry, self._books, self._switches)
        self._check_reversal(entry)
        self._books.edit(number, **{name: value for name, value in vars(entry).items() if name != "modified"})
        self._reverse(number)
        return number

    def _changed(self, entry: Entry, header: Any, body: Body, *, replace_lines: bool) -> Entry:
        references = References(self._books, entry.subsidiary)
        changes: dict[str, Any] = {}
        for name, attribute in _PLAIN.items():
            if name in header and (header[name] is not None or name in _CLEARABLE):
                changes[attribute] = header[name]
        for name, attribute in _REFERENCES.items():
            if name in header:
                changes[attribute] = references.find(name, header[name], name)
        if "currency" in changes and changes["currency"] != entry.currency and "exchangeRate" not in header:
            changes["exchange_rate"] = None
        if header.get("void"):
            raise user_error("The field void is read-only.", "void")
        if header.get("isBookSpecific"):
            book = references.find("accountingBook", header.get("accountingBook"), "accountingBook")
            if book is None:
                raise user_error("Please enter value(s) for: Accounting Book", "accountingBook")
            changes["books"] = (book,)
        if body.lines is not None:
            changes["lines"] = merge_lines(
                entry.lines,
                body.lines,
                replace_all=replace_lines or not body.lines,
                defaults={
                    attribute: references.find(name, header.get(name), name)
                    for name, attribute in (("department", "department"), ("class", "class_"), ("location", "location"))
                },
                find=references.find,
            )
        return replace(entry, **(changes | self._approval(header)))

    def _approval(self, header: Any) -> dict[str, Any]:
        status = str(header["approvalStatus"]) if header.get("approvalStatus") is not None else ""
        if status and status not in _STATUSES:
            raise invalid_value(status, "approvalStatus", "approvalStatus")
        if header.get("approved") is not None:
            status = str(_APPROVED if header["approved"] else _PENDING)
        if not status or not self._switches.approval_routing:
            return {}
        approved = status == str(_APPROVED)
        return {"approval_status": int(status), "posting": approved, "status": "B" if approved else "A"}

    def _require_free(self, external_id: str | None, number: int | None) -> None:
        if external_id is None:
            return
        if not _EXTERNAL_ID.fullmatch(external_id):
            raise invalid_value(external_id, "externalId", "externalId")
        if self._books.find(external_id) not in {None, number}:
            raise user_error("This record already exists.", "externalId")

    def _check_reversal(self, entry: Entry) -> None:
        if entry.reversal_date is None or entry.reversal_defer or entry.is_reversal:
            return
        period = self._books.month_of(entry.reversal_date)
        if period is None or entry.reversal_date <= entry.date:
            raise invalid_value(entry.reversal_date, "reversalDate", "reversalDate")
        require_open(self._books, period.id)

    def _reverse(self, number: int) -> None:
        """Enter, change or take back the reversing journal; one that is deferred comes later, and never here."""
        entry = self.entry(number)
        if entry.is_reversal:
            return
        period = self._books.month_of(entry.reversal_date) if entry.reversal_date else None
        if period is None or entry.reversal_date is None or entry.reversal_defer:
            if entry.reversal is not None:
                self._books.delete(entry.reversal)
                self._books.edit(number, reversal=None)
            return
        reversing = replace(
            entry,
            date=entry.reversal_date,
            period=period.id,
            lines=[replace(line, amount=-line.amount) for line in entry.lines],
            external_id=None,
            tran_id=None,
            is_reversal=True,
            reversal=number,
            created=None,
        )
        if entry.reversal is None:
            self._books.edit(number, reversal=self._books.post(reversing))
        else:
            self._books.edit(
                entry.reversal, **{name: value for name, value in vars(reversing).items() if name != "tran_id"}
            )


_PLAIN = {
    "tranDate": "date",
    "exchangeRate": "exchange_rate",
    "memo": "memo",
    "externalId": "external_id",
    "tranId": "tran_id",
    "reversalDate": "reversal_date",
    "reversalDefer": "reversal_defer",
}
_CLEARABLE = frozenset({"memo", "externalId", "reversalDate"})
_REFERENCES = {"postingPeriod": "period", "currency": "currency"}


def _external_id(key: str) -> str:
    external_id = key.removeprefix("eid:")
    if not _EXTERNAL_ID.fullmatch(external_id):
        raise Refusal(
            400, "INVALID_PARAMETER", f"Invalid external ID {external_id}: use letters, digits, '_' and '-' only."
        )
    return external_id
