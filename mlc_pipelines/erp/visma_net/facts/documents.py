"""The documents: supplier invoices and purchase orders, and what is read to total them."""

from __future__ import annotations

from mlc_pipelines.erp.base import RATE, Field
from mlc_pipelines.erp.visma_net import derived
from mlc_pipelines.erp.visma_net.fields import DAY, FLAG, NUMBER, PERIOD, TEXT, VismaEntity, modified, money, named
from mlc_pipelines.erp.visma_net.words import INVOICE_TYPE, ORDER_STATUS


def _rate(name: str, meaning: str, source: str) -> Field:
    return Field(name, RATE, meaning, source)


_VENDOR = (
    Field("vendor_id", NUMBER, "Internal id of the supplier.", "supplier/internalId"),
    Field("vendor_number", TEXT, "Number of the supplier, as text.", "supplier/number"),
    Field("vendor_name", TEXT, "Name of the supplier.", "supplier/name"),
)
_REPEATS = {
    "accounts": ("number", "name"),
    "subaccounts": ("number",),
    "branches": ("number", "name"),
    "suppliers": ("number", "name"),
}
_INVOICE = (
    Field(
        "document_type",
        TEXT,
        "Such as Invoice, CreditAdj, DebitAdj.",
        "documentType",
        required=True,
        words=INVOICE_TYPE,
    ),
    Field("document_number", TEXT, "Reference number; types share numbers.", "referenceNumber", required=True),
)
_ORDER = (
    Field("document_type", TEXT, "RegularOrder, DropShip, Blanket, StandardBlanket.", "orderType", required=True),
    Field("document_number", TEXT, "Order number.", "orderNbr", required=True),
    Field("document_date", DAY, "Date of the order.", "date", required=True),
)
_RATE = _rate("exchange_rate", "Exchange rate of the document.", "exchangeRate")
_LINE_TOTALS = (
    money("total", "Total of the lines in base currency.", "detailTotal"),
    money("foreign_total", "Total of the lines in the document's currency.", "detailTotalInCurrency"),
    money("discount", "Discount of the line in base currency.", "invoiceLines/discountAmount"),
)
_ORDER_TOTALS = (
    money("total", "Total of the lines in the order's currency.", "lineTotal"),
    money("base_total", "Total of the lines in base currency.", "lineTotalInBaseCurrency"),
)

INVOICE_TOTALS = VismaEntity(
    name="supplier invoices' totals",
    kind="fact",
    meaning="What the heads of supplier invoices say their lines come to.",
    fields=(
        *_INVOICE,
        Field("financial_period", TEXT, PERIOD, "financialPeriod"),
        _VENDOR[0],
        money("amount", "Total of the lines, net of VAT, base currency.", "detailTotal", required=True),
    ),
    key=("document_type", "document_number"),
    path="/v1/supplierInvoice",
    derive=derived.supplier_document,
    placed_by="financialPeriod",
)

INVOICE_ROUNDING = VismaEntity(
    name="supplier invoices' rounding",
    kind="fact",
    meaning="By how much lines that were converted one by one differ from the converted total of their invoice.",
    fields=(
        *_INVOICE,
        Field("line_number", NUMBER, "Line within the document.", "invoiceLines/lineNumber", required=True),
        Field("financial_period", TEXT, PERIOD, "financialPeriod"),
        _VENDOR[0],
        money(
            "amount",
            "The difference, on the document's last line; zero when it is more than rounding.",
            "invoiceLines/cost",
        ),
    ),
    key=("document_type", "document_number", "line_number"),
    path="/v1/supplierInvoice",
    lines="invoiceLines",
    auxiliary=(*_LINE_TOTALS, _RATE),
    derive=derived.rounding,
    placed_by="financialPeriod",
)

SUPPLIER_INVOICES = VismaEntity(
    name="supplier_invoices",
    kind="fact",
    meaning="Lines of supplier invoices and credits by their financial period; also those that are not yet released.",
    fields=(
        *_INVOICE,
        Field("line_number", NUMBER, "Line within the document.", "invoiceLines/lineNumber", required=True),
        Field("financial_period", TEXT, PERIOD, "financialPeriod"),
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
        _RATE,
        money("foreign_amount", "As `amount`, in the document's currency.", "invoiceLines/costInCurrency"),
        money(
            "amount",
            "Net of VAT and line discounts in base currency; cost positive, supplier credits (DebitAdj) negative.",
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
    repeats=_REPEATS,
    amount="amount",
    control_by="vendor_id",
    path="/v1/supplierInvoice",
    lines="invoiceLines",
    auxiliary=(
        *_LINE_TOTALS,
        money("foreign_discount", "Discount in the document's currency.", "invoiceLines/discountAmountInCurrency"),
    ),
    derive=derived.invoice_line,
    placed_by="financialPeriod",
    feed="condition",
    totals=(INVOICE_TOTALS, INVOICE_ROUNDING),
    unproven="the sign, which `document_type` gives to lines and heads alike",
)

ORDER_TOTALS = VismaEntity(
    name="purchase orders' totals",
    kind="fact",
    meaning="What the heads of purchase orders say their lines come to.",
    fields=(
        *_ORDER,
        _VENDOR[0],
        money("amount", "Total of the lines in base currency.", required=True),
    ),
    key=("document_type", "document_number"),
    path="/v1/purchaseorder",
    auxiliary=(*_ORDER_TOTALS, _RATE),
    derive=derived.order_total,
    placed_by="orderDate",
)

PURCHASE_ORDERS = VismaEntity(
    name="purchase_orders",
    kind="fact",
    meaning="Lines of purchase orders dated in the period. They post nothing: an adjustment period has none.",
    fields=(
        *_ORDER,
        Field("line_number", NUMBER, "Line within the order.", "lines/lineNbr", required=True),
        Field("status", TEXT, "Such as Hold, Open, Closed, Cancelled.", "status", words=ORDER_STATUS),
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
        _RATE,
        money(
            "foreign_amount", "Amount of the line in the order's currency, net of VAT and its discount.", "lines/amount"
        ),
        money("amount", "Amount of the line in base currency, net of VAT.", required=True),
        money("open_amount", "Commitment: amount not yet received of a line of an open order, base currency; else 0."),
        modified(),
    ),
    key=("document_type", "document_number", "line_number"),
    modified="modified_at",
    watermark="modified_at",
    period="document_date",
    refers_to=("accounts", "subaccounts", "branches", "suppliers"),
    repeats=_REPEATS,
    amount="amount",
    control_by="vendor_id",
    path="/v1/purchaseorder",
    lines="lines",
    auxiliary=(*_ORDER_TOTALS, money("received_amount", "Received, in the order's currency.", "lines/receivedAmt")),
    derive=derived.order_line,
    placed_by="orderDate",
    feed="condition",
    totals=(ORDER_TOTALS,),
)
