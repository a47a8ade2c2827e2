"""Supplier invoices and purchase orders as the API gives them (docs/vendors/visma_net.md, sections 6.1 and 6.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mlc_sandbox.visma_net.books.documents import ZERO, Invoice, InvoiceLine, Order, OrderLine, round_money
from mlc_sandbox.visma_net.query import Query
from mlc_sandbox.visma_net.views.style import Style, version_stamp, written_day
from mlc_sandbox.visma_net.wire import Written

View = dict[str, Any]
_VAT = Written('{"id":"1","description":"25 %"}')
_PROJECT = Written('{"internalId":1,"id":"MONT","description":"Montasje"}')
_TASK = Written('{"internalId":1,"id":"T1","description":"Utførelse"}')
_NO_VAT = Written('{"id":"0","description":"Avgiftsfri"}')


def supplier_invoice(style: Style, one: Invoice, query: Query) -> View:
    """SupplierInvoiceDto. Amounts are positive for all types; only those `InCurrency` are in the invoice's own."""
    wide = bool(query.flag("expandLinePrebookAccounts"))
    detail, foreign = one.detail_total, one.foreign_total
    vat = round_money(one.vat * one.rate)
    total, foreign_total = detail + vat, foreign + one.vat
    currency = one.supplier.currency
    return {
        "hold": one.status == "Hold",
        "documentType": one.type,
        "referenceNumber": one.number,
        "postPeriod": style.post_period(one.period),
        "financialPeriod": one.period,
        "date": written_day(one.day),
        "origInvoiceDate": written_day(one.day),
        "dueDate": written_day(one.due),
        "approvalStatus": "New" if one.draft else "ApprovedInApproval",
        "status": one.status,
        "currencyId": currency,
        "exchangeRate": one.rate,
        "amount": total,
        "vatAmount": vat,
        "balance": total if one.unpaid else ZERO,
        "balanceInCurrency": foreign_total if one.unpaid else ZERO,
        "detailTotal": detail,
        "detailTotalInCurrency": foreign,
        "vatTotal": vat,
        "vatTotalInCurrency": one.vat,
        "supplier": style.supplier(one.supplier),
        "supplierReference": one.reference,
        "description": one.text,
        "branchNumber": style.branch(one.branch),
        "location": {"countryId": one.supplier.country, "id": "MAIN", "name": "Primary"},
        "createdDateTime": style.stamp(one.created),
        "lastModifiedDateTime": style.stamp(one.modified),
        "closedFinancialPeriod": one.period if one.status == "Closed" else None,
        "paySelected": one.status == "Open",
        "documentVersionNumber": one.version,
        "timeStamp": version_stamp(one.modified),
        "errorInfo": "",
        "note": None,
        "invoiceLines": [_invoice_line(style, line, one, wide=wide) for line in one.lines],
        "taxDetailLines": [],
        "attachments": [],
    }


def _invoice_line(style: Style, line: InvoiceLine, invoice: Invoice, *, wide: bool) -> View:
    discount, before = round_money(line.discount * invoice.rate), style.switches.cost_before_discount
    view: View = {
        "lineNumber": line.number,
        "inventoryNumber": line.item,
        "transactionDescription": line.text,
        "quantity": line.quantity,
        "uom": line.unit,
        "unitCost": round_money(line.unit_cost * invoice.rate),
        "unitCostInCurrency": line.unit_cost,
        "cost": line.cost + discount if before else line.cost,
        "costInCurrency": line.foreign + line.discount if before else line.foreign,
        "discountAmount": discount,
        "discountAmountInCurrency": line.discount,
        "account": style.account(line.account),
        "subaccount": style.subaccount(line.subaccount),
        "vatCode": _VAT if invoice.vat else _NO_VAT,
        "poNumber": line.order[0] if line.order else None,
        "poLineNr": line.order[1] if line.order else None,
        "poReceiptNbr": None,
        "poReceiptLineNbr": None,
        "branchNumber": style.branch(line.branch),
        "project": _PROJECT if line.project else None,
        "projectTask": _TASK if line.project else None,
        "deferralCode": None,
        "note": None,
    }
    if wide:
        view["prebookAccount"] = style.account(line.account) if invoice.status == "Prebooked" else None
        view["prebookSubaccount"] = style.subaccount(line.subaccount) if invoice.status == "Prebooked" else None
    return view


def purchase_order(style: Style, one: Order, query: Query) -> View:
    """PurchaseOrderDto. Amounts are in the order's currency, unless the name says otherwise."""
    total = sum((line.amount for line in one.lines), ZERO)
    open_lines = [line for line in one.lines if line.open]
    return {
        **purchase_order_basic(style, one, query),
        "openQuantity": sum((line.quantity - line.received for line in open_lines), ZERO),
        "openBalance": sum((line.amount - line.received_amount for line in open_lines), ZERO),
        "controlTotal": total,
        "dontPrint": False,
        "printed": one.status == "Printed",
    }


def purchase_order_basic(style: Style, one: Order, _query: Query) -> View:
    """PurchaseOrderBasicDto: fewer members, the same lines."""
    total = sum((line.amount for line in one.lines), ZERO)
    tax = round_money(total * Decimal("0.25")) if one.supplier.currency == "NOK" else ZERO
    return {
        "orderType": one.type,
        "orderNbr": one.number,
        "hold": one.status == "Hold",
        "status": one.status,
        "date": written_day(one.day),
        "promisedOn": written_day(one.promised),
        "description": one.text,
        "supplier": style.supplier(one.supplier),
        "currency": one.supplier.currency,
        "supplierRef": None,
        "exchangeRate": one.rate,
        "lineTotal": total,
        "lineTotalInBaseCurrency": round_money(total * one.rate),
        "taxTotal": tax,
        "taxTotalInBaseCurrency": round_money(tax * one.rate),
        "orderTotal": total + tax,
        "orderTotalInBaseCurrency": round_money((total + tax) * one.rate),
        "branch": style.branch(one.branch),
        "lines": [_order_line(style, line, one) for line in one.lines],
        "lastModifiedDateTime": style.stamp(one.modified),
        "note": None,
        "timeStamp": version_stamp(one.modified),
        "errorInfo": "",
    }


def _order_line(style: Style, line: OrderLine, order: Order) -> View:
    amount = line.amount
    account = {"type": line.account.type, "number": line.account.number, "description": line.account.name}
    return {
        "lineNbr": line.number,
        "orderType": order.type,
        "orderNumber": order.number,
        "branch": style.branch(line.branch),
        "lineType": line.kind,
        "inventory": {"number": line.item, "description": line.text} if line.item else None,
        "lineDescription": line.text,
        "uom": line.unit,
        "orderQty": line.quantity,
        "qtyOnReceipts": line.received,
        "unitCost": line.unit_cost,
        "unitCostInBaseCurrency": round_money(line.unit_cost * order.rate),
        "extCost": line.full_amount,
        "discountAmount": line.full_amount - amount,
        "amount": amount,
        "receivedAmt": line.received_amount,
        "account": account,
        "sub": style.subaccount(line.subaccount),
        "project": _PROJECT if line.project else None,
        "projectTask": _TASK if line.project else None,
        "requested": written_day(order.day),
        "promised": written_day(line.promised),
        "completed": line.completed,
        "canceled": line.canceled,
        "note": None,
    }
