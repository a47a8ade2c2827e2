"""The dimensions: accounts, subaccounts, ledgers, vendors, stock and non-stock.

See docs/vendors/acumatica.md, section 6.
"""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.erp.acumatica.fields import TIMESTAMP, AcumaticaEntity, custom, flag, modified, text
from mlc_pipelines.erp.base import Field


def _number(name: str, source: str, meaning: str) -> Field:
    return Field(name, pa.int64(), meaning, f"{source}/value")


def _created() -> Field:
    return Field("created_at", TIMESTAMP, "When it was entered.", "CreatedDateTime/value")


ACCOUNTS = AcumaticaEntity(
    name="accounts",
    kind="dimension",
    meaning="Chart of accounts, with inactive accounts.",
    fields=(
        text("number", "AccountCD", "Account number.", required=True),
        _number("id", "AccountID", "Internal id of the account."),
        text("name", "Description", "Description of the account."),
        text("type", "Type", "Asset, Liability, Income or Expense; equity is a Liability.", required=True),
        text("account_class", "AccountClass", "Account class."),
        text("account_group", "AccountGroup", "Account group of project accounting."),
        flag("active", "Active", "May be posted to."),
        text("currency", "CurrencyID", "Currency, where the account has only one."),
        text("post_option", "PostOption", "Summary or Detail: how subledgers post to it."),
        flag("cash_account", "CashAccount", "A cash account."),
        text("consolidation_account", "ConsolidationAccount", "Account of the parent company that it goes into."),
        flag("require_units", "RequireUnits", "Lines have a quantity."),
        flag("use_default_subaccount", "UseDefaultSubaccount", "Posts to the default subaccount only."),
        *custom(),
        _created(),
        modified(),
    ),
    key=("number",),
    modified="modified_at",
    watermark="modified_at",
    record="Account",
    form="GL202500",
)

SUBACCOUNTS = AcumaticaEntity(
    name="subaccounts",
    kind="dimension",
    meaning="Subaccounts, with inactive ones; none where the feature is off.",
    fields=(
        text("code", "SubaccountCD", "Subaccount, without separators of segments.", required=True),
        _number("id", "SubaccountID", "Internal id of the subaccount."),
        text("name", "Description", "Description."),
        flag("active", "Active", "May be posted to."),
        flag("secured", "Secured", "Restricted to some users."),
        *custom(),
    ),
    key=("code",),
    record="Subaccount",
    form="GL203000",
)

LEDGERS = AcumaticaEntity(
    name="ledgers",
    kind="dimension",
    meaning="Ledgers: actual, budget, statistical, reporting.",
    fields=(
        text("code", "LedgerID", "Ledger, as users write it.", required=True),
        text("name", "Description", "Description."),
        text("type", "Type", "Actual, Budget, Statistical or Reporting."),
        text("currency", "Currency", "Base currency of the ledger."),
        flag("consolidation_source", "ConsolidationSource", "Its figures go to a parent company."),
        *custom(),
        modified(),
    ),
    key=("code",),
    modified="modified_at",
    watermark="modified_at",
    record="Ledger",
    form="GL201500",
)

VENDORS = AcumaticaEntity(
    name="vendors",
    kind="dimension",
    meaning="Vendors (suppliers), with inactive ones.",
    fields=(
        text("code", "VendorID", "Vendor id, as users write it.", required=True),
        text("name", "VendorName", "Name of the vendor.", personal=True),
        text("vendor_class", "VendorClass", "Vendor class."),
        text("status", "Status", "Active, On Hold, Hold Payments, One-Time or Inactive."),
        text("currency", "CurrencyID", "Currency of its documents."),
        text("terms", "Terms", "Terms of payment."),
        text("tax_zone", "TaxZone", "Tax zone."),
        text("account_number", "APAccount", "Its payables account."),
        text("subaccount", "APSubaccount", "Its payables subaccount."),
        *custom(),
        modified(),
    ),
    key=("code",),
    modified="modified_at",
    watermark="modified_at",
    record="Vendor",
    form="AP303000",
)


def _stock(
    name: str, meaning: str, record: str, form: str, unit: str, *, before_24: Field | None = None
) -> AcumaticaEntity:
    return AcumaticaEntity(
        name=name,
        kind="dimension",
        meaning=meaning,
        fields=(
            text("code", "InventoryID", "Inventory id, as users write it.", required=True),
            text("name", "Description", "Description."),
            text("stock_class", "ItemClass", "Its class."),
            text("status", "ItemStatus", "Active, No Sales, No Purchases, Inactive, Marked for Deletion ..."),
            text("unit", unit, "Base unit of measure."),
            *custom(),
            modified(),
        ),
        key=("code",),
        modified="modified_at",
        watermark="modified_at",
        record=record,
        form=form,
        before_24=before_24,
    )


STOCK_ITEMS = _stock(
    "stock_items",
    "Stock: what is bought, made and sold from store.",
    "StockItem",
    "IN202500",
    "BaseUOM",
    before_24=modified("LastModified"),
)
NON_STOCK_ITEMS = _stock(
    "non_stock_items", "Services, labour, charges: what has no stock.", "NonStockItem", "IN202000", "BaseUnit"
)
