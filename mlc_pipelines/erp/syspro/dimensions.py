"""The dimensions: chart of accounts, suppliers, customers, stock by warehouse."""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.erp.base import MONEY, RATE, Field
from mlc_pipelines.erp.syspro.fields import CodePart, Lines, Lookup, SysproEntity
from mlc_pipelines.erp.syspro.tables import (
    CUSTOMER,
    LEDGER_ACCOUNT,
    LEDGER_GROUP,
    STOCK_CODE,
    SUPPLIER,
    WAREHOUSE_STOCK,
)
from mlc_pipelines.erp.syspro.words import FLAG

_TEXT, _DAY = pa.string(), pa.date32()


def _flag(name: str, meaning: str, source: str) -> Field:
    return Field(name, pa.bool_(), meaning, source, words=FLAG)


GL_ACCOUNTS = SysproEntity(
    name="gl_accounts",
    kind="dimension",
    meaning="Chart of accounts of the company with balances as of the read; without the pseudo codes of year end.",
    fields=(
        Field("number", _TEXT, "GL code.", "GenMaster/GlCode", required=True),
        CodePart(
            "cost_centre",
            _TEXT,
            "Part of the GL code, by `cost_centre_pattern`.",
            "GenMaster/GlCode",
            part="cost_centre",
        ),
        CodePart(
            "account", _TEXT, "Part of the GL code, by `cost_centre_pattern`.", "GenMaster/GlCode", part="account"
        ),
        Field("name", _TEXT, "Description.", "GenMaster/Description"),
        Field(
            "type",
            _TEXT,
            "A asset, L liability, C capital, R revenue, E expense, S statistical, T template.",
            "GenMaster/AccountType",
        ),
        Field("group", _TEXT, "GL group.", "GenMaster/GlGroup"),
        Field("group_name", _TEXT, "Description of the GL group.", "GenGroups/Description"),
        Field("report_index_1", _TEXT, "First report index.", "GenMaster/ReportIndex1"),
        Field("report_index_2", _TEXT, "Second report index.", "GenMaster/ReportIndex2"),
        _flag("control_account", "Kept by a sub-ledger: no journal may post to it.", "GenMaster/ControlAccFlag"),
        Field("balance", MONEY, "Current balance, debit positive.", "GenMaster/CurrentBalance"),
        Field("period_debit", MONEY, "Debits of the current period.", "GenMaster/PtdDrValue"),
        Field("period_credit", MONEY, "Credits of the current period.", "GenMaster/PtdCrValue"),
    ),
    key=("number",),
    table=LEDGER_ACCOUNT,
    lookups=(Lookup(LEDGER_GROUP, "GenMaster/GlGroup"),),
)

SUPPLIERS = SysproEntity(
    name="suppliers",
    kind="dimension",
    meaning="Suppliers, those on hold included.",
    fields=(
        Field("code", _TEXT, "Supplier code.", "ApSupplier/Supplier", required=True),
        Field("name", _TEXT, "Name.", "ApSupplier/SupplierName", personal=True),
        Field("short_name", _TEXT, "Short name.", "ApSupplier/SupShortName", personal=True),
        Field("type", _TEXT, "Supplier type.", "ApSupplier/SupplierType"),
        Field("class", _TEXT, "Supplier class.", "ApSupplier/SupplierClass"),
        Field("branch", _TEXT, "Accounts payable branch.", "ApSupplier/Branch"),
        Field("bank", _TEXT, "Bank that pays it.", "ApSupplier/Bank"),
        Field("area", _TEXT, "Geographic area.", "ApSupplier/Area"),
        Field("currency", _TEXT, "Currency.", "ApSupplier/Currency"),
        Field("terms", _TEXT, "Terms code.", "ApSupplier/TermsCode"),
        Field("contact", _TEXT, "Contact.", "ApSupplier/Contact", personal=True),
        Field("telephone", _TEXT, "Telephone.", "ApSupplier/Telephone", personal=True),
        Field("email", _TEXT, "Mail address.", "ApSupplier/Email", personal=True),
        Field("tax_number", _TEXT, "Tax registration.", "ApSupplier/TaxRegnNum"),
        Field("account_number", _TEXT, "GL code of merchandise.", "ApSupplier/MerchGlCode"),
        Field("freight_account_number", _TEXT, "GL code of freight.", "ApSupplier/FreightGlCode"),
        _flag("on_hold", "On hold.", "ApSupplier/OnHold"),
        Field("balance", MONEY, "Current balance.", "ApSupplier/CurrentBalance"),
        Field("first_purchase_date", _DAY, "First purchase.", "ApSupplier/FirstPurchDate"),
        Field("last_purchase_date", _DAY, "Last purchase.", "ApSupplier/LastPurchDate"),
    ),
    key=("code",),
    table=SUPPLIER,
)

CUSTOMERS = SysproEntity(
    name="customers",
    kind="dimension",
    meaning="Customers, those on hold included.",
    fields=(
        Field("code", _TEXT, "Customer code.", "ArCustomer/Customer", required=True),
        Field("name", _TEXT, "Name.", "ArCustomer/Name", personal=True),
        Field("short_name", _TEXT, "Short name.", "ArCustomer/ShortName", personal=True),
        Field("class", _TEXT, "Customer class.", "ArCustomer/CustomerClass"),
        Field("salesperson", _TEXT, "Code of the salesperson.", "ArCustomer/Salesperson"),
        Field("currency", _TEXT, "Currency.", "ArCustomer/Currency"),
        Field("terms", _TEXT, "Terms code.", "ArCustomer/TermsCode"),
        Field("credit_limit", MONEY, "Credit limit.", "ArCustomer/CreditLimit"),
        Field("credit_status", _TEXT, "Credit status.", "ArCustomer/CreditStatus"),
        _flag("on_hold", "On hold.", "ArCustomer/CustomerOnHold"),
        Field("telephone", _TEXT, "Telephone.", "ArCustomer/Telephone", personal=True),
        Field("email", _TEXT, "Mail address.", "ArCustomer/Email", personal=True),
        Field("address", _TEXT, "First line of the address.", "ArCustomer/SoldToAddr1", personal=True),
        Field("postal_code", _TEXT, "Postal code.", "ArCustomer/SoldPostalCode", personal=True),
        Field("added_date", _DAY, "Added on.", "ArCustomer/DateCustAdded"),
        Field("last_sale_date", _DAY, "Last sale.", "ArCustomer/DateLastSale"),
    ),
    key=("code",),
    table=CUSTOMER,
)

INVENTORY = SysproEntity(
    name="inventory",
    kind="dimension",
    meaning="Stock by stock code and warehouse as of the read; SYSPRO keeps no quantities of past periods here.",
    fields=(
        Field("stock_code", _TEXT, "Stock code.", "InvWarehouse/StockCode", required=True),
        Field("warehouse", _TEXT, "Warehouse.", "InvWarehouse/Warehouse", required=True),
        Field("name", _TEXT, "Description of the stock code.", "InvMaster/Description"),
        Field("unit", _TEXT, "Unit of measure of all quantities.", "InvMaster/StockUom"),
        Field("product_class", _TEXT, "Product class.", "InvMaster/ProductClass"),
        Field("on_hand", RATE, "Quantity on hand.", "InvWarehouse/QtyOnHand"),
        Field("allocated", RATE, "Quantity allocated to orders.", "InvWarehouse/QtyAllocated"),
        Field("on_order", RATE, "Quantity on purchase orders.", "InvWarehouse/QtyOnOrder"),
        Field("in_transit", RATE, "Quantity in transit.", "InvWarehouse/QtyInTransit"),
        Field("minimum", RATE, "Minimum quantity.", "InvWarehouse/MinimumQty"),
        Field("safety_stock", RATE, "Safety stock.", "InvWarehouse/SafetyStockQty"),
        Field("reorder_quantity", RATE, "Quantity to reorder.", "InvWarehouse/ReOrderQty"),
        Field("unit_cost", RATE, "Cost of one unit.", "InvWarehouse/UnitCost"),
        Field("last_sale_date", _DAY, "Last sale.", "InvWarehouse/DateLastSale"),
    ),
    key=("stock_code", "warehouse"),
    table=STOCK_CODE,
    lines=Lines(WAREHOUSE_STOCK, by=("StockCode",), link=("StockCode",)),
)
