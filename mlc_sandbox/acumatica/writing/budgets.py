"""Budgets: a form with a filter, read and written by PUT (docs/vendors/acumatica.md, section 9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from mlc_sandbox.acumatica.books import Books, chart
from mlc_sandbox.acumatica.calls import Answer, Body, Call, refused_record, values_of
from mlc_sandbox.acumatica.records import Record
from mlc_sandbox.acumatica.refusals import bad_request
from mlc_sandbox.acumatica.resource import Resource
from mlc_sandbox.acumatica.shapes import shape_of
from mlc_sandbox.acumatica.switches import Switches
from mlc_sandbox.acumatica.view import view_of

_ENTITY = "Budget"
_PERIODS = tuple(f"Period{number:02d}" for number in range(1, 14))
_Article = tuple[str, str, str, str, str]


class Budgets(Resource):
    """Budget articles by branch, ledger, year, account and subaccount."""

    def __init__(self, books: Books, switches: Switches) -> None:
        super().__init__(books, switches)
        self._articles: dict[_Article, Record] = {}

    def put(self, call: Call) -> Answer:
        """Enter or change articles; without any, the ones that are there are told.

        Raises:
            Refusal: 400 or 422.
        """
        shape = shape_of(_ENTITY)
        view = view_of(shape, call.query)
        body = call.body()
        values = values_of(body, shape)
        errors = self._faults(values)
        rows: dict[_Article, Record] = {}
        for number, submitted in enumerate(_details(body)):
            row = values_of(submitted, shape.details["Details"])
            errors |= {f"Details/{number}/{name}": text for name, text in self._row_faults(row).items()}
            if not errors:
                key = (values["Branch"], values["Ledger"], values["FinancialYear"], row["Account"], row["Subaccount"])
                rows[key] = self._article(key, row)
        if errors:
            raise refused_record(body, errors, "Inserting  'Budget' record raised at least one error.")
        kept = self._articles if self._switches.budget_persists else dict(self._articles)
        kept.update(rows)
        same = (values["Branch"], values["Ledger"], values["FinancialYear"])
        found = [record for key, record in kept.items() if key[:3] == same]
        return Answer(body=call.renderer.record(Record(str(uuid4()), values, {"Details": found}), view))

    def _faults(self, values: dict[str, Any]) -> dict[str, str]:
        known = {
            "Branch": {branch.code for branch in chart.BRANCHES},
            "Ledger": {ledger.code for ledger in chart.LEDGERS if ledger.kind == "Budget"},
            "FinancialYear": set(self._books.calendar.years()),
        }
        return {
            name: f"'{name}' cannot be found in the system."
            for name, offered in known.items()
            if values.get(name) not in offered
        }

    def _row_faults(self, row: dict[str, Any]) -> dict[str, str]:
        known = {"Account": "Account", "Subaccount": "Subaccount"}
        return {
            name: f"'{name}' cannot be found in the system."
            for name, entity in known.items()
            if self._books.tables[entity].by_key(str(row.get(name))) is None
        }

    def _article(self, key: _Article, row: dict[str, Any]) -> Record:
        before = self._articles.get(key)
        zero = Decimal("0.00")
        fields = dict(before.fields) if before else dict.fromkeys(("Amount", *_PERIODS), zero)
        fields |= row
        fields |= {
            "Branch": key[0],
            "LedgerID": key[1],
            "FinancialYear": key[2],
            "DistributedAmount": sum((Decimal(str(fields[name] or 0)) for name in _PERIODS), zero),
            "Released": False,
            "Node": False,
        }
        return Record(before.id if before else self._books.guid(), fields)


def _details(body: Body) -> list[Body]:
    found = body.get("Details", [])
    if not isinstance(found, list):
        raise bad_request("The request is invalid.", Details=["An array is expected."])
    return found
