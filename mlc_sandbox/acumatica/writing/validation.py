"""What a submitted batch has to fulfil (docs/vendors/acumatica.md, section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mlc_sandbox.acumatica.books import Batch, Books, Line, chart
from mlc_sandbox.acumatica.books.desk import to_base
from mlc_sandbox.acumatica.books.ledger import NO_PROJECT, ZERO
from mlc_sandbox.acumatica.books.payables import PROJECTS
from mlc_sandbox.acumatica.calls import Body, refused_record
from mlc_sandbox.acumatica.refusals import bad_request, failed
from mlc_sandbox.acumatica.switches import Switches
from mlc_sandbox.rest.refusals import Refusal

_FOUR_PLACES = Decimal("0.0001")
_TEXT = 512
_REFERENCE = 15
_LINE_FIELDS = {
    "TransactionDescription": "text",
    "ReferenceNbr": "reference",
    "Project": "project",
    "ProjectTask": "task",
}
_MORE = ("Qty", "UOM", "CostCode", "NonBillable", "IsNonPM")


class Draft:
    """A submitted batch on its way into the books.

    Args:
        books: the books.
        body: as submitted.
        values: of the header.
        headers: of the request.

    Attributes:
        errors: message by field.
        business_date: the day that new documents get.
    """

    def __init__(self, books: Books, body: Body, values: dict[str, Any], headers: Mapping[str, str]) -> None:
        self._books = books
        self.body = body
        self.values = values
        self.errors: dict[str, str] = {}
        self._top = ""
        asked = headers.get("px-cbapibusinessdate")
        self.business_date: date = _day(asked, "PX-CbApiBusinessDate") if asked else books.stamp().date()

    def error(self, path: str, message: str) -> None:
        """Note what is wrong with a field; a line's is `Details/<row>/<field>`."""
        self.errors.setdefault(path, message)

    def top(self, message: str) -> None:
        """Note what is wrong with the whole."""
        self._top = self._top or message
        self.errors.setdefault("", message)

    def refusal(self, switches: Switches, verb: str) -> Refusal:
        """The answer that tells all that is wrong."""
        review = f"{verb}  'GL Batch' record raised at least one error. Please review the errors."
        fields = {path: message for path, message in self.errors.items() if path}
        if verb == "Inserting":
            self.body["BatchNbr"] = {"value": "<NEW>"}
        top = f"{review} {self._top}".strip()
        refused = refused_record(self.body, fields, top)
        if switches.validation_shape == "exception":
            return failed(top, "PX.Api.ContractBased.OutcomeEntityHasErrorsException")
        if switches.validation_shape == "mixed" and isinstance(refused.body, dict):
            refused.body |= {"message": "An error has occurred.", "exceptionMessage": top}
        return refused

    def fill_header(self, batch: Batch) -> None:
        """Put the submitted header fields into a batch."""
        values, fields = self.values, batch.fields
        for name in ("Description", "Hold", "BranchID", "CurrencyID", "LedgerID"):
            if name in values:
                value = values[name]
                fields[name] = value.rstrip() if isinstance(value, str) and name != "Description" else value
        if values.get("TransactionDate"):
            fields["TransactionDate"] = _day(values["TransactionDate"], "TransactionDate")
        if values.get("PostPeriod"):
            period = self._books.calendar.find(values["PostPeriod"])
            if period is None:
                self.error("PostPeriod", "'PostPeriod' cannot be found in the system.")
            fields["PostPeriod"] = period.id if period else None
        elif not fields.get("PostPeriod"):
            found = self._books.calendar.of_day(batch.day)
            if found is None:
                self.error("TransactionDate", "The financial period that corresponds to the date does not exist.")
            fields["PostPeriod"] = found.id if found else None
        batch.rate = chart.RATES.get(str(fields["CurrencyID"]), Decimal(1))

    def fill_line(self, row: int, values: dict[str, Any], line: Line) -> None:
        """Put the submitted fields of a detail row into a line, and look them up."""
        where = f"Details/{row}"
        for name, attribute in _LINE_FIELDS.items():
            if name in values:
                setattr(line, attribute, values[name])
        for name, attribute in (("Account", "account"), ("Subaccount", "subaccount"), ("BranchID", "branch")):
            if name in values:
                setattr(line, attribute, str(values[name] or "").rstrip())
        for name, attribute in (("DebitAmount", "debit"), ("CreditAmount", "credit")):
            if name in values:
                amount = values[name] or ZERO
                finest = amount.as_tuple().exponent
                too_fine = isinstance(finest, int) and finest < _FOUR_PLACES.as_tuple().exponent  # pyright: ignore[reportOperatorIssue]
                setattr(line, attribute, amount.quantize(_FOUR_PLACES) if too_fine else amount)
        more = {name: values[name] for name in _MORE if name in values}
        line.more = {**(line.more or {}), **more} or None
        self._look_up(where, line)

    def unbalanced(self, batch: Batch) -> bool:
        """Whether debit and credit differ."""
        return bool(sum((line.debit - line.credit for line in batch.lines), ZERO))

    def check(self, batch: Batch) -> None:
        """Look up what the header names, and reckon the base amounts."""
        fields = batch.fields
        ledger = next((known for known in chart.LEDGERS if known.code == fields["LedgerID"]), None)
        if ledger is None:
            self.error("LedgerID", "'LedgerID' cannot be found in the system.")
        elif ledger.kind == "Budget":
            self.error("LedgerID", "You cannot enter journal transactions to a budget ledger")
        branch = next((known for known in chart.BRANCHES if known.code == fields["BranchID"]), None)
        if branch is None:
            self.error("BranchID", "'BranchID' cannot be found in the system.")
        elif not branch.active:
            self.error("BranchID", "The branch is inactive.")
        if fields["CurrencyID"] not in chart.CURRENCIES:
            self.error("CurrencyID", "'CurrencyID' cannot be found in the system.")
        if len(str(fields["Description"] or "")) > _TEXT:
            self.error("Description", f"The string is longer than {_TEXT} characters.")
        period = self._books.calendar.find(str(fields.get("PostPeriod") or ""))
        if period is not None and period.status != "Open":
            label = f"{period.id[:2]}-{period.id[2:]}"
            self.error("PostPeriod", f"The {label} financial period is {period.status.lower()}.")
        to_base(batch.lines, batch.rate, str(fields["CurrencyID"]))

    def _look_up(self, where: str, line: Line) -> None:
        account = self._books.tables["Account"].by_key(line.account)
        if account is None:
            self.error(f"{where}/Account", "'Account' cannot be found in the system.")
        elif not account.fields["Active"]:
            self.error(f"{where}/Account", f"Account {line.account} is inactive.")
        elif line.account == chart.NET_INCOME:
            self.error(f"{where}/Account", "The YTD Net Income account cannot be used in this operation.")
        sub = self._books.tables["Subaccount"].by_key(line.subaccount)
        if not line.subaccount:
            self.error(f"{where}/Subaccount", "'Subaccount' cannot be empty.")
        elif sub is None:
            self.error(f"{where}/Subaccount", "'Subaccount' cannot be found in the system.")
        elif not sub.fields["Active"]:
            self.error(f"{where}/Subaccount", f"Subaccount {line.subaccount} is inactive.")
        if line.branch not in {branch.code for branch in chart.BRANCHES}:
            self.error(f"{where}/BranchID", "'BranchID' cannot be found in the system.")
        if line.project and line.project.rstrip() not in {*PROJECTS, NO_PROJECT}:
            self.error(f"{where}/Project", f"Project '{line.project:<10}' cannot be found in the system.")
        if line.debit and line.credit:
            self.error(f"{where}/CreditAmount", "A line cannot have both a debit and a credit amount.")
        if len(line.reference or "") > _REFERENCE:
            self.error(f"{where}/ReferenceNbr", f"The string is longer than {_REFERENCE} characters.")
        if len(line.text or "") > _TEXT:
            self.error(f"{where}/TransactionDescription", f"The string is longer than {_TEXT} characters.")


def _day(text: str, name: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise bad_request("The request is invalid.", **{name: [f"Could not convert {text!r} to DateTime."]}) from None
