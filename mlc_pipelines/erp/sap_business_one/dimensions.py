"""The dimensions: chart of accounts, profit centres, their dimensions, distribution rules, business partners.

The properties are those of docs/vendors/sap_business_one.md, section 5.
"""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.erp.base import RATE, Field
from mlc_pipelines.erp.sap_business_one.fields import MOMENT, ServiceLayerEntity

_ID, _TEXT, _FLAG, _DAY = pa.int64(), pa.string(), pa.bool_(), pa.date32()

CHART_OF_ACCOUNTS = ServiceLayerEntity(
    name="chart_of_accounts",
    kind="dimension",
    meaning="Chart of accounts, with titles and frozen accounts.",
    fields=(
        Field("number", _TEXT, "Account code; `_SYS...` where the chart is segmented.", "Code", required=True),
        Field("format_code", _TEXT, "Account code as people see it in a segmented chart.", "FormatCode"),
        Field("name", _TEXT, "Name.", "Name"),
        Field("type", _TEXT, "at_Revenues, at_Expenses or at_Other.", "AccountType"),
        Field("parent_number", _TEXT, "Account code of the parent.", "FatherAccountKey"),
        Field("level", _ID, "Level in the tree, the drawers being 1.", "AccountLevel"),
        Field("postable", _FLAG, "An active account; false for a title, to which nothing posts.", "ActiveAccount"),
        Field("currency", _TEXT, "Its currency; `##` for all.", "AcctCurrency"),
        Field("external_code", _TEXT, "Code in another system.", "ExternalCode"),
        Field("frozen", _FLAG, "Frozen: no longer to be used; its history stays.", "FrozenFor"),
    ),
    key=("number",),
    entity_set="ChartOfAccounts",
    authorization="Financials > Chart of Accounts",
)

PROFIT_CENTERS = ServiceLayerEntity(
    name="profit_centers",
    kind="dimension",
    meaning="Profit (cost) centres of all five dimensions, with inactive ones.",
    fields=(
        Field("code", _TEXT, "Code.", "CenterCode", required=True),
        Field("name", _TEXT, "Name.", "CenterName"),
        Field("dimension_id", _ID, "The dimension (1 to 5) that it belongs to.", "InWhichDimension"),
        Field("group_code", _TEXT, "Sort code.", "GroupCode"),
        Field("type", _TEXT, "Cost centre type.", "CostCenterType"),
        Field("effective_from", _DAY, "First day on which it may be used.", "EffectiveFrom"),
        Field("effective_to", _DAY, "Last day; empty without end.", "EffectiveTo"),
        Field("active", _FLAG, "May be used.", "Active"),
    ),
    key=("code",),
    entity_set="ProfitCenters",
    authorization="Financials > Cost Accounting > Cost Centers",
)

DIMENSIONS = ServiceLayerEntity(
    name="dimensions",
    kind="dimension",
    meaning="The five dimensions of cost accounting.",
    fields=(
        Field("id", _ID, "1 to 5: the number of the costing code on journal lines.", "DimensionCode", required=True),
        Field("name", _TEXT, "Name.", "DimensionName"),
        Field("description", _TEXT, "What users call it.", "DimensionDescription"),
        Field("active", _FLAG, "In use.", "IsActive"),
    ),
    key=("id",),
    entity_set="Dimensions",
    authorization="Financials > Cost Accounting > Dimensions",
)

DISTRIBUTION_RULES = ServiceLayerEntity(
    name="distribution_rules",
    kind="dimension",
    meaning="Distribution rules: what a costing code may be besides a profit centre. Their shares are not read.",
    fields=(
        Field("code", _TEXT, "Code.", "FactorCode", required=True),
        Field("name", _TEXT, "Description.", "FactorDescription"),
        Field("dimension_id", _ID, "The dimension (1 to 5) that it belongs to.", "InWhichDimension"),
        Field("total_factor", RATE, "The sum of its shares.", "TotalFactor"),
        Field("active", _FLAG, "May be used.", "Active"),
    ),
    key=("code",),
    entity_set="DistributionRules",
    authorization="Financials > Cost Accounting > Distribution Rules",
)

BUSINESS_PARTNERS = ServiceLayerEntity(
    name="business_partners",
    kind="dimension",
    meaning="Customers, suppliers and leads, with inactive and frozen ones.",
    fields=(
        Field("code", _TEXT, "Code.", "CardCode", required=True),
        Field("name", _TEXT, "Name.", "CardName", personal=True),
        Field("type", _TEXT, "cCustomer, cSupplier or cLid (lead).", "CardType"),
        Field("group_id", _ID, "Number of the partner group.", "GroupCode"),
        Field("currency", _TEXT, "Its currency; `##` for all.", "Currency"),
        Field("active", _FLAG, "May be used.", "Valid"),
        Field("frozen", _FLAG, "Frozen.", "Frozen"),
        Field("modified_at", MOMENT, "Last change, in the server's time zone.", "UpdateDate"),
    ),
    key=("code",),
    modified="modified_at",
    watermark="modified_at",
    entity_set="BusinessPartners",
    authorization="Business Partners > Business Partner Master Data",
)
