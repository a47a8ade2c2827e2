"""The facts: supplier invoices, purchase orders, lines and balances of the general ledger."""

from __future__ import annotations

from dataclasses import replace

from mlc_pipelines.erp.base import RATE, Field
from mlc_pipelines.erp.visma_net import reckoned
from mlc_pipelines.erp.visma_net.columns import DAY, FLAG, NUMBER, TEXT, VismaEntity, modified, money, named

_VENDOR = (
    Field("vendor_id", NUMBER, "Internal id of the supplier.", "supplier/internalId"),
    Field("vendor_number", TEXT, "Number of the supplier, as text.", "supplier/number"),
    Field("vendor_name", TEXT, "Name of the supplier.", "supplier/name"),
)
_INVOICE = (
    Field("document_type", TEXT, "Such as Invoice, CreditAdj, DebitAdj.", "documentType", required=True),
    Field("document_number", TEXT, "Reference number; types share numbers.", "referenceNumber", required=True),
)
_ORDER = (
    Field("document_type", TEXT, "RegularOrder, DropShip, Blanket, StandardBlanket.", "orderType", required=True),
    Field("document_number", TEXT, "Order number.", "orderNbr", required=True),
    Field("document_date", DAY, "Date of the order.", "date", required=True),
)
_PERIOD = "Financial period, YYYYPP, such as 202611; PP 13 is the adjustment period."


def _rate(name: str, meaning: str, source: str) -> Field:
    return Field(name, RATE, meaning, source)


INVOICE_TOTALS = VismaEntity(
    name="supplier invoices' totals",
    kind="fact",
    meaning="What the heads of supplier invoices say their lines come to.",
    fields=(
        *_INVOICE,
        _VENDOR[0],
        money("amount", "Total of the lines, net of VAT, base currency.", "detailTotal", required=True),
    ),
    key=("document_type", "document_number"),
    path="/v1/supplierInvoice",
    reckon=reckoned.signed,
    placed_by="financialPeriod",
)

SUPPLIER_INVOICES = VismaEntity(
    name="supplier_invoices",
    kind="fact",
    meaning="Lines of supplier invoices and credits by their financial period; also those that are not yet released.",
    fields=(
        *_INVOICE,
        Field("line_number", NUMBER, "Line within the document.", "invoiceLines/lineNumber", required=True),
        Field("financial_period", TEXT, _PERIOD, "financialPeriod"),
        Field("status", TEXT, "Hold and Balanced are drafts; Open and Closed are actuals.", "status"),
        Field("approval_status", TEXT, "Where its approval stands.", "approvalStatus"),
        Field("posting_date", DAY, "Posting date.", "date"),
        Field("document_date", DAY, "Date of the supplier's own document.", "origInvoiceDate"),
        Field("due_date", DAY, "Due date.", "dueDate"),
        *_VENDOR,
        Field("vendor_reference", TEXT, "The supplier's own number of the document.", "supplierReference"),
        *named("branch", "invoiceLines/branchNumber", "branch", text="name"),
        *named("account", "invoiceLines/account", "account"),
        Field("subaccount", TEXT, "Subaccount, as text.", "invoiceLines/subaccount/subaccountNumber"),
        Field("project", TEXT, "Project.", "invoiceLines/project/id"),
        Field("project_task", TEXT, "Project task.", "invoiceLines/projectTask/id"),
        Field("inventory_number", TEXT, "What was bought.", "invoiceLines/inventoryNumber"),
        Field("order_number", TEXT, "Purchase order.", "invoiceLines/poNumber"),
        Field("order_line_number", NUMBER, "Line of the purchase order.", "invoiceLines/poLineNr"),
        Field("memo", TEXT, "Description of the line.", "invoiceLines/transactionDescription"),
        Field("document_memo", TEXT, "Description of the document.", "description"),
        _rate("quantity", "Quantity; not signed.", "invoiceLines/quantity"),
        Field("unit", TEXT, "Unit of the quantity.", "invoiceLines/uom"),
        Field("currency", TEXT, "ISO code of the document's currency.", "currencyId"),
        _rate("exchange_rate", "Exchange rate of the document.", "exchangeRate"),
        money("foreign_amount", "As `amount`, in the document's currency.", "invoiceLines/costInCurrency"),
        money(
            "amount",
            "Net of VAT in base currency; cost positive, supplier credits (DebitAdj) negative.",
            "invoiceLines/cost",
            required=True,
        ),
        Field("created_at", modified().type, "When it was entered, UTC.", "createdDateTime"),
        modified(),
    ),
    key=("document_type", "document_number", "line_number"),
    modified="modified_at",
    watermark="modified_at",
    period="financial_period",
    refers_to=("accounts", "subaccounts", "branches", "suppliers"),
    amount="amount",
    control_by="vendor_id",
    path="/v1/supplierInvoice",
    lines="invoiceLines",
    reckon=reckoned.signed,
    placed_by="financialPeriod",
    feed="condition",
    totals=INVOICE_TOTALS,
)

ORDER_TOTALS = VismaEntity(
    name="purchase orders' totals",
    kind="fact",
    meaning="What the heads of purchase orders say their lines come to.",
    fields=(
        *_ORDER,
        _VENDOR[0],
        money("amount", "Total of the lines in base currency.", "lineTotalInBaseCurrency", required=True),
    ),
    key=("document_type", "document_number"),
    path="/v1/purchaseorder",
    placed_by="orderDate",
)

PURCHASE_ORDERS = VismaEntity(
    name="purchase_orders",
    kind="fact",
    meaning="Lines of purchase orders dated in the period. They post nothing: an adjustment period has none.",
    fields=(
        *_ORDER,
        Field("line_number", NUMBER, "Line within the order.", "lines/lineNbr", required=True),
        Field("status", TEXT, "Such as Hold, Open, Closed, Cancelled.", "status"),
        *_VENDOR,
        *named("branch", "lines/branch", "branch", text="name"),
        *named("account", "lines/account", "account"),
        Field("subaccount", TEXT, "Subaccount, as text.", "lines/sub/subaccountNumber"),
        Field("project", TEXT, "Project.", "lines/project/id"),
        Field("line_type", TEXT, "Such as GoodsForInventory, NonStock, Service.", "lines/lineType"),
        Field("inventory_number", TEXT, "What is ordered.", "lines/inventory/number"),
        Field("memo", TEXT, "Description of the line.", "lines/lineDescription"),
        Field("document_memo", TEXT, "Description of the order.", "description"),
        Field("requested_date", DAY, "When it is wanted.", "lines/requested"),
        Field("promised_date", DAY, "When it is promised.", "lines/promised"),
        _rate("quantity", "Quantity ordered.", "lines/orderQty"),
        _rate("received_quantity", "Quantity received.", "lines/qtyOnReceipts"),
        Field("unit", TEXT, "Unit of the quantities.", "lines/uom"),
        _rate("unit_cost", "Price of a unit in the order's currency.", "lines/unitCost"),
        Field("completed", FLAG, "Nothing more is expected.", "lines/completed"),
        Field("canceled", FLAG, "Cancelled line.", "lines/canceled"),
        Field("currency", TEXT, "ISO code of the order's currency.", "currency"),
        _rate("exchange_rate", "Exchange rate of the order.", "exchangeRate"),
        money("foreign_amount", "Amount of the line in the order's currency, net of VAT.", "lines/amount"),
        money("amount", "Amount of the line in base currency, net of VAT.", required=True),
        money("open_amount", "Commitment: amount not yet received of a line of an open order, base currency; else 0."),
        modified(),
    ),
    key=("document_type", "document_number", "line_number"),
    modified="modified_at",
    watermark="modified_at",
    period="document_date",
    refers_to=("accounts", "subaccounts", "branches", "suppliers"),
    amount="amount",
    control_by="vendor_id",
    path="/v1/purchaseorder",
    lines="lines",
    auxiliary=(
        money("total", "Total of the lines in the order's currency.", "lineTotal"),
        money("base_total", "Total of the lines in base currency.", "lineTotalInBaseCurrency"),
        money("received_amount", "Received, in the order's currency.", "lines/receivedAmt"),
    ),
    reckon=reckoned.in_base_currency,
    placed_by="orderDate",
    feed="condition",
    totals=ORDER_TOTALS,
)

GL_BALANCES = VismaEntity(
    name="gl_balances",
    kind="fact",
    meaning="Balances of the general ledger by account and subaccount at the end of the period.",
    fields=(
        Field("ledger", TEXT, "Ledger.", "ledger/id", required=True),
        *(
            Field(each.name, each.type, each.meaning, each.source, required=each.name == "branch_number")
            for each in named("branch", "branch", "branch", text="name")
        ),
        Field("financial_period", TEXT, _PERIOD, "financialPeriod", required=True),
        Field("account_number", TEXT, "Number of the account, as text.", "account/number", required=True),
        Field("account_name", TEXT, "Name of the account.", "account/description"),
        Field("account_type", TEXT, "Asset, Liability, Income or Expense.", "account/type"),
        Field("subaccount_id", TEXT, "Internal id of the subaccount.", "subaccountId", required=True),
        Field("subaccount", TEXT, "Subaccount, as text.", "subAccountCd"),
        Field("currency", TEXT, "ISO code.", "currencyId", required=True),
        money("opening_balance", "Balance before the period, base currency.", "beginningBalance"),
        money("debit", "Debits of the period, base currency.", "periodToDateDebit", required=True),
        money("credit", "Credits of the period, base currency.", "periodToDateCredit", required=True),
        money("amount", "Movement of the period: debits less credits.", required=True),
        money("closing_balance", "Balance at the end of the period, base currency.", "yearToDateBalance"),
        Field("year_closed", FLAG, "The year is closed.", "yearClosed"),
        modified(),
    ),
    key=("ledger", "branch_number", "financial_period", "account_number", "subaccount_id", "currency"),
    modified="modified_at",
    watermark="modified_at",
    period="financial_period",
    refers_to=("accounts", "subaccounts", "branches"),
    amount="amount",
    debit="debit",
    credit="credit",
    control_by="account_number",
    path="/v2/generalLedgerBalance",
    reckon=reckoned.balance,
    placed_by="periodId",
    feed="value",
    of_ledger=True,
)

# Profit and loss postings also move the balance of the year-to-date net income account, to which nothing is posted.
GL_MOVEMENTS = replace(GL_BALANCES, name="general ledger's totals", query={"excludeYTDAccount": "true"})

GL_TRANSACTIONS = VismaEntity(
    name="gl_transactions",
    kind="fact",
    meaning="Posted lines of the general ledger, by their financial period.",
    fields=(
        Field("module", TEXT, "Module that posted, such as GL, AP, AR.", "module", required=True),
        Field("batch_number", TEXT, "Batch; modules share numbers.", "batchNumber", required=True),
        Field("line_number", NUMBER, "Line within the batch.", "lineNumber", required=True),
        Field("ledger", TEXT, "Ledger.", "ledger/id", required=True),
        Field("financial_period", TEXT, _PERIOD, "period"),
        Field("posting_date", DAY, "Date of the transaction.", "tranDate"),
        Field("document_number", TEXT, "Reference number of the document.", "refNumber"),
        Field("memo", TEXT, "Description.", "description"),
        *named("branch", "branch", "branch", text="name"),
        *named("account", "account", "account"),
        Field("account_type", TEXT, "Asset, Liability, Income or Expense.", "account/type"),
        Field("subaccount", TEXT, "Subaccount, as text.", "subaccount"),
        Field("currency", TEXT, "ISO code of the transaction's currency.", "currency"),
        money("foreign_debit", "Debit in the transaction's currency.", "currDebitAmount"),
        money("foreign_credit", "Credit in the transaction's currency.", "currCreditAmount"),
        money("debit", "Debit in base currency.", "debitAmount", required=True),
        money("credit", "Credit in base currency.", "creditAmount", required=True),
        money("amount", "Debit less credit: income and liabilities are negative.", required=True),
        modified(),
    ),
    key=("ledger", "module", "batch_number", "line_number"),
    modified="modified_at",
    watermark="modified_at",
    period="financial_period",
    refers_to=("accounts", "subaccounts", "branches"),
    amount="amount",
    debit="debit",
    credit="credit",
    control_by="account_number",
    path="/v1/GeneralLedgerTransactions",
    query={"expandAccountInfo": "true", "expandBranchInfo": "true"},
    reckon=reckoned.ledger_line,
    placed_by="fromPeriod",
    feed="condition",
    of_ledger=True,
    totals=GL_MOVEMENTS,
)
