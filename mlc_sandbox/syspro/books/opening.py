"""Fills the books: every month since January of the first year, up to today."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from mlc_sandbox.syspro.books.chart import ACCRUALS, BANK, BRANCHES, ENDED, JOURNALED, PURCHASES, STOCK, VAT_IN
from mlc_sandbox.syspro.books.entries import CANCELLED, ON_HOLD, UNPOSTED, Entry, Journal
from mlc_sandbox.syspro.books.ledger import ZERO, Ledger
from mlc_sandbox.syspro.books.partners import LOCAL, Partners
from mlc_sandbox.syspro.books.payables import CENT, Bill, Payables
from mlc_sandbox.syspro.books.periods import MONTHS, Slot
from mlc_sandbox.syspro.books.trade import VAT, Order, Receivables, Sale, order_stock

OPENING = {
    BANK: Decimal("4250000.00"),
    STOCK: Decimal("18900455.37"),
    "10-1500-00": Decimal("9100000.00"),
    "10-1510-00": Decimal("-2275000.00"),
    "10-2500-00": Decimal("-6000000.00"),
    "10-3000-00": Decimal("-1000.00"),
    "10-3100-00": Decimal("-23974455.37"),
}
"""Balances before the first year; together zero."""

_LONGEST = 30
"""No draw takes more ledger lines than this."""
_LATE, _REVERSED = 0.03, 0.08


@dataclass
class Opening:
    """Draws the transactions of the books.

    Attributes:
        today: no transaction is later.
        written: ledger lines so far.
    """

    chance: random.Random
    today: date
    ledger: Ledger
    payables: Payables
    receivables: Receivables
    partners: Partners
    written: int = 0
    _documents: int = 100_000
    _unpaid: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    _unreceived: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    def fill(self, slots: Sequence[Slot]) -> None:
        """Write everything, in the order of the slots."""
        for slot in slots:
            goal = self.written + slot.lines
            draws = {self._manual: 25, **({} if slot.period > MONTHS else self._subledgers())}
            while goal - self.written > _LONGEST:
                self.chance.choices(list(draws), list(draws.values()))[0](slot)
            self._manual(slot, exactly=goal - self.written)
            if slot.period <= MONTHS:
                self._orders(slot)
        self._leave_unposted(slots)

    def _subledgers(self) -> dict[Callable[[Slot], None], int]:
        return {self._bills: 12, self._payment: 25, self._sale: 35, self._receipt: 25}

    def _day(self, slot: Slot) -> date:
        return slot.start + timedelta(days=self.chance.randint(0, (slot.end - slot.start).days))

    def _posting_day(self, slot: Slot) -> date:
        """A day of the period, or now and then one of the next month's first: a late posting."""
        late = slot.end + timedelta(days=self.chance.randint(1, 4))
        return late if self.chance.random() < _LATE and late <= self.today else self._day(slot)

    def _money(self) -> Decimal:
        return Decimal(int(self.chance.lognormvariate(9, 1.1) * 100) + 1).scaleb(-2)

    def _number(self) -> int:
        self._documents += 1
        return self._documents

    def _branch(self) -> str:
        return self.chance.choice(list(BRANCHES))

    def _bills(self, slot: Slot) -> None:
        bills = [self._bill(slot) for _ in range(self.chance.randint(1, 5))]
        self.payables.enter(bills, slot.year, slot.period, self._posting_day(slot))
        self._unpaid += [(bill.supplier["Supplier"], bill.invoice) for bill in bills]
        self.written += sum(len(bill.distribution) + 1 for bill in bills)

    def _bill(self, slot: Slot) -> Bill:
        supplier = self.chance.choice(self.partners.suppliers)
        sign = -1 if self.chance.random() < 0.06 else 1
        branch = self._branch()
        codes = [f"{branch}-{code}" for code in self.chance.sample(PURCHASES, self.chance.randint(1, 3))]
        lines = [(code, sign * self._money()) for code in codes]
        if supplier["Currency"] == LOCAL:
            lines.append((VAT_IN, (sum((value for _, value in lines), ZERO) * VAT).quantize(CENT)))
        number = self._number()
        invoice = f"CN{number}" if sign < 0 else f"{self.chance.choice(('INV', 'F-', 'Rg. '))}{number}"
        return Bill(supplier, invoice, self._day(slot), lines, reference=f"PO{number}" if number % 3 else "")

    def _payment(self, slot: Slot) -> None:
        if not self._unpaid:
            return
        key = self._take_early(self._unpaid)
        invoice = self.ledger.tables["ApInvoice"].get(*key) or {}
        day = self._day(slot)
        if self.chance.random() < 0.05 and invoice["NextPaymEntry"] == 1:
            self.payables.cancel(invoice, slot.year, slot.period, day)
            self.written += len(self.payables.distribution(invoice)) + 1
            return
        value: Decimal = invoice["MthInvBal1"]
        if self.chance.random() < 0.1 and abs(value) > 1:
            value = (value / 2).quantize(CENT)
            self._unpaid.append(key)
        self.payables.pay(invoice, value, slot.year, slot.period, day, number=f"{self._number()}")
        self.written += 2

    def _take_early(self, keys: list[tuple[str, ...]]) -> tuple[str, ...]:
        """One of the earliest of what waits, taken out."""
        return keys.pop(self.chance.randrange(min(50, len(keys))))

    def _receipt(self, slot: Slot) -> None:
        if not self._unreceived:
            return
        invoice = self.ledger.tables["ArInvoice"].get(*self._take_early(self._unreceived)) or {}
        self.receivables.receive(invoice, slot.year, slot.period, self._day(slot))
        self.written += 2

    def _sale(self, slot: Slot) -> None:
        document = self.chance.choices("ICD", weights=(90, 7, 3))[0]
        sign = -1 if document == "C" else 1
        branch, kind = self._branch(), self.chance.choice(("000-00", "100-00"))
        net, number = self._money() * 2, self._number()
        sale = Sale(
            self.chance.choice(self.partners.customers),
            f"{number:015d}",
            document,
            self._day(slot),
            sign * net,
            sign * (net * Decimal("0.62")).quantize(CENT),
            (f"{branch}-4{kind}", f"{branch}-5{kind}"),
            order=f"SO{number}",
            customer_order=self.chance.choice(("", f"PO-{number % 9973}", f"Auftrag Nº {number % 997}")),
        )
        self.receivables.enter(sale, slot.year, slot.period)
        self._unreceived.append((sale.customer["Customer"], sale.invoice, document))
        self.written += 5

    def _manual(self, slot: Slot, *, exactly: int | None = None) -> None:
        lines = exactly or self.chance.choices((2, 3, 4, 6, 12), weights=(50, 15, 15, 15, 5))[0]
        branch = self._branch()
        codes = [f"{branch}-{self.chance.choice(JOURNALED)}" for _ in range(lines - 1)]
        if slot.year == self.ledger.years[0] and self.chance.random() < 0.2:
            codes[0] = f"{branch}-{ENDED}"
        values = [self._money() * self.chance.choice((1, 1, 1, -1)) for _ in codes]
        if not sum(values):
            values[0] += CENT
        words = f"Accrual {slot.year}/{slot.period}" if slot.period <= MONTHS else "Auditor's adjustment · Café lease"
        entries = [Entry(code, value, comment=words) for code, value in zip(codes, values, strict=True)]
        day = slot.end if slot.period > MONTHS else self._posting_day(slot)
        journal = Journal(
            slot.year,
            slot.period,
            day,
            [*entries, Entry(ACCRUALS, -sum(values, ZERO), comment=words)],
            reference=f"J{self._number()}",
            notation=words,
        )
        self.ledger.write(journal)
        self.written += lines
        if not exactly and self.chance.random() < _REVERSED:
            turned = [replace(entry, value=-entry.value) for entry in journal.entries]
            self.ledger.write(replace(journal, entries=turned, notation=f"Reversal of {journal.reference}"))
            self.written += lines

    def _orders(self, slot: Slot) -> None:
        for _ in range(3 + slot.lines // 60):
            order = Order(
                f"{self._number():015d}",
                self.chance.choice(self.partners.suppliers),
                self.partners.stock,
                self._day(slot),
            )
            order_stock(self.chance, self.ledger.tables, order)

    def _leave_unposted(self, slots: Sequence[Slot]) -> None:
        """Journals that the balances don't know: not posted, on hold, cancelled, provisional, one of them forgotten."""
        for slot, status, kind in (
            (slots[-1], UNPOSTED, "N"),
            (slots[-1], UNPOSTED, "P"),
            (slots[-1], ON_HOLD, "N"),
            (slots[-1], CANCELLED, "N"),
            (slots[0], UNPOSTED, "N"),
        ):
            value = self._money()
            entries = [Entry(f"{self._branch()}-6100-00", value), Entry(ACCRUALS, -value)]
            reference = f"J{self._number()}"
            self.ledger.write(
                Journal(
                    slot.year,
                    slot.period,
                    self._day(slot),
                    entries,
                    reference=reference,
                    notation="Draft",
                    type=kind,
                    status=status,
                    authorised=False,
                )
            )
