"""Lists of supplier invoices and purchase orders."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from mlc_sandbox.visma_net.books.documents import ZERO, Invoice, Order
from mlc_sandbox.visma_net.lists.filters import amounts, contains, days, moments, number, one_of, period, same
from mlc_sandbox.visma_net.lists.listing import Listing
from mlc_sandbox.visma_net.query import Query
from mlc_sandbox.visma_net.views.documents import purchase_order, purchase_order_basic, supplier_invoice
from mlc_sandbox.visma_net.views.style import Style

_INVOICE_TYPES = ("Invoice", "CreditAdj", "DebitAdj", "Prepayment", "Refund", "Payment")
_INVOICE_STATUSES = ("Hold", "Balanced", "Voided", "Scheduled", "Open", "Closed", "Printed", "Prebooked", "Reserved")
_ORDER_TYPES = ("RegularOrder", "DropShip", "Blanket", "StandardBlanket")
_ORDER_STATUSES = (
    "Balanced",
    "Cancelled",
    "Closed",
    "Hold",
    "Open",
    "PendingEmail",
    "PendingPrint",
    "Printed",
    "Voided",
)


def _unpaid(invoice: Invoice) -> Decimal:
    return invoice.foreign_total + invoice.vat if invoice.unpaid else ZERO


def _orders(resource: str, view: Callable[[Style, Order, Query], dict[str, Any]]) -> Listing:
    return Listing(
        resource,
        records=lambda books, _: books.orders.values(),
        view=view,
        key=lambda order: order.number,
        paged=True,
        filters=(
            one_of("orderType", _ORDER_TYPES, lambda order: order.type),
            one_of("orderStatus", _ORDER_STATUSES, lambda order: order.status),
            same("supplier", lambda order: order.supplier.number),
            same("branch", lambda order: order.branch.number),
            days("orderDate", lambda order: order.day),
            days("deliveryDate", lambda order: order.promised),
        ),
    )


DOCUMENTS = (
    Listing(
        "supplierinvoice",
        records=lambda books, _: books.invoices.values(),
        view=supplier_invoice,
        key=lambda invoice: invoice.number,
        paged=True,
        filters=(
            same("supplier", lambda invoice: invoice.supplier.number),
            one_of("documentType", _INVOICE_TYPES, lambda invoice: invoice.type),
            number("released", lambda invoice: int(not invoice.draft)),
            one_of("status", _INVOICE_STATUSES, lambda invoice: invoice.status),
            same("branch", lambda invoice: invoice.branch.number),
            period("financialPeriod", lambda invoice: invoice.period),
            days("docDate", lambda invoice: invoice.day),
            days("dueDate", lambda invoice: invoice.due),
            moments("createdDateTime", lambda invoice: invoice.created),
            amounts("balance", _unpaid),
            contains("item", lambda invoice: [line.item for line in invoice.lines]),
            contains("project", lambda invoice: [line.project for line in invoice.lines]),
        ),
    ),
    _orders("purchaseorder", purchase_order),
    _orders("purchaseorderbasic", purchase_order_basic),
)
