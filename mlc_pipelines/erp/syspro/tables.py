"""The tables and columns that are read (docs/vendors/syspro.md, section B2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa

from mlc_pipelines.erp.syspro.fields import AMOUNT, NUMBER, Table
from mlc_pipelines.erp.syspro.words import PSEUDO_CODES

LAST_PERIOD = 15
"""GenHistory has so many closing balances a year."""

_PSEUDO_CODES = {"GlCode": PSEUDO_CODES}


def _table(
    name: str,
    key: str,
    *,
    texts: str = "",
    integers: str = "",
    amounts: str = "",
    numbers: str = "",
    days: str = "",
    per_company: bool = False,
    unlike: Mapping[str, tuple[str, ...]] | None = None,
    within: tuple[str, ...] = (),
    needed: str = "",
) -> Table:
    kinds = ((texts, pa.string()), (integers, pa.int64()), (amounts, AMOUNT), (numbers, NUMBER), (days, pa.date32()))
    columns = {column: kind for names, kind in kinds for column in names.split()}
    needs = (*key.split(), *within, *needed.split())
    return Table(
        name, tuple(key.split()), columns, per_company=per_company, unlike=unlike or {}, within=within, needed=needs
    )


SUPPLIER = _table(
    "ApSupplier",
    "Supplier",
    texts="Supplier SupplierName SupShortName SupplierType SupplierClass Bank Branch Telephone Contact Area Email"
    " Currency TermsCode MerchGlCode FreightGlCode OnHold TaxRegnNum",
    amounts="CurrentBalance",
    days="LastPurchDate FirstPurchDate",
)
SUPPLIER_NAME = _table("ApSupplier", "Supplier", texts="Supplier SupplierName")
AP_INVOICE = _table(
    "ApInvoice",
    "Supplier Invoice",
    texts="Supplier Invoice Branch Reference InvoiceStatus Currency Bank MulDiv",
    integers="Journal EntryNumber InvoiceYear InvoiceMonth",
    amounts="OrigInvValue MthInvBal1 CurrencyValue",
    numbers="ConvRate",
    days="JournalDate InvoiceDate DueDate",
    needed="Journal EntryNumber InvoiceYear InvoiceMonth OrigInvValue",
)
AP_INVOICE_TOTAL = _table(
    "ApInvoice", "Supplier Invoice", texts="Supplier Invoice", amounts="OrigInvValue", needed="OrigInvValue"
)
AP_DISTRIBUTION = _table(
    "ApJnlDistrib",
    "TrnYear TrnMonth Journal EntryNumber",
    texts="ExpenseGlCode",
    integers="TrnYear TrnMonth Journal EntryNumber",
    amounts="DistrValue",
    within=("ExpenseGlCode", "DistrValue"),
)
AP_PAYMENT = _table(
    "ApInvoicePay",
    "Supplier Invoice EntryNumber TrnType",
    texts="Supplier Invoice TrnType PaymentReference PostCurrency PaymentNumber",
    integers="EntryNumber Journal TrnYear TrnMonth",
    amounts="TrnValue PostValue",
    numbers="PostConvRate",
    days="JournalDate",
    needed="TrnYear TrnMonth TrnValue",
)
CUSTOMER = _table(
    "ArCustomer",
    "Customer",
    texts="Customer Name ShortName CustomerClass Salesperson Currency TermsCode CreditStatus CustomerOnHold"
    " Telephone Email SoldToAddr1 SoldPostalCode",
    amounts="CreditLimit",
    days="DateLastSale DateCustAdded",
)
CUSTOMER_NAME = _table("ArCustomer", "Customer", texts="Customer Name CustomerClass")
AR_INVOICE = _table(
    "ArInvoice",
    "Customer Invoice DocumentType",
    texts="Customer Invoice DocumentType SalesOrder Salesperson TermsCode Currency",
    amounts="InvoiceBal1",
    numbers="CurrencyValue ExchangeRate",
    days="InvoiceDate",
    needed="CurrencyValue ExchangeRate InvoiceDate",
)
LEDGER_ACCOUNT = _table(
    "GenMaster",
    "GlCode",
    texts="GlCode Description GlGroup AccountType ReportIndex1 ReportIndex2 ControlAccFlag",
    amounts="CurrentBalance PtdDrValue PtdCrValue",
    per_company=True,
    unlike=_PSEUDO_CODES,
)
LEDGER_CODE = _table("GenMaster", "GlCode", texts="GlCode Description AccountType", per_company=True)
LEDGER_GROUP = _table("GenGroups", "GlGroup", texts="GlGroup Description")
BALANCES = _table(
    "GenHistory",
    "GlCode GlYear",
    texts="GlCode",
    integers="GlYear",
    amounts="Opening Closing",
    per_company=True,
    unlike=_PSEUDO_CODES,
    needed="Opening Closing",
)
JOURNAL = _table(
    "GenJournalCtl",
    "GlYear GlPeriod GlJournal",
    texts="JnlPostingType Source Operator JnlStatus Reference Notation",
    integers="GlYear GlPeriod GlJournal",
    days="JournalDate PostDate",
    needed="JnlPostingType PostDate",
)
JOURNAL_TOTAL = _table(
    "GenJournalCtl",
    "GlYear GlPeriod GlJournal",
    texts="JnlPostingType",
    integers="GlYear GlPeriod GlJournal NumOfEntries",
    amounts="DebitAmount CreditAmount",
    days="PostDate",
    needed="JnlPostingType NumOfEntries DebitAmount CreditAmount PostDate",
)
JOURNAL_ENTRY = _table(
    "GenJournalDetail",
    "GlYear GlPeriod Journal EntryNumber",
    texts="EntryType GlCode Reference Comment EntryPosted",
    integers="GlYear GlPeriod Journal EntryNumber",
    amounts="EntryValue",
    days="EntryDate",
    needed="EntryType GlCode EntryValue",
)
UNPOSTED_ENTRY = _table(
    "GenJournalDetail", "GlYear GlPeriod Journal EntryNumber", integers="GlYear GlPeriod Journal EntryNumber"
)
STOCK_CODE = _table("InvMaster", "StockCode", texts="StockCode Description StockUom ProductClass")
WAREHOUSE_STOCK = _table(
    "InvWarehouse",
    "StockCode Warehouse",
    texts="StockCode Warehouse",
    numbers="QtyOnHand QtyAllocated QtyOnOrder QtyInTransit MinimumQty SafetyStockQty ReOrderQty UnitCost",
    days="DateLastSale",
)
ORDER = _table(
    "PorMasterHdr",
    "PurchaseOrder",
    texts="PurchaseOrder Supplier OrderStatus Currency Buyer Warehouse",
    days="OrderEntryDate OrderDueDate",
    needed="Supplier OrderStatus OrderEntryDate",
)
ORDER_LINE = _table(
    "PorMasterDetail",
    "PurchaseOrder Line",
    texts="PurchaseOrder MStockCode",
    integers="Line",
    numbers="MOrderQty MReceivedQty MPrice",
    needed="MOrderQty MReceivedQty MPrice",
)


def of_period(table: Table, period: int) -> Table:
    """The table with the balances around one period; closing balances are cumulative.

    See docs/vendors/syspro.md, section B2.
    """
    if table.name != BALANCES.name:
        return table
    opening = "BeginYearBalance" if period == 1 else f"ClosingBalPer{period - 1}"
    return replace(table, renamed={"Opening": opening, "Closing": f"ClosingBalPer{period}"})
