"""Batches, supplier invoices and purchase orders. Moments are aware, in UTC, to the millisecond."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from mlc_sandbox.visma_net.books.records import Account, Branch, Ledger, Subaccount, Supplier

POSTED = frozenset({"Posted", "Completed"})
"""Statuses of batches that count in the balances."""

ZERO = Decimal("0.0000")


@dataclass(slots=True)
class LedgerLine:
    """A line of a batch: `amount` is debit less credit in the ledger's currency, `foreign` in the batch's."""

    number: int
    account: Account
    subaccount: Subaccount
    branch: Branch
    amount: Decimal
    foreign: Decimal
    text: str
    reference: str | None = None


@dataclass(slots=True)
class Batch:
    """A journal transaction. Its key is (module, number); numbers repeat across modules."""

    module: str
    number: str
    ledger: Ledger
    status: str
    day: date
    period: str
    text: str
    branch: Branch
    currency: str
    rate: Decimal
    lines: list[LedgerLine]
    modified: datetime
    original: str | None = None


@dataclass(slots=True)
class InvoiceLine:
    """A line of a supplier invoice: amounts after its discount; `order` is purchase order number and line."""

    number: int
    item: str | None
    text: str
    quantity: Decimal
    unit: str
    unit_cost: Decimal
    cost: Decimal
    foreign: Decimal
    account: Account
    subaccount: Subaccount
    branch: Branch
    order: tuple[str, int] | None = None
    discount: Decimal = ZERO

    @property
    def project(self) -> str | None:
        """Work by the hour is for a project."""
        return "MONT" if self.unit == "TIME" else None


@dataclass(slots=True)
class Invoice:
    """A supplier invoice. Its key is (type, number); numbers repeat across types.

    See docs/vendors/visma_net.md, section 6.1.
    """

    type: str
    number: str
    status: str
    supplier: Supplier
    day: date
    due: date
    period: str
    rate: Decimal
    vat: Decimal
    text: str
    reference: str
    branch: Branch
    lines: list[InvoiceLine]
    created: datetime
    modified: datetime
    version: int = 1
    batches: list[Batch] = field(default_factory=list[Batch])

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it."""
        return (self.type, self.number)

    @property
    def detail_total(self) -> Decimal:
        """Sum of the lines in the company's currency."""
        return sum((line.cost for line in self.lines), ZERO)

    @property
    def foreign_total(self) -> Decimal:
        """Sum of the lines in the invoice's currency."""
        return sum((line.foreign for line in self.lines), ZERO)

    @property
    def draft(self) -> bool:
        """Whether it is not released."""
        return self.status in {"Hold", "Balanced"}

    @property
    def unpaid(self) -> bool:
        """Whether its whole amount is still to be paid."""
        return self.status not in {"Closed", "Voided"}


@dataclass(slots=True)
class OrderLine:
    """A line of a purchase order; amounts are in the order's currency."""

    number: int
    kind: str
    item: str | None
    text: str
    unit: str
    quantity: Decimal
    received: Decimal
    unit_cost: Decimal
    account: Account
    subaccount: Subaccount
    branch: Branch
    promised: date
    completed: bool
    canceled: bool

    @property
    def project(self) -> str | None:
        """Work by the hour is for a project."""
        return "MONT" if self.unit == "TIME" else None

    @property
    def amount(self) -> Decimal:
        """Of the whole line, after its discount."""
        return self.full_amount - volume_discount(self.quantity, self.full_amount)

    @property
    def full_amount(self) -> Decimal:
        """Of the whole line, before its discount."""
        return round_money(self.quantity * self.unit_cost)

    @property
    def received_amount(self) -> Decimal:
        """Of what came."""
        return round_money(self.received * self.amount / self.quantity)

    @property
    def open(self) -> bool:
        """Whether more is to come."""
        return not self.completed and not self.canceled


@dataclass(slots=True)
class Order:
    """A purchase order. Its key is (type, number)."""

    type: str
    number: str
    status: str
    supplier: Supplier
    day: date
    promised: date
    rate: Decimal
    text: str
    branch: Branch
    lines: list[OrderLine]
    modified: datetime

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it."""
        return (self.type, self.number)


def volume_discount(quantity: Decimal, amount: Decimal) -> Decimal:
    """What a supplier takes off a line of so many: a tenth from 45 on."""
    return round_money(amount / 10) if quantity >= 45 else ZERO


def round_money(amount: Decimal) -> Decimal:
    """To four decimals, as many as the vendor gives (docs/vendors/visma_net.md, section 3)."""
    return amount.quantize(ZERO)
