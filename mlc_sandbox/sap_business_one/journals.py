"""Journal entries and journal vouchers written by clients (docs/vendors/sap_business_one.md, sections 5 and 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from mlc_sandbox.odata import ODataError
from mlc_sandbox.sap_business_one.answers import Answer, Call, Refusal, bad_query, business_error
from mlc_sandbox.sap_business_one.books import Books, BooksError
from mlc_sandbox.sap_business_one.books.chart import CONTROL_ACCOUNTS
from mlc_sandbox.sap_business_one.books.entries import COSTING, signed
from mlc_sandbox.sap_business_one.books.table import Row
from mlc_sandbox.sap_business_one.literals import as_date
from mlc_sandbox.sap_business_one.queries import EntityQueries
from mlc_sandbox.sap_business_one.schema import ENUMS, JOURNAL, JOURNAL_LINE, NO, YES, ZERO, EntityType
from mlc_sandbox.sap_business_one.switches import Switches

_TEXTS = {
    "Memo",
    "Reference",
    "Reference2",
    "Reference3",
    "TransactionCode",
    "Indicator",
    "ProjectCode",
    "U_ExternalRef",
}
"""Header properties that may change after posting."""

_READ_ONLY = {"JdtNum", "Number", "OriginalJournal", "Original"}
_LONGEST = {
    "Reference": 100,
    "Reference1": 100,
    "Reference2": 100,
    "Reference3": 100,
    "Memo": 50,
    "LineMemo": 50,
    "AdditionalReference": 27,
    "AccountCode": 15,
    "ShortName": 15,
    "ProjectCode": 8,
    "TransactionCode": 4,
}
"""Characters that texts may have (docs/vendors/sap_business_one.md, section 5)."""
_SYSTEM_AMOUNTS = {"Debit": "DebitSys", "Credit": "CreditSys"}


class Journals:
    """Creates, changes and cancels journal entries; parks vouchers."""

    def __init__(self, books: Books, switches: Switches, queries: EntityQueries) -> None:
        self._books = books
        self._switches = switches
        self._queries = queries

    def create(self, call: Call) -> Answer:
        """`POST JournalEntries`: posts at once."""
        self._require_right()
        header, lines = self._entry(call.content())
        number = self._books.post(header, lines)
        location = {"location": f"{call.root}/JournalEntries({number})"}
        if "return-no-content" in call.headers.get("prefer", ""):
            return Answer(204, headers=location)
        plain = Call("GET", call.version, call.root, f"JournalEntries({number})", {}, call.headers)
        shown = self._queries.one(plain, "JournalEntries", self._books.entry(number))
        return Answer(201, shown.body, {**shown.headers, **location})

    def patch(self, call: Call, entry: Row) -> Answer:
        """`PATCH JournalEntries(n)`: texts only."""
        self._require_right()
        content = call.content()
        values = self._typed(JOURNAL, content)
        if forbidden := set(content) - _TEXTS:
            raise business_error(f"Field '{min(forbidden)}' of a posted journal entry cannot be updated")
        self._books.edit(entry["JdtNum"], **values)
        return Answer(204)

    def cancel(self, entry: Row) -> Answer:
        """`POST JournalEntries(n)/Cancel`: a reversing entry."""
        self._require_right()
        try:
            self._books.cancel(entry["JdtNum"])
        except BooksError as error:
            raise business_error(str(error)) from error
        return Answer(204)

    def add_voucher(self, call: Call) -> Answer:
        """`POST JournalVouchersService_Add`: parks entries; says nothing about them."""
        self._require_right()
        content = call.content()
        if set(content) != {"JournalVoucher"}:
            raise bad_query("The parameter 'JournalVoucher' is expected")
        entries: list[tuple[Row, list[Row]]] = []
        for voucher in _listed(content["JournalVoucher"]):
            if set(voucher) != {"JournalEntry"}:
                raise bad_query("Property 'JournalEntry' of 'JournalVoucher' is expected")
            entries += [self._entry(entry) for entry in _listed(voucher["JournalEntry"])]
        if not entries:
            raise business_error("No journal entry in the voucher")
        self._books.add_vouchers(entries)
        return Answer(204)

    def _require_right(self) -> None:
        if not self._switches.may_post:
            raise Refusal(403, -5002, "You are not permitted to perform this action")

    def _entry(self, content: Mapping[str, Any]) -> tuple[Row, list[Row]]:
        given = self._typed(JOURNAL, {name: value for name, value in content.items() if name != "JournalEntryLines"})
        header = {name: value for name, value in given.items() if value is not None and name not in _READ_ONLY}
        header.setdefault("ReferenceDate", self._books.local_now().date())
        raw = _listed(content.get("JournalEntryLines") or [])
        lines = [self._line(line, place) for place, line in enumerate(raw, start=1)]
        if len(lines) < 2 or sum(map(signed, lines), ZERO):
            raise business_error("Unbalanced Transaction")
        try:
            self._books.require_open(header["ReferenceDate"])
        except BooksError as error:
            raise business_error(str(error)) from error
        return header, lines

    def _line(self, content: Mapping[str, Any], place: int) -> Row:
        line = self._typed(JOURNAL_LINE, content)
        self._name_account(line, place)
        for dimension, name in enumerate(COSTING, start=1):
            rule = self._books.tables["DistributionRules"].get(line[name]) if line.get(name) else None
            if line.get(name) and (rule is None or rule["InWhichDimension"] != dimension or rule["Active"] == NO):
                raise business_error(f"Invalid distribution rule '{line[name]}' in dimension {dimension}, line {place}")
        for name, system in _SYSTEM_AMOUNTS.items():
            if name in line:
                line[system] = line[name]
        return {name: value for name, value in line.items() if value is not None and name != "Line_ID"}

    def _name_account(self, line: Row, place: int) -> None:
        code, short = line.get("AccountCode") or "", line.get("ShortName") or ""
        partner = self._books.tables["BusinessPartners"].get(short)
        if partner is not None:
            control = CONTROL_ACCOUNTS.get(partner["CardType"])
            if control is None or partner["Frozen"] == YES:
                raise business_error(f"Business partner '{short}' is inactive, line {place}")
            line["AccountCode"] = line["ControlAccount"] = self._books.codes[control]
            return
        account = self._books.tables["ChartOfAccounts"].get(code or short)
        if account is None:
            raise business_error(f"G/L account '{code or short}' is missing, line {place}")
        if account["ActiveAccount"] == NO:
            raise business_error(f"G/L account '{account['Code']}' is a title account, line {place}")
        if account["FrozenFor"] == YES:
            raise business_error(f"G/L account '{account['Code']}' is inactive, line {place}")
        if account["LockManualTransaction"] == YES:
            raise business_error(f"G/L account '{account['Code']}' is locked for manual transactions, line {place}")
        line["AccountCode"] = line["ShortName"] = account["Code"]

    def _typed(self, entity_type: EntityType, content: Mapping[str, Any]) -> Row:
        known, values = self._queries.known(entity_type), dict[str, Any]()
        for name, value in content.items():
            if name not in known or name in entity_type.lines:
                raise bad_query(f"Property '{name}' of '{entity_type.name}' is invalid")
            values[name] = _value(entity_type, name, value)
        return values


def _value(entity_type: EntityType, name: str, value: Any) -> Any:
    kind = entity_type.properties[name]
    if value is None:
        return None
    if kind == "date":
        try:
            return as_date(value)
        except ODataError as error:
            raise bad_query(str(error)) from error
    if kind == "amount" and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    if kind == "int" and type(value) is int:
        return value
    if isinstance(value, str):
        if kind in ENUMS and value in ENUMS[kind]:
            return ENUMS[kind][value]
        if kind == "text":
            if len(value) > _LONGEST.get(name, 254):
                raise business_error(f"Value too long in property '{name}' of '{entity_type.name}'")
            return value
    raise bad_query(f"Invalid value {value!r} of property '{name}' of '{entity_type.name}'")


def _listed(value: Any) -> list[dict[str, Any]]:
    """One or many, as callers write it; each an object."""
    found: Iterable[Any] = value if isinstance(value, list) else [value]
    entries = list(found)
    if not all(isinstance(entry, dict) for entry in entries):
        raise bad_query("Invalid JSON format: an object is expected.")
    return entries
