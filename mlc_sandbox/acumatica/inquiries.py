"""Inquiries: a PUT with parameters, answered with `Results` (docs/vendors/acumatica.md, sections 6 and 7)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

from mlc_sandbox.acumatica.books import Batch, Books, Period, chart
from mlc_sandbox.acumatica.books.ledger import BALANCED, ON_HOLD, POSTED, UNPOSTED
from mlc_sandbox.acumatica.calls import Answer, Body, Call, refused_record, values_of
from mlc_sandbox.acumatica.records import Record, Value
from mlc_sandbox.acumatica.resource import Resource
from mlc_sandbox.acumatica.shapes import shape_of
from mlc_sandbox.acumatica.view import view_of

_UNRELEASED = frozenset({BALANCED, ON_HOLD, "Pending Approval"})


class Inquiries(Resource):
    """Answers inquiries; they save nothing."""

    def answer(self, call: Call, entity: str) -> Answer:
        """The parameters again, with the results when they are to be expanded.

        Raises:
            Refusal: as the vendor refuses.
        """
        shape = shape_of(entity)
        view = view_of(shape, call.query)
        body = call.body()
        values = values_of(body, shape)
        asked = _Asked(self._books, body, values)
        match entity:
            case "AccountSummaryInquiry":
                rows = self._summary(asked)
            case "AccountDetailsForPeriodInquiry":
                rows = self._details(asked)
            case _:
                rows = _structure()
        results = list(rows)
        record = Record(str(uuid4()), asked.values, {"Results": results})
        return Answer(body=call.renderer.record(record, view))

    def _summary(self, asked: _Asked) -> Iterator[Record]:
        ledger, period = asked.ledger(required=True), asked.period("Period")
        branch, account_class, sub = (asked.values.get(name) for name in ("Branch", "AccountClass", "Subaccount"))
        if branch is not None and branch not in {known.code for known in chart.BRANCHES}:
            raise asked.missing("Branch")
        if sub is not None and sub not in chart.SUBACCOUNTS:
            raise asked.missing("Subaccount")
        balances = self._books.balances(ledger.code, period, subaccount=str(sub) if sub else None)
        found = sorted(balances.items()) if self._switches.keys_ascending else balances.items()
        for (code, branch_code), (before, within) in found:
            account = self._books.record("Account", code).fields
            if (branch and branch != branch_code) or (account_class and account_class != account["AccountClass"]):
                continue
            sign = -1 if self._books.is_credit(code) else 1
            beginning = sign * (before.debit - before.credit)
            change = sign * (within.debit - within.credit)
            yield Record(
                str(uuid4()),
                {
                    "Account": code,
                    "Description": account["Description"],
                    "Type": account["Type"],
                    "AccountClass": account["AccountClass"],
                    "Branch": branch_code,
                    "Subaccount": sub,
                    "LedgerID": ledger.number,
                    "BeginningBalance": beginning,
                    "DebitTotal": within.debit,
                    "CreditTotal": within.credit,
                    "PtdTotal": change,
                    "EndingBalance": beginning + change,
                    "LastActivity": self._books.last_activity(ledger.code, period, code, branch_code),
                    "CurrencyID": account["CurrencyID"],
                    "ConsolidationAccount": account["ConsolidationAccount"],
                },
            )

    def _details(self, asked: _Asked) -> Iterator[Record]:
        ledger = asked.ledger(required=False)
        first, last = asked.period("FromPeriod"), asked.period("ToPeriod")
        statuses = {POSTED}
        if asked.values.get("IncludeUnposted"):
            statuses |= {UNPOSTED}
        if asked.values.get("IncludeUnreleased"):
            statuses |= _UNRELEASED
        for period in self._books.calendar.periods:
            if first.order <= period.order <= last.order:
                batches = [b for b in self._books.ledger.batches(ledger.code, period.id) if b.status in statuses]
                order = (lambda batch: batch.key) if self._switches.keys_ascending else _by_id
                for batch in sorted(batches, key=order):
                    yield from _detail_rows(batch)


def _by_id(batch: Batch) -> tuple[str, str]:
    return batch.id, ""


def _detail_rows(batch: Batch) -> Iterator[Record]:
    header = batch.fields
    same = {
        "Module": header["Module"],
        "BatchNumber": header["BatchNbr"],
        "TransactionDate": header["TransactionDate"],
        "PeriodID": header["PostPeriod"],
        "Ledger": header["LedgerID"],
        "Currency": header["CurrencyID"],
        "TransactionType": batch.kind,
        "Posted": batch.status == POSTED,
        "Released": batch.status in {POSTED, UNPOSTED},
        "LastModifiedDateTime": header["LastModifiedDateTime"],
    }
    for line in batch.lines:
        fields: dict[str, Value] = {
            **same,
            "Account": line.account,
            "Subaccount": line.subaccount,
            "Branch": line.branch,
            "DebitAmount": line.debit,
            "CreditAmount": line.credit,
            "DebitAmountInBaseCurrency": line.base_debit,
            "CreditAmountInBaseCurrency": line.base_credit,
            "RefNumber": line.reference,
            "TransactionDescription": line.text,
            "CustomerVendor": line.party,
            "Project": line.project,
            "ProjectTask": line.task,
        }
        yield Record(str(uuid4()), fields)


def _structure() -> Iterator[Record]:
    for branch in chart.BRANCHES:
        yield Record(
            str(uuid4()),
            {
                "CompanyID": branch.company,
                "CompanyName": branch.company_name,
                "CompanyType": branch.company_type,
                "CompanyStatus": True,
                "BranchID": branch.code,
                "BranchName": branch.name,
                "BranchStatus": branch.active,
                "BranchCountry": branch.country,
                "BaseCurrencyID": chart.BASE,
            },
        )


class _Asked:
    """The parameters of an inquiry."""

    def __init__(self, books: Books, body: Body, values: dict[str, str | int | bool | Decimal | None]) -> None:
        self._books = books
        self._body = body
        self.values: dict[str, Value] = dict(values)

    def ledger(self, *, required: bool) -> chart.Ledger:
        """The ledger asked for; that of the branch when none is."""
        code = self.values.get("Ledger")
        if code is None:
            if required:
                raise self._wrong("Ledger", "'Ledger' cannot be empty.")
            code = self.values["Ledger"] = chart.ACTUAL
        for ledger in chart.LEDGERS:
            if ledger.code == str(code).rstrip():
                return ledger
        raise self.missing("Ledger")

    def period(self, name: str) -> Period:
        """A period; it is echoed as `MMYYYY` however it was written."""
        text = self.values.get(name)
        if text is None:
            raise self._wrong(name, f"'{name}' cannot be empty.")
        period = self._books.calendar.find(str(text))
        if period is None:
            raise self.missing(name)
        self.values[name] = period.id
        return period

    def missing(self, name: str) -> Exception:
        """A value that no selector offers."""
        return self._wrong(name, f"'{name}' cannot be found in the system.")

    def _wrong(self, name: str, message: str) -> Exception:
        return refused_record(self._body, {name: message}, f"Error: {message}")
