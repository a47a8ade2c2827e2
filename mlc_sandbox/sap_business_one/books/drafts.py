"""What a month of a food manufacturer brings: invoices, payments, production and its deviations."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from mlc_sandbox.sap_business_one.books.chart import CONTROL_ACCOUNTS
from mlc_sandbox.sap_business_one.books.documents import CENT, DocumentMaker
from mlc_sandbox.sap_business_one.books.entries import Draft, ledger_line, reversed_lines
from mlc_sandbox.sap_business_one.books.table import Row
from mlc_sandbox.sap_business_one.schema import CLOSED, NO, OPEN, YES, ZERO

_KINDS: Mapping[str, int] = {
    "Invoices": 34,
    "PurchaseInvoices": 25,
    "receipt": 12,
    "payment": 10,
    "production": 10,
    "accrual": 3,
    "CreditNotes": 6,
    "PurchaseCreditNotes": 6,
}


class DraftMaker:
    """Makes drafts out of chance.

    Attributes:
        reversals: drafts of later days that belong to earlier ones: cancellations and reversed accruals.
        reversing_lines: first day of a month -> how many lines those have that are posted in it.
    """

    def __init__(self, chance: random.Random, codes: Mapping[str, str], partners: list[Row], today: date) -> None:
        self.reversals: list[Draft] = []
        self.reversing_lines: Counter[date] = Counter()
        self._chance = chance
        self._codes = codes
        self._today = today
        self._documents = DocumentMaker(chance, codes, partners)
        self._unpaid: dict[str, list[Row]] = {"receipt": [], "payment": []}
        self._special: Mapping[str, Callable[[date, date], Draft]] = {
            "receipt": lambda day, created: self._settlement("receipt", day, created),
            "payment": lambda day, created: self._settlement("payment", day, created),
            "production": self._production,
            "accrual": self._accrual,
        }

    def any(self, day: date) -> Draft:
        """An entry of some kind on this day; a few are entered in the month after."""
        kind = self._chance.choices(list(_KINDS), list(_KINDS.values()))[0]
        late = self._chance.random() < 0.03
        created = min(day + timedelta(days=self._chance.randint(20, 38)), self._today) if late else day
        special = self._special.get(kind)
        if special:
            return special(day, created)
        draft, document = self._documents.make(kind, day, created)
        self._decide_fate(draft, document)
        return draft

    def filler(self, day: date, count: int) -> Draft:
        """A journal entry of exactly this many lines, two or more: wages over the departments."""
        parts = [self._documents.amount(90_000) for _ in range(count - 1)]
        lines = [
            ledger_line(
                self._codes["5210" if place % 2 else "6210"], part, costing=self._documents.costing("work", day)
            )
            for place, part in enumerate(parts)
        ]
        lines.append(ledger_line(self._codes["2250"], -sum(parts, ZERO)))
        # Wages come from a payroll system.
        external = f"PAYROLL-{day:%Y%m}"
        return Draft(
            day, "ttJournalEntry", day, lines, "Løn, måned", reference=f"LØN {day:%m%y}", external=external, code="LØN"
        )

    def order(self, day: date) -> Draft:
        """A purchase order: no entry in the ledger."""
        _, order = self._documents.make("PurchaseInvoices", day, day)
        fate = self._chance.random()
        order["PaidToDate"] = ZERO
        order["DocumentStatus"] = OPEN if fate < 0.4 else CLOSED
        order["Cancelled"] = YES if fate > 0.92 else NO
        return Draft(day, "", day, [], "", entity_set="PurchaseOrders", document=order)

    def _decide_fate(self, draft: Draft, document: Row) -> None:
        later = draft.created + timedelta(days=3)
        if self._chance.random() < 0.02 and later <= self._today:
            document.update(Cancelled=YES, DocumentStatus=CLOSED, UpdateDate=later)
            lines = reversed_lines(draft.lines)
            memo = f"{draft.memo} - Cancellation"
            self._reverse(Draft(later, draft.kind, later, lines, memo, document=document))
        elif draft.entity_set in ("Invoices", "PurchaseInvoices"):
            self._unpaid["receipt" if draft.entity_set == "Invoices" else "payment"].append(document)

    def _settlement(self, kind: str, day: date, created: date) -> Draft:
        open_documents = [row for row in self._unpaid[kind][:3] if row["DocDate"] <= day]
        if not open_documents:
            return self._production(day, created)
        document = open_documents[0]
        owed = document["DocTotal"] - document.get("PaidToDate", ZERO)
        part = owed if self._chance.random() < 0.85 else (owed / 3).quantize(CENT)
        document["PaidToDate"] = document.get("PaidToDate", ZERO) + part
        document["UpdateDate"] = max(created, document["UpdateDate"])
        if part == owed:
            document["DocumentStatus"] = CLOSED
            self._unpaid[kind].remove(document)
        receipt = kind == "receipt"
        control = self._codes[CONTROL_ACCOUNTS["cCustomer" if receipt else "cSupplier"]]
        amount = -part if receipt else part
        lines = [ledger_line(control, amount, partner=document["CardCode"]), ledger_line(self._codes["1410"], -amount)]
        memo = f"{'Incoming' if receipt else 'Outgoing'} Payments - {document['CardCode']}"
        return Draft(created, "ttReceipt" if receipt else "ttVendorPayment", day, lines, memo)

    def _production(self, day: date, created: date) -> Draft:
        code, chance = self._codes, self._chance
        if chance.random() < 0.3:
            # Stock is valued with four places.
            value = Decimal(chance.randint(1, 9_999_999)).scaleb(-4)
            lines = [
                ledger_line(code["5150"], value, costing=self._documents.costing("cost", day)),
                ledger_line(code["1210"], -value),
            ]
            return Draft(created, "ttJournalEntry", day, lines, "Lagerregulering råvarer", reference="LAGER")
        used, packed, lost = self._documents.amount(60_000), self._documents.amount(9_000), self._documents.amount(900)
        lines = [
            ledger_line(code["1230"], used + packed - lost, memo="Ordre til VUF"),
            ledger_line(code["1210"], -used),
            ledger_line(code["1220"], -packed),
            ledger_line(code[chance.choice(("5130", "5140"))], lost, costing=self._documents.costing("cost", day)),
        ]
        return Draft(
            created, "ttJournalEntry", day, lines, "Produktionsordre", reference=f"PO-{chance.randint(1, 9999):05d}"
        )

    def _accrual(self, day: date, created: date) -> Draft:
        amount = self._documents.amount(30_000)
        lines = [
            ledger_line(self._codes["5240"], amount, costing=self._documents.costing("cost", day)),
            ledger_line(self._codes["2260"], -amount),
        ]
        storno = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        draft = Draft(created, "ttJournalEntry", day, lines, "Periodisering, kvalitetsprøver", storno=storno)
        if max(storno, created) <= self._today:
            back = reversed_lines(lines)
            memo = f"{draft.memo} (Reversal)"
            self._reverse(Draft(max(storno, created), "ttJournalEntry", storno, back, memo))
        return draft

    def _reverse(self, draft: Draft) -> None:
        self.reversals.append(draft)
        self.reversing_lines[draft.posted.replace(day=1)] += len(draft.lines)
