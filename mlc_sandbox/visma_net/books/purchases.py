"""Generates purchase orders, supplier invoices of all types and statuses, and their payments."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from mlc_sandbox.visma_net.books.chance import Chance, Month
from mlc_sandbox.visma_net.books.documents import Invoice, InvoiceLine, Order, OrderLine, round_money, volume_discount
from mlc_sandbox.visma_net.books.records import Branch, Supplier

_ITEMS = (
    ("STEEL-10", "Stålplate 10 mm", "STK", "4000"),
    ("STEEL-Æ2", "Rør Ø42, galvanisert", "M", "4000"),
    ("ALU-007", "Aluminiumsprofil", "M", "4010"),
    ("WIRE", "Sveisetråd 1,2 mm", "KG", "4020"),
    (None, "Frakt & toll", "STK", "4060"),
    (None, "Underleveranse, sveising", "TIME", "4500"),
    (None, "Verktøy", "STK", "6550"),
    (None, "Reparasjon maskin «B»", "TIME", "6620"),
    (None, "Strøm", "KWH", "6340"),
    (None, "Konsulent", "TIME", "6790"),
    (None, "Programvare / lisens", "STK", "6420"),
)
_TYPES = ("Invoice", "CreditAdj", "DebitAdj", "Prepayment")
_TYPE_WEIGHTS = (84, 3, 9, 4)
_PAST = {"Closed": 80, "Open": 12, "Voided": 3, "Prebooked": 2, "Hold": 2, "Balanced": 1}
_CURRENT = {"Closed": 8, "Open": 56, "Voided": 3, "Prebooked": 6, "Hold": 12, "Balanced": 13, "Scheduled": 2}
_EACH_ONCE = (
    ("DebitAdj", "Open"),
    ("CreditAdj", "Open"),
    ("Prepayment", "Open"),
    *(("Invoice", one) for one in _CURRENT),
)
_PAST_ORDERS = {"Closed": 76, "Open": 12, "Cancelled": 6, "Printed": 3, "Voided": 3}
_CURRENT_ORDERS = {
    "Open": 45,
    "Hold": 12,
    "Printed": 12,
    "PendingEmail": 8,
    "PendingPrint": 8,
    "Balanced": 5,
    "Closed": 10,
}
_VAT = Decimal("0.25")
_NOTHING = Decimal(0)


class Purchasing:
    """The purchase side of a generation."""

    def __init__(self, chance: Chance) -> None:
        self._in = chance
        self._store = chance.store
        self._rng = chance.rng
        self._suppliers = [one for one in self._store.company.suppliers if one.status != "Inactive"]
        self._each_once = list(_EACH_ONCE)
        self._owed: list[Invoice] = []
        self._latest: dict[int, Order] = {}

    def invoice(self, month: Month) -> None:
        """Enter a supplier invoice; one in fifty comes when its period is closed already."""
        rng = self._rng
        # The smallest books shall have each kind, too.
        kind, status = (
            self._each_once.pop() if self._each_once else (rng.choices(_TYPES, _TYPE_WEIGHTS)[0], self._status(month))
        )
        supplier, branch, day = self._supplier(), self._in.branch(), self._in.day(month)
        lines = [
            self._invoice_line(number, supplier, branch, month) for number in range(1, rng.choice((2, 2, 3, 4, 6)))
        ]
        foreign = sum((line.foreign for line in lines), _NOTHING)
        late = 45 if not month.current and rng.random() < 0.02 else 0
        created = self._in.stamp(day, late or rng.randint(0, 4))
        invoice = Invoice(
            type=kind,
            number=self._store.next_number(kind),
            status=status,
            supplier=supplier,
            day=day,
            due=day + timedelta(days=rng.choice((14, 30, 45))),
            period=month.period.id,
            rate=month.rates[supplier.currency],
            vat=(foreign * _VAT).quantize(Decimal("0.01")) if supplier.currency == "NOK" else _NOTHING,
            text=f"{supplier.name}: {lines[0].text}",
            reference=f"F-{rng.randrange(10**6):06d}",
            branch=branch,
            lines=lines,
            created=created,
            modified=max(created, self._in.stamp(day, late + rng.randint(3, 9))),
        )
        self._store.invoices[invoice.key] = invoice
        self._store.post_invoice(invoice, modified=created)
        if status == "Closed" and kind == "Invoice":
            self._owed.append(invoice)

    def payment(self, month: Month) -> None:
        """Pay the oldest invoice that is entered as paid."""
        if not self._owed:
            return
        invoice = self._owed.pop(0)
        day = max(invoice.day, self._in.day(month))
        total, neutral = invoice.foreign_total + invoice.vat, self._store.company.subaccounts[0]
        bank = {"NOK": "1920", "EUR": "1925", "SEK": "1926"}[invoice.supplier.currency]
        self._store.add_batch(
            "AP",
            [
                (self._in.account("2400"), neutral, invoice.branch, total, invoice.supplier.name),
                (self._in.account(bank), neutral, invoice.branch, -total, "Betaling"),
            ],
            day=day,
            period=month.period.id,
            text=f"Betaling {invoice.reference}",
            modified=self._in.stamp(day),
            currency=invoice.supplier.currency,
            rate=invoice.rate,
            reference=invoice.number,
        )

    def order(self, month: Month) -> None:
        """Enter a purchase order; of most of the open ones a part has come."""
        rng = self._rng
        status = rng.choices(*zip(*(_CURRENT_ORDERS if month.current else _PAST_ORDERS).items(), strict=True))[0]
        supplier, branch, day = self._supplier(), self._in.branch(), self._in.day(month)
        promised = day + timedelta(days=rng.choice((7, 14, 30, 60)))
        kind = "Blanket" if rng.random() < 0.04 else "RegularOrder"
        order = Order(
            type=kind,
            # Its own series, so that a number is there once as a regular and once as a blanket order.
            number=f"PO{self._store.next_number(kind)}",
            status=status,
            supplier=supplier,
            day=day,
            promised=promised,
            rate=month.rates[supplier.currency],
            text=f"Bestilling {supplier.name}",
            branch=branch,
            lines=[self._order_line(number, status, branch, promised) for number in range(1, rng.randint(2, 6))],
            modified=self._in.stamp(day, rng.randint(0, 20)),
        )
        self._store.orders[order.key] = order
        self._latest[supplier.id] = order

    def _status(self, month: Month) -> str:
        weights = _CURRENT if month.current else _PAST
        return self._rng.choices(list(weights), list(weights.values()))[0]

    def _supplier(self) -> Supplier:
        return self._suppliers[min(int(self._rng.expovariate(4) * len(self._suppliers)), len(self._suppliers) - 1)]

    def _invoice_line(self, number: int, supplier: Supplier, branch: Branch, month: Month) -> InvoiceLine:
        rng = self._rng
        item, text, unit, account = rng.choice(_ITEMS)
        quantity, unit_cost = self._quantity(), self._in.amount(5.5)
        full = round_money(quantity * unit_cost)
        discount = volume_discount(quantity, full)
        order = self._latest.get(supplier.id) if rng.random() < 0.7 else None
        return InvoiceLine(
            number=number,
            item=item,
            text=text,
            quantity=quantity,
            unit=unit,
            unit_cost=unit_cost,
            cost=round_money((full - discount) * month.rates[supplier.currency]),
            foreign=full - discount,
            account=self._in.account(account),
            subaccount=self._in.subaccount(),
            branch=branch if rng.random() < 0.9 else self._in.branch(),
            order=(order.number, rng.choice(order.lines).number) if order else None,
            discount=discount,
        )

    def _order_line(self, number: int, status: str, branch: Branch, promised: date) -> OrderLine:
        rng = self._rng
        item, text, unit, account = rng.choice(_ITEMS)
        quantity = self._quantity()
        received = _NOTHING
        if status == "Closed":
            received = quantity
        elif status in {"Open", "Printed"} and rng.random() < 0.6:
            received = round_money(quantity * rng.choice((Decimal("0.25"), Decimal("0.5"), Decimal("0.9"), Decimal(1))))
        return OrderLine(
            number=number,
            kind="GoodsForInventory" if item else rng.choice(("NonStock", "Service", "Freight")),
            item=item,
            text=text,
            unit=unit,
            quantity=quantity,
            received=received,
            unit_cost=self._in.amount(5.5),
            account=self._in.account(account),
            subaccount=self._in.subaccount(),
            branch=branch,
            promised=promised,
            completed=received == quantity,
            canceled=status in {"Cancelled", "Voided"} or (received < quantity and rng.random() < 0.05),
        )

    def _quantity(self) -> Decimal:
        places = 2 if self._rng.random() < 0.2 else 0
        return Decimal(self._rng.randint(1, 60 * 10**places)).scaleb(-places)
