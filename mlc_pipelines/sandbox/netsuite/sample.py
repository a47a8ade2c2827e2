"""The sample tenant of the demo: a software company, its planning model and its configuration."""

from __future__ import annotations

from datetime import date

from mlc_pipelines.sandbox.anaplan.spec import ListImport, ListSpec, MemberSpec, ModelSpec, ModuleImport, ModuleSpec
from mlc_pipelines.sandbox.sample import PASSWORD, SampleTenant, month_labels

TENANT = "northwind"

_TENANT_FILE = """\
# A software company on NetSuite, paired with its Anaplan model.
tenant: {tenant}
erp:
  kind: netsuite
  account_id: "{account_id}"
  base_url: {erp_url}
  client_id: {client_id}
  certificate_id: {certificate_id}
  private_key: {{secret: netsuite_private_key}}
  accounting_book: 1
  max_concurrent_requests: 4
calendar: northwind
anaplan:
  api_url: {{anaplan_url}}
  auth_url: {{anaplan_url}}
  app_url: {{anaplan_url}}
  workspace_id: {{workspace_id}}
  model_id: {{model_id}}
  auth: {{method: basic, user: robot@sandbox.example, password: {{secret: anaplan_password}}}}
  requests_per_minute: 300
loads:
  accounts:
    - import: Load GL Accounts
      columns:
        Code: number
        Name: name
        Parent: {{field: parent_number, default: Total Accounts}}
  departments:
    - import: Load Departments
      columns: {{Code: id, Name: name, Parent: {{field: parent_id, default: All Departments}}}}
  classes:
    - import: Load Classes
      columns: {{Code: id, Name: name, Parent: {{field: parent_id, default: All Classes}}}}
  locations:
    - import: Load Locations
      columns: {{Code: id, Name: name, Parent: {{field: parent_id, default: All Locations}}}}
  subsidiaries:
    - import: Load Subsidiaries
      columns: {{Code: id, Name: name, Currency: currency}}
  vendors:
    - import: Load Vendors
      columns: {{Code: id, Name: code, Currency: currency}}
  employees:
    - import: Load Employees
      columns: {{Code: id, Name: code, Department: department_name}}
  gl_activity:
    - import: Load Actuals
      columns:
        Account: account_number
        Department: {{field: department_id, default: Unassigned}}
        Entity: {{field: subsidiary_name, map: entities}}
        Period: {{period: "%b %y"}}
        Version: {{constant: Actual}}
        Amount: {{sum: amount}}
      where: {{account_type: {{not_in: [Stat, NonPosting]}}}}
      members: {{Account: GL Accounts, Department: Departments, Entity: Entities}}
  vendor_bills:
    - import: Load Vendor Bills
      columns: {{Vendor: vendor_id, Period: {{period: "%b %y"}}, Amount: {{sum: amount}}}}
      members: {{Vendor: Vendors}}
  purchase_orders:
    - import: Load Purchase Orders
      columns: {{Vendor: vendor_id, Period: {{period: "%b %y"}}, Amount: {{sum: amount}}}}
      members: {{Vendor: Vendors}}
"""

_CALENDAR_FILE = """\
name: northwind
kind: months
start_month: 1
years: [2025, 2026, 2027]
adjustment_periods: 1
country: US
timezone: America/Los_Angeles
close: {opens: WD-2, closes: WD+5 18:00, final_load: WD+5 17:00}
"""

_ENTITIES_MAP = """\
erp,anaplan
Northwind Software Inc.,NW-US
Northwind Ltd.,NW-UK
"Nordwind GmbH, Köln",NW-DE
"""


def planning_model() -> ModelSpec:
    """What the model builder made: lists, modules, and the imports that the loads name."""
    coded = {"Code": "code", "Name": "name"}
    return ModelSpec(
        name="Northwind Planning",
        time=month_labels([2025, 2026, 2027]),
        versions=("Actual", "Budget", "FY26 Budget"),
        lists=(
            ListSpec("GL Accounts", members=["Total Accounts"]),
            ListSpec("Departments", members=["All Departments", MemberSpec("Unassigned", parent="All Departments")]),
            ListSpec("Classes", members=["All Classes"]),
            ListSpec("Locations", members=["All Locations"]),
            ListSpec("Subsidiaries", properties={"Currency": "TEXT"}),
            ListSpec("Vendors", properties={"Currency": "TEXT"}),
            ListSpec("Employees", properties={"Department": "TEXT"}),
            ListSpec("Entities", members=["NW-US", "NW-UK", "NW-DE"]),
        ),
        modules=(
            ModuleSpec(
                "GL Actuals", ("GL Accounts", "Departments", "Entities", "Time", "Versions"), line_items=("Amount",)
            ),
            ModuleSpec("Vendor Bills", ("Vendors", "Time"), line_items=("Amount",)),
            ModuleSpec("Purchase Orders", ("Vendors", "Time"), line_items=("Amount",)),
        ),
        imports=(
            ListImport("Load GL Accounts", "GL Accounts", {**coded, "Parent": "parent"}),
            ListImport("Load Departments", "Departments", {**coded, "Parent": "parent"}),
            ListImport("Load Classes", "Classes", {**coded, "Parent": "parent"}),
            ListImport("Load Locations", "Locations", {**coded, "Parent": "parent"}),
            ListImport("Load Subsidiaries", "Subsidiaries", {**coded, "Currency": "Currency"}),
            ListImport("Load Vendors", "Vendors", {**coded, "Currency": "Currency"}),
            ListImport("Load Employees", "Employees", {**coded, "Department": "Department"}),
            ModuleImport(
                "Load Actuals",
                "GL Actuals",
                {
                    "Account": "GL Accounts",
                    "Department": "Departments",
                    "Entity": "Entities",
                    "Period": "Time",
                    "Version": "Versions",
                    "Amount": "Amount",
                },
            ),
            ModuleImport(
                "Load Vendor Bills", "Vendor Bills", {"Vendor": "Vendors", "Period": "Time", "Amount": "Amount"}
            ),
            ModuleImport(
                "Load Purchase Orders", "Purchase Orders", {"Vendor": "Vendors", "Period": "Time", "Amount": "Amount"}
            ),
        ),
    )


def sample_tenant(
    *, erp_url: str, account_id: str, client_id: str, certificate_id: str, private_key: str, today: date
) -> SampleTenant:
    """The tenant for a running sandbox.

    Args:
        erp_url, account_id, client_id, certificate_id: of the sandbox and its integration.
        private_key: PEM; goes into the vault.
        today: of the books; its month is the open period.
    """
    text = _TENANT_FILE.format(
        tenant=TENANT, erp_url=erp_url, account_id=account_id, client_id=client_id, certificate_id=certificate_id
    )
    last = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    return SampleTenant(
        tenant=TENANT,
        kind="netsuite",
        erp_url=erp_url,
        files={
            f"tenants/{TENANT}.yaml": text,
            "calendars/northwind.yaml": _CALENDAR_FILE,
            "maps/entities.csv": _ENTITIES_MAP,
        },
        secrets={"netsuite_private_key": private_key, "anaplan_password": PASSWORD},
        periods=[f"FY{year}-P{month:02d}" for year, month in (last, (today.year, today.month))],
        model=planning_model(),
    )
