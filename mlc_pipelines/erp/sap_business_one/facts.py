"""The facts: lines of journal entries, and headers of invoices, orders and credit notes.

The properties are those of docs/vendors/sap_business_one.md, section 5.
"""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.erp.base import MONEY, RATE, Field
from mlc_pipelines.erp.sap_business_one.fields import CANCEL_STATUS, LINES, MOMENT, ServiceLayerEntity
from mlc_pipelines.erp.sap_business_one.words import CANCELLATION, CANCELLED

_ID, _TEXT, _FLAG, _DAY = pa.int64(), pa.string(), pa.bool_(), pa.date32()

JOURNAL_ENTRIES = ServiceLayerEntity(
    name="journal_entries",
    kind="fact",
    meaning="Lines of the posted journal entries of all origins, by posting date; adjustment periods where SQL tells.",
    fields=(
        Field("transaction_id", _ID, "Number of the entry in the company.", "JdtNum", required=True),
        Field("line_number", _ID, "Line within the entry, from 0.", f"{LINES}/Line_ID", required=True),
        Field("document_number", _ID, "Number of the entry in its series.", "Number"),
        Field("document_type", _TEXT, "What it comes from: ttJournalEntry, ttAPInvoice ...", "OriginalJournal"),
        Field("document_id", _ID, "Id of the document that it comes from.", "Original"),
        Field("posting_date", _DAY, "Posting date: its period is the entry's.", "ReferenceDate", required=True),
        Field("document_date", _DAY, "Document (tax) date.", "TaxDate"),
        Field("due_date", _DAY, "Due date.", "DueDate"),
        Field("account_number", _TEXT, "Account code.", f"{LINES}/AccountCode", required=True),
        Field("short_name", _TEXT, "Code of the business partner, else the account.", f"{LINES}/ShortName"),
        Field("contra_account", _TEXT, "Account or partner on the other side.", f"{LINES}/ContraAccount"),
        Field("costing_code_1", _TEXT, "Profit centre or rule of dimension 1.", f"{LINES}/CostingCode"),
        Field("costing_code_2", _TEXT, "Profit centre or rule of dimension 2.", f"{LINES}/CostingCode2"),
        Field("costing_code_3", _TEXT, "Profit centre or rule of dimension 3.", f"{LINES}/CostingCode3"),
        Field("costing_code_4", _TEXT, "Profit centre or rule of dimension 4.", f"{LINES}/CostingCode4"),
        Field("costing_code_5", _TEXT, "Profit centre or rule of dimension 5.", f"{LINES}/CostingCode5"),
        Field("project", _TEXT, "Project code of the line.", f"{LINES}/ProjectCode"),
        Field("branch_id", _ID, "Branch, where the company has several.", f"{LINES}/BPLID"),
        Field("currency", _TEXT, "Foreign currency of the line; empty for local.", f"{LINES}/FCCurrency"),
        Field("foreign_debit", MONEY, "Debit in the foreign currency.", f"{LINES}/FCDebit"),
        Field("foreign_credit", MONEY, "Credit in the foreign currency.", f"{LINES}/FCCredit"),
        Field("debit", MONEY, "Debit in local currency.", f"{LINES}/Debit", required=True),
        Field("credit", MONEY, "Credit in local currency.", f"{LINES}/Credit", required=True),
        Field("amount", MONEY, "Debit less credit: income and liabilities are negative.", required=True),
        Field("memo", _TEXT, "Remarks of the line.", f"{LINES}/LineMemo"),
        Field("transaction_memo", _TEXT, "Remarks of the entry.", "Memo"),
        Field("reference_1", _TEXT, "Reference 1 of the entry.", "Reference"),
        Field("reference_2", _TEXT, "Reference 2 of the entry.", "Reference2"),
        Field("reference_3", _TEXT, "Reference 3 of the entry.", "Reference3"),
        Field("transaction_code", _TEXT, "Transaction code of the entry.", "TransactionCode"),
    ),
    key=("transaction_id", "line_number"),
    watermark="transaction_id",
    period="posting_date",
    refers_to=("chart_of_accounts", "profit_centers", "distribution_rules", "business_partners"),
    amount="amount",
    debit="debit",
    credit="credit",
    control_by="account_number",
    entity_set="JournalEntries",
    authorization="Financials > Journal Entry",
    placed_by="ReferenceDate",
)


def _documents(name: str, entity_set: str, *, partner: str, meaning: str, authorization: str) -> ServiceLayerEntity:
    sign = -1 if name.endswith("credit_notes") else 1
    signed = ", negative" if sign < 0 else ""
    return ServiceLayerEntity(
        name=name,
        kind="fact",
        meaning=f"{meaning}, one row a document, by posting date. Adjustment periods have none.",
        fields=(
            Field("id", _ID, "Internal number of the document.", "DocEntry", required=True),
            Field("document_number", _ID, "Number that people see.", "DocNum"),
            Field("document_type", _TEXT, "dDocument_Items or dDocument_Service.", "DocType"),
            Field("posting_date", _DAY, "Posting date.", "DocDate", required=True),
            Field("document_date", _DAY, "Document (tax) date.", "TaxDate"),
            Field("due_date", _DAY, "Due or delivery date.", "DocDueDate"),
            Field(f"{partner}_id", _TEXT, f"Code of the {partner}.", "CardCode", required=True),
            Field(f"{partner}_name", _TEXT, f"Name of the {partner}.", "CardName", personal=True),
            Field("reference", _TEXT, f"The {partner}'s own number.", "NumAtCard"),
            Field("status", _TEXT, "bost_Open or bost_Close.", "DocumentStatus"),
            Field(
                "cancelled",
                _FLAG,
                "Cancelled, or the cancellation of another.",
                "Cancelled",
                required=True,
                words=CANCELLED,
            ),
            Field("currency", _TEXT, "Currency of the document.", "DocCurrency"),
            Field("exchange_rate", RATE, "Rate of that currency on the document.", "DocRate"),
            Field("document_total", MONEY, "Total with tax in local currency, as printed.", "DocTotal", required=True),
            Field(
                "amount",
                MONEY,
                f"Total with tax in local currency{signed}; 0 where cancelled.",
                "DocTotal",
                required=True,
            ),
            Field("tax_amount", MONEY, f"Tax in local currency{signed}; 0 where cancelled.", "VatSum"),
            Field("paid_amount", MONEY, f"Paid so far in local currency{signed}; 0 where cancelled.", "PaidToDate"),
            Field("foreign_amount", MONEY, f"Total in foreign currency{signed}; 0 where cancelled.", "DocTotalFc"),
            Field("project", _TEXT, "Project code.", "Project"),
            Field("transaction_id", _ID, "The journal entry that it posted.", "TransNum"),
            Field("modified_at", MOMENT, "Last change, in the server's time zone.", "UpdateDate"),
        ),
        key=("id",),
        modified="modified_at",
        watermark="modified_at",
        period="posting_date",
        refers_to=("business_partners",),
        amount="amount",
        control_by=f"{partner}_id",
        entity_set=entity_set,
        authorization=authorization,
        placed_by="DocDate",
        sign=sign,
        auxiliary=(
            Field("cancel_status", _TEXT, "Tells a cancellation from a document.", CANCEL_STATUS, words=CANCELLATION),
        ),
        unproven="which documents are cancelled, which the same words tell the server's sums",
    )


INVOICES = _documents(
    "invoices",
    "Invoices",
    partner="customer",
    meaning="Invoices to customers",
    authorization="Sales - A/R > A/R Invoice",
)

PURCHASE_INVOICES = _documents(
    "purchase_invoices",
    "PurchaseInvoices",
    partner="vendor",
    meaning="Invoices of suppliers",
    authorization="Purchasing - A/P > A/P Invoice",
)

PURCHASE_ORDERS = _documents(
    "purchase_orders",
    "PurchaseOrders",
    partner="vendor",
    meaning="Purchase orders",
    authorization="Purchasing - A/P > Purchase Order",
)

CREDIT_NOTES = _documents(
    "credit_notes",
    "CreditNotes",
    partner="customer",
    meaning="Credit notes to customers",
    authorization="Sales - A/R > A/R Credit Memo",
)

PURCHASE_CREDIT_NOTES = _documents(
    "purchase_credit_notes",
    "PurchaseCreditNotes",
    partner="vendor",
    meaning="Credit notes of suppliers",
    authorization="Purchasing - A/P > A/P Credit Memo",
)
