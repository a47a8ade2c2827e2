"""The facts: ledger journals and history, payables, receivables, purchase orders."""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.erp.base import MONEY, RATE, Field
from mlc_pipelines.erp.syspro import derived
from mlc_pipelines.erp.syspro.fields import CodePart, Derived, Lines, Lookup, Placed, SysproEntity
from mlc_pipelines.erp.syspro.tables import (
    AP_DISTRIBUTION,
    AP_INVOICE,
    AP_PAYMENT,
    AR_INVOICE,
    BALANCES,
    CUSTOMER_NAME,
    JOURNAL,
    JOURNAL_ENTRY,
    LEDGER_CODE,
    ORDER,
    ORDER_LINE,
    SUPPLIER_NAME,
)
from mlc_pipelines.erp.syspro.words import ENTRY_POSTED, ENTRY_TYPE, ORDER_STATUS, POSTING_TYPE, RECEIVABLE_TYPE

_TEXT, _INTEGER, _DAY = pa.string(), pa.int64(), pa.date32()


def _account(source: str, *, required: bool = False) -> tuple[Field, ...]:
    return (
        Field("account_number", _TEXT, "GL code.", source, required=required),
        CodePart("cost_centre", _TEXT, "Part of the GL code, by `cost_centre_pattern`.", source, part="cost_centre"),
        CodePart("account", _TEXT, "Part of the GL code, by `cost_centre_pattern`.", source, part="account"),
        Field("account_name", _TEXT, "Description of the GL code.", "GenMaster/Description"),
        Field("account_type", _TEXT, "A, L, C, R, E; S is statistical, T a template.", "GenMaster/AccountType"),
    )


def _period(year: str, period: str) -> tuple[Field, Field]:
    return (
        Field("fiscal_year", _INTEGER, "SYSPRO's fiscal year.", year, required=True),
        Field("fiscal_period", _INTEGER, "SYSPRO's period in that year.", period, required=True),
    )


def _vendor(source: str) -> tuple[Field, Field]:
    return (
        Field("vendor_id", _TEXT, "Supplier code.", source, required=True),
        Field("vendor_name", _TEXT, "Name of the supplier.", "ApSupplier/SupplierName", personal=True),
    )


GL_JOURNALS = SysproEntity(
    name="gl_journals",
    kind="fact",
    meaning=(
        "Entries of posted journals of the period. Statistical, provisional and alternate-currency journals are no"
        " actuals and left out."
    ),
    fields=(
        *_period("GenJournalCtl/GlYear", "GenJournalCtl/GlPeriod"),
        Field("journal", _INTEGER, "Journal number, within its period.", "GenJournalCtl/GlJournal", required=True),
        Field("line_number", _INTEGER, "Entry within the journal.", "GenJournalDetail/EntryNumber", required=True),
        *_account("GenJournalDetail/GlCode", required=True),
        Field(
            "document_type",
            _TEXT,
            "Posting type: N normal, A auditor's, I, E, U.",
            "GenJournalCtl/JnlPostingType",
            words=POSTING_TYPE,
        ),
        Field("status", _TEXT, "Journal status.", "GenJournalCtl/JnlStatus"),
        Field("source", _TEXT, "Module that it comes from.", "GenJournalCtl/Source"),
        Field("document_date", _DAY, "Date of the journal.", "GenJournalCtl/JournalDate"),
        Field("posting_date", _DAY, "Day on which it was posted.", "GenJournalCtl/PostDate", required=True),
        Field("entry_date", _DAY, "Date of the entry.", "GenJournalDetail/EntryDate"),
        Field("document_number", _TEXT, "Reference of the journal.", "GenJournalCtl/Reference"),
        Field("document_memo", _TEXT, "Notation of the journal.", "GenJournalCtl/Notation"),
        Field("reference", _TEXT, "Reference of the entry.", "GenJournalDetail/Reference"),
        Field("memo", _TEXT, "Comment of the entry.", "GenJournalDetail/Comment"),
        Field("operator", _TEXT, "Who entered the journal.", "GenJournalCtl/Operator", personal=True),
        Derived("debit", MONEY, "Debit, else 0.", required=True, by=derived.debit),
        Derived("credit", MONEY, "Credit, else 0.", required=True, by=derived.credit),
        Derived("amount", MONEY, "Debit less credit.", required=True, by=derived.signed),
    ),
    key=("fiscal_year", "fiscal_period", "journal", "line_number"),
    period="fiscal_period",
    refers_to=("gl_accounts",),
    amount="amount",
    debit="debit",
    credit="credit",
    control_by="account_number",
    table=JOURNAL,
    placed=Placed("period", ("GlYear", "GlPeriod")),
    lines=Lines(
        JOURNAL_ENTRY,
        by=("GlYear", "GlPeriod", "GlJournal"),
        link=("GlYear", "GlPeriod", "Journal"),
        placed=Placed("period", ("GlYear", "GlPeriod")),
        closed=True,
    ),
    wanted=derived.is_actual,
    auxiliary=(
        Field("entry_type", _TEXT, "D debit, C credit.", "GenJournalDetail/EntryType", words=ENTRY_TYPE),
        Field("entry_posted", _TEXT, "N where it is not.", "GenJournalDetail/EntryPosted", words=ENTRY_POSTED),
    ),
    lookups=(Lookup(LEDGER_CODE, "GenJournalDetail/GlCode"),),
)

GL_HISTORY = SysproEntity(
    name="gl_history",
    kind="fact",
    meaning="Movement of each account in the period, out of the year's closing balances; accounts without any too.",
    fields=(
        *_period("GenHistory/GlYear", "GenHistory/Period"),
        *_account("GenHistory/GlCode", required=True),
        Field("opening_balance", MONEY, "Balance at the period's start.", "GenHistory/Opening", required=True),
        Field("closing_balance", MONEY, "Balance at its end, debit positive.", "GenHistory/Closing", required=True),
        Derived("amount", MONEY, "Closing less opening balance.", required=True, by=derived.movement),
    ),
    key=("fiscal_year", "fiscal_period", "account_number"),
    period="fiscal_period",
    refers_to=("gl_accounts",),
    amount="amount",
    control_by="account_number",
    table=BALANCES,
    placed=Placed("year", ("GlYear",)),
    lookups=(Lookup(LEDGER_CODE, "GenHistory/GlCode"),),
)

AP_INVOICES = SysproEntity(
    name="ap_invoices",
    kind="fact",
    meaning=(
        "Supplier invoices of the period with their distribution, one row a distribution line; line 0 is what is not"
        " distributed. The rows of an invoice add up to its value."
    ),
    fields=(
        *_vendor("ApInvoice/Supplier"),
        Field("document_number", _TEXT, "Invoice number of the supplier.", "ApInvoice/Invoice", required=True),
        Field("line_number", _INTEGER, "Line of the distribution, counted here.", "ApJnlDistrib/#", required=True),
        *_account("ApJnlDistrib/ExpenseGlCode"),
        *_period("ApInvoice/InvoiceYear", "ApInvoice/InvoiceMonth"),
        Field("journal", _INTEGER, "Journal of payables.", "ApInvoice/Journal"),
        Field("entry_number", _INTEGER, "Entry in that journal.", "ApInvoice/EntryNumber"),
        Field("status", _TEXT, "Invoice status.", "ApInvoice/InvoiceStatus"),
        Field("posting_date", _DAY, "Date of the journal.", "ApInvoice/JournalDate"),
        Field("document_date", _DAY, "Date of the invoice.", "ApInvoice/InvoiceDate"),
        Field("due_date", _DAY, "Due date.", "ApInvoice/DueDate"),
        Field("branch", _TEXT, "Accounts payable branch.", "ApInvoice/Branch"),
        Field("bank", _TEXT, "Bank that pays it.", "ApInvoice/Bank"),
        Field("currency", _TEXT, "Currency of the invoice.", "ApInvoice/Currency"),
        Field("exchange_rate", RATE, "Rate; see `rate_is`.", "ApInvoice/ConvRate"),
        Field("rate_is", _TEXT, "M: base currency is foreign times rate; D: foreign by rate.", "ApInvoice/MulDiv"),
        Field("memo", _TEXT, "Reference.", "ApInvoice/Reference"),
        Field("document_amount", MONEY, "Value of the whole invoice, base currency.", "ApInvoice/OrigInvValue"),
        Field("document_foreign_amount", MONEY, "The same in the invoice's currency.", "ApInvoice/CurrencyValue"),
        Field("document_balance", MONEY, "What is unpaid of the whole invoice now.", "ApInvoice/MthInvBal1"),
        Field(
            "amount",
            MONEY,
            "Value of the line, base currency; a credit note is negative.",
            "ApJnlDistrib/DistrValue",
            required=True,
        ),
    ),
    key=("vendor_id", "document_number", "line_number"),
    period="fiscal_period",
    refers_to=("suppliers", "gl_accounts"),
    amount="amount",
    control_by="vendor_id",
    table=AP_INVOICE,
    placed=Placed("period", ("InvoiceYear", "InvoiceMonth")),
    lines=Lines(
        AP_DISTRIBUTION,
        by=("InvoiceYear", "InvoiceMonth", "Journal", "EntryNumber"),
        link=("TrnYear", "TrnMonth", "Journal", "EntryNumber"),
        placed=Placed("period", ("TrnYear", "TrnMonth")),
        adding_up=("OrigInvValue", "DistrValue"),
        optional=True,
    ),
    lookups=(Lookup(SUPPLIER_NAME, "ApInvoice/Supplier"), Lookup(LEDGER_CODE, "ApJnlDistrib/ExpenseGlCode")),
)

AP_PAYMENTS = SysproEntity(
    name="ap_payments",
    kind="fact",
    meaning="Payments of supplier invoices in the period, and what else changed their balances, by transaction type.",
    fields=(
        *_vendor("ApInvoicePay/Supplier"),
        Field("document_number", _TEXT, "Invoice that it is for.", "ApInvoicePay/Invoice", required=True),
        Field("line_number", _INTEGER, "Entry at that invoice.", "ApInvoicePay/EntryNumber", required=True),
        Field("document_type", _TEXT, "Transaction type of SYSPRO.", "ApInvoicePay/TrnType", required=True),
        *_period("ApInvoicePay/TrnYear", "ApInvoicePay/TrnMonth"),
        Field("journal", _INTEGER, "Journal of payables.", "ApInvoicePay/Journal"),
        Field("posting_date", _DAY, "Date of the journal.", "ApInvoicePay/JournalDate"),
        Field("payment_number", _TEXT, "Number of the payment run.", "ApInvoicePay/PaymentNumber"),
        Field("memo", _TEXT, "Payment reference.", "ApInvoicePay/PaymentReference"),
        Field("currency", _TEXT, "Currency of the payment.", "ApInvoicePay/PostCurrency"),
        Field("exchange_rate", RATE, "Rate of the payment.", "ApInvoicePay/PostConvRate"),
        Field("foreign_amount", MONEY, "Value in the payment's currency.", "ApInvoicePay/PostValue"),
        Field("amount", MONEY, "Value in base currency, signed as in SYSPRO.", "ApInvoicePay/TrnValue", required=True),
    ),
    key=("vendor_id", "document_number", "line_number", "document_type"),
    period="fiscal_period",
    refers_to=("suppliers",),
    amount="amount",
    control_by="vendor_id",
    table=AP_PAYMENT,
    placed=Placed("period", ("TrnYear", "TrnMonth")),
    lookups=(Lookup(SUPPLIER_NAME, "ApInvoicePay/Supplier"),),
)

AR_INVOICES = SysproEntity(
    name="ar_invoices",
    kind="fact",
    meaning="Customer invoices, debit and credit notes dated in the period; adjustment periods have none.",
    fields=(
        Field("customer_id", _TEXT, "Customer code.", "ArInvoice/Customer", required=True),
        Field("customer_name", _TEXT, "Name of the customer.", "ArCustomer/Name", personal=True),
        Field("customer_class", _TEXT, "Class of the customer.", "ArCustomer/CustomerClass"),
        Field("document_number", _TEXT, "Invoice number.", "ArInvoice/Invoice", required=True),
        Field(
            "document_type",
            _TEXT,
            "I invoice, D debit note, C credit note.",
            "ArInvoice/DocumentType",
            required=True,
            words=RECEIVABLE_TYPE,
        ),
        Field("document_date", _DAY, "Date of the invoice.", "ArInvoice/InvoiceDate", required=True),
        Field("sales_order", _TEXT, "Sales order.", "ArInvoice/SalesOrder"),
        Field("salesperson", _TEXT, "Code of the salesperson.", "ArInvoice/Salesperson"),
        Field("terms", _TEXT, "Terms code.", "ArInvoice/TermsCode"),
        Field("currency", _TEXT, "Currency of the invoice.", "ArInvoice/Currency"),
        Field("exchange_rate", RATE, "Base currency for one unit of it.", "ArInvoice/ExchangeRate"),
        Field("foreign_amount", MONEY, "Value in its currency, as SYSPRO keeps it.", "ArInvoice/CurrencyValue"),
        Field("balance", MONEY, "What is unpaid now.", "ArInvoice/InvoiceBal1"),
        Derived(
            "amount",
            MONEY,
            "Value by exchange rate to two places; credit notes are negative.",
            required=True,
            by=derived.receivable,
        ),
    ),
    key=("customer_id", "document_number", "document_type"),
    period="document_date",
    refers_to=("customers",),
    amount="amount",
    control_by="customer_id",
    table=AR_INVOICE,
    placed=Placed("date", ("InvoiceDate",)),
    lookups=(Lookup(CUSTOMER_NAME, "ArInvoice/Customer"),),
    unproven="the sign, which `document_type` gives to both readings",
)

PURCHASE_ORDERS = SysproEntity(
    name="purchase_orders",
    kind="fact",
    meaning=(
        "Lines of purchase orders entered in the period, cancelled orders included; line 0 is an order without lines."
        " Adjustment periods have none."
    ),
    fields=(
        Field("document_number", _TEXT, "Purchase order.", "PorMasterHdr/PurchaseOrder", required=True),
        Derived("line_number", _INTEGER, "Line of the order.", required=True, by=derived.order_line),
        *_vendor("PorMasterHdr/Supplier"),
        Field("status", _TEXT, "1, 4 open, 9 complete, * cancelled.", "PorMasterHdr/OrderStatus", words=ORDER_STATUS),
        Field("document_date", _DAY, "Entered on.", "PorMasterHdr/OrderEntryDate", required=True),
        Field("due_date", _DAY, "Due on.", "PorMasterHdr/OrderDueDate"),
        Field("currency", _TEXT, "Currency of all amounts here.", "PorMasterHdr/Currency"),
        Field("buyer", _TEXT, "Buyer.", "PorMasterHdr/Buyer", personal=True),
        Field("warehouse", _TEXT, "Warehouse.", "PorMasterHdr/Warehouse"),
        Field("stock_code", _TEXT, "Stock code.", "PorMasterDetail/MStockCode"),
        Field("quantity", RATE, "Quantity ordered.", "PorMasterDetail/MOrderQty"),
        Field("received_quantity", RATE, "Quantity received so far.", "PorMasterDetail/MReceivedQty"),
        Field("price", RATE, "Price of one unit.", "PorMasterDetail/MPrice"),
        Derived(
            "amount",
            MONEY,
            "Quantity by price to two places, in the order's currency: orders hold no rate.",
            required=True,
            by=derived.order_value,
        ),
        Derived("open_amount", MONEY, "The same of what is not received.", by=derived.open_order_value),
    ),
    key=("document_number", "line_number"),
    period="document_date",
    refers_to=("suppliers",),
    amount="amount",
    currency="currency",
    control_by="vendor_id",
    table=ORDER,
    placed=Placed("date", ("OrderEntryDate",)),
    lines=Lines(ORDER_LINE, by=("PurchaseOrder",), link=("PurchaseOrder",), keep_bare=True),
    lookups=(Lookup(SUPPLIER_NAME, "PorMasterHdr/Supplier"),),
)
