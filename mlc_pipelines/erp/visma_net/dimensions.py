"""The dimensions: chart of accounts, segment values, subaccounts, branches, departments, suppliers, periods."""

from __future__ import annotations

from mlc_pipelines.erp.base import Field
from mlc_pipelines.erp.visma_net import derived
from mlc_pipelines.erp.visma_net.fields import DAY, FLAG, NUMBER, TEXT, VismaEntity, modified

_ACTIVE = Field("active", FLAG, "Still to be used; the history of an inactive one stays.", "active")

ACCOUNTS = VismaEntity(
    name="accounts",
    kind="dimension",
    meaning="Chart of accounts, with inactive accounts.",
    fields=(
        Field("id", NUMBER, "Internal id; stays when an account is renumbered.", "accountID", required=True),
        Field("number", TEXT, "Account number, as text.", "accountCD", required=True),
        Field("name", TEXT, "Description.", "description"),
        Field("type", TEXT, "Asset, Liability, Income or Expense.", "type"),
        Field("account_class", TEXT, "Account class.", "accountClass"),
        Field("account_group", TEXT, "Account group of projects.", "accountGroupCD"),
        Field("currency", TEXT, "ISO code where the account takes one currency only.", "currency"),
        Field("public_code", TEXT, "Public code, such as that of a standard chart.", "publicCode1"),
        Field("external_code_1", TEXT, "First external code.", "externalCode1Info/number"),
        Field("external_code_2", TEXT, "Second external code.", "externalCode2Info/number"),
        Field("analysis_code", TEXT, "Analysis code.", "analisysCodeInfo/number"),
        Field("control_module", TEXT, "Module whose control account it is, such as AP.", "controlAccountModule"),
        Field("cash_account", FLAG, "A cash account.", "cashAccount"),
        _ACTIVE,
        modified(),
    ),
    key=("id",),
    modified="modified_at",
    watermark="modified_at",
    path="/v1/account",
    paged=False,
    feed="condition",
)

DIMENSIONS = VismaEntity(
    name="dimensions",
    kind="dimension",
    meaning="Values of the segments of segmented keys such as SUBACCOUNT: one row per value, with inactive ones.",
    fields=(
        Field("dimension", TEXT, "The segmented key, such as SUBACCOUNT.", required=True),
        Field("dimension_name", TEXT, "Its description."),
        Field("segment_id", NUMBER, "Place of the segment in the key, from 1.", "segmentId", required=True),
        Field("segment_name", TEXT, "Description of the segment, such as Department.", "description"),
        Field("code", TEXT, "The value, as text.", "segmentValues/valueId", required=True),
        Field("name", TEXT, "Description of the value.", "segmentValues/description"),
        Field("public_id", TEXT, "The value's id that stays when it is renamed.", "segmentValues/publicId"),
        Field("active", FLAG, "Still to be used; lines may hold an inactive one.", "segmentValues/active"),
        modified("segmentValues/lastModified"),
    ),
    key=("dimension", "segment_id", "code"),
    modified="modified_at",
    path="/v1/dimension",
    query={"expandSegmentsValues": "true"},
    paged=False,
    envelope="segments",
    lines="segmentValues",
    derive=derived.dimension,
)

SUBACCOUNTS = VismaEntity(
    name="subaccounts",
    kind="dimension",
    meaning="Subaccounts: the combinations of segment values that are posted to, with inactive ones.",
    fields=(
        Field("id", NUMBER, "Internal id.", "subaccountId", required=True),
        Field("number", TEXT, "Segment values joined, as text, such as 10-000.", "subaccountNumber", required=True),
        Field("name", TEXT, "Description.", "description"),
        _ACTIVE,
        modified(),
    ),
    key=("id",),
    modified="modified_at",
    watermark="modified_at",
    path="/v1/subaccount",
    feed="condition",
)

BRANCHES = VismaEntity(
    name="branches",
    kind="dimension",
    meaning="Branches of the company, with inactive ones.",
    fields=(
        Field("id", NUMBER, "Internal id.", "branchId", required=True),
        Field("number", TEXT, "Number, as text.", "number", required=True),
        Field("name", TEXT, "Name.", "name"),
        Field("organization_id", NUMBER, "Internal id of the organization.", "organizationId"),
        Field("main", FLAG, "The main branch.", "isMainBranch"),
        Field("active", FLAG, "Still to be used.", "isActive"),
        modified(),
    ),
    key=("id",),
    modified="modified_at",
    watermark="modified_at",
    path="/v1/branch",
    paged=False,
    feed="condition",
)

DEPARTMENTS = VismaEntity(
    name="departments",
    kind="dimension",
    meaning="Departments of employees; postings carry segments of the subaccount, not these.",
    fields=(
        Field("code", TEXT, "Department id, as text.", "departmentId", required=True),
        Field("name", TEXT, "Description.", "description"),
        Field("expense_account", TEXT, "Account of its expenses.", "expenseAccount/number"),
        Field("expense_subaccount", TEXT, "Subaccount of its expenses.", "expenseSubaccount/id"),
        modified(),
    ),
    key=("code",),
    modified="modified_at",
    watermark="modified_at",
    path="/v1/department",
    paged=False,
    feed="condition",
)

SUPPLIERS = VismaEntity(
    name="suppliers",
    kind="dimension",
    meaning="Suppliers, with inactive ones.",
    fields=(
        Field("id", NUMBER, "Internal id.", "internalId", required=True),
        Field("number", TEXT, "Supplier number, as text.", "number", required=True),
        Field("name", TEXT, "Name.", "name"),
        Field("status", TEXT, "Active, OnHold, HoldPayments, Inactive or OneTime.", "status"),
        Field("supplier_class", TEXT, "Supplier class.", "supplierClass/id"),
        Field("supplier_class_name", TEXT, "Description of the supplier class.", "supplierClass/description"),
        Field("currency", TEXT, "ISO code.", "currencyId"),
        Field("payment_terms", TEXT, "Credit terms.", "creditTerms/id"),
        Field("corporate_id", TEXT, "Number in the register of companies.", "corporateId"),
        Field("vat_number", TEXT, "VAT registration number.", "vatRegistrationId"),
        modified(),
    ),
    key=("id",),
    modified="modified_at",
    watermark="modified_at",
    path="/v1/supplier",
    feed="condition",
)

FINANCIAL_PERIODS = VismaEntity(
    name="financial_periods",
    kind="dimension",
    meaning="Financial periods, adjustment periods included, and where they are closed.",
    fields=(
        Field("code", TEXT, "Year and number, YYYYPP, such as 202611.", required=True),
        Field("year", NUMBER, "Financial year.", "year", required=True),
        Field("number", NUMBER, "Number of the period in its year.", required=True),
        Field("name", TEXT, "Description.", "description"),
        Field("start", DAY, "First day.", "startDate"),
        Field("end", DAY, "Last day.", "endDate"),
        _ACTIVE,
        Field("closed_in_ledger", FLAG, "Closed in the general ledger.", "closedInGeneralLedger"),
        Field("closed_in_supplier_ledger", FLAG, "Closed in the supplier ledger.", "closedInSupplierLedger"),
        Field("closed_in_customer_ledger", FLAG, "Closed in the customer ledger.", "closedInCustomerLedger"),
        Field("closed_in_inventory", FLAG, "Closed in inventory.", "closedInInventoryManagement"),
    ),
    key=("code",),
    path="/v1/financialPeriod",
    paged=False,
    auxiliary=(Field("period", TEXT, "The number, in one of several forms.", "period"),),
    derive=derived.financial_period,
)
