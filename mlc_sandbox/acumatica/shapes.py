"""The entities of the endpoint: keys, fields, details (docs/vendors/acumatica.md, section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from mlc_sandbox.acumatica.fields import FIELDS


@dataclass(frozen=True)
class Shape:
    """An entity, or the rows of one of its details.

    Attributes:
        name: of the entity.
        types: field -> String, Boolean, Int, Short, Long, Decimal, DateTime, Guid.
        details: name -> the rows' shape.
        links: name -> shape of the linked entity.
    """

    name: str
    types: Mapping[str, str]
    details: Mapping[str, Shape] = field(default_factory=dict[str, "Shape"])
    links: Mapping[str, Shape] = field(default_factory=dict[str, "Shape"])


@dataclass(frozen=True)
class Form:
    """A top-level entity and the form behind it.

    Attributes:
        title: the form's title.
        screen: the form's number.
        keys: key fields in URL order.
        inquiry: asked by PUT with parameters; there is nothing to list.
        actions: that POST takes.
    """

    title: str
    screen: str
    keys: tuple[str, ...] = ()
    inquiry: bool = False
    actions: tuple[str, ...] = ()


FORMS = {
    "Account": Form("Chart of Accounts", "GL202500", ("AccountCD",)),
    "AccountDetailsForPeriodInquiry": Form("Account Details for Period", "GL404001", inquiry=True),
    "AccountSummaryInquiry": Form("Account Summary", "GL401000", inquiry=True),
    "Bill": Form("Bills and Adjustments", "AP301000", ("Type", "ReferenceNbr")),
    "Budget": Form("Budgets", "GL302010", inquiry=True),
    "Check": Form("Checks and Payments", "AP302000", ("Type", "ReferenceNbr")),
    "CompaniesStructure": Form("Company Branch", "CS401000", inquiry=True),
    "CompanyFinancialPeriod": Form("Company Financial Calendar", "GL201100", ("Company", "FinancialYear")),
    "Currency": Form("Currencies", "CM202000", ("CurrencyID",)),
    "FinancialPeriod": Form("Master Financial Calendar", "GL201000", ("FinancialYear",)),
    "FinancialYear": Form("Financial Year", "GL101000"),
    "JournalTransaction": Form(
        "Journal Transactions", "GL301000", ("Module", "BatchNbr"), actions=("ReleaseJournalTransaction",)
    ),
    "Ledger": Form("Ledgers", "GL201500", ("LedgerID",)),
    "NonStockItem": Form("Non-Stock Items", "IN202000", ("InventoryID",)),
    "Payment": Form("Payments and Applications", "AR302000", ("Type", "ReferenceNbr")),
    "PurchaseOrder": Form("Purchase Orders", "PO301000", ("Type", "OrderNbr")),
    "StockItem": Form("Stock Items", "IN202500", ("InventoryID",)),
    "Subaccount": Form("Subaccounts", "GL203000", ("SubaccountCD",)),
    "Vendor": Form("Vendors", "AP303000", ("VendorID",)),
}
"""Every top-level entity of the endpoint that the sandbox has."""


@cache
def shape_of(name: str) -> Shape:
    """The shape of an entity, or of a detail's rows.

    Raises:
        KeyError: there is none.
    """
    types: dict[str, str] = {}
    details: dict[str, Shape] = {}
    links: dict[str, Shape] = {}
    for word in FIELDS[name].split():
        label, mark, other = word.partition("=")
        if not mark:
            label, _, kind = word.partition(":")
            types[label] = kind or "String"
        elif other.startswith("["):
            details[label] = shape_of(other[1:-1])
        else:
            links[label] = shape_of(other)
    return Shape(name, types, details, links)
