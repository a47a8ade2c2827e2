"""Figures that master records and invoices carry of what happened to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from mlc_sandbox.syspro.books.ledger import ZERO
from mlc_sandbox.syspro.books.table import Row, Table

_AGES = ("ValCurrentInv", "Val30daysInv", "Val60daysInv", "Val90daysInv", "Val120daysInv")


def show_suppliers(tables: Mapping[str, Table]) -> None:
    """Balance and dates of the suppliers; rows that stay as they are keep their rowversion."""
    for supplier in tables["ApSupplier"].rows():
        invoices = tables["ApInvoice"].where(Supplier=supplier["Supplier"])
        _show(
            tables["ApSupplier"],
            supplier,
            CurrentBalance=sum((row["MthInvBal1"] for row in invoices), ZERO),
            FirstPurchDate=min((row["InvoiceDate"] for row in invoices), default=None),
            LastPurchDate=max((row["InvoiceDate"] for row in invoices), default=None),
        )


def show_customers(tables: Mapping[str, Table], today: date) -> None:
    """Last sale and what is due by age."""
    for customer in tables["ArCustomer"].rows():
        invoices = tables["ArInvoice"].where(Customer=customer["Customer"])
        _show(tables["ArCustomer"], customer, DateLastSale=max((row["InvoiceDate"] for row in invoices), default=None))
        due = dict.fromkeys(_AGES, ZERO)
        for invoice in invoices:
            due[_AGES[min((today - invoice["InvoiceDate"]).days // 30, 4)]] += invoice["InvoiceBal1"]
        tables["ArCustomerBal"].put(Customer=customer["Customer"], **due)


def show_month_ends(tables: Mapping[str, Table], today: date) -> None:
    """What was unpaid of a supplier's invoice at the ends of the two months before."""
    ends = [today.replace(day=1) - timedelta(days=1)]
    ends.append(ends[0].replace(day=1) - timedelta(days=1))
    for invoice in tables["ApInvoice"].rows():
        paid = tables["ApInvoicePay"].where(Supplier=invoice["Supplier"], Invoice=invoice["Invoice"])
        first, second = (_unpaid(invoice, paid, end) for end in ends)
        _show(tables["ApInvoice"], invoice, MthInvBal2=first, MthInvBal3=second)


def _unpaid(invoice: Row, payments: Sequence[Row], end: date) -> Decimal:
    if (invoice["InvoiceYear"], invoice["InvoiceMonth"]) > (end.year, end.month):
        return ZERO
    early = [row for row in payments if (row["TrnYear"], row["TrnMonth"]) <= (end.year, end.month)]
    reduced = sum((row["TrnValue"] if row["TrnType"] == "P" else -row["TrnValue"] for row in early), ZERO)
    return invoice["OrigInvValue"] - reduced


def _show(table: Table, row: Row, **figures: Any) -> None:
    if any(row[name] != figure for name, figure in figures.items()):
        table.change(row, **figures)
