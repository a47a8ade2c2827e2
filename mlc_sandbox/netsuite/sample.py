"""The sample tenant of the demo: a software company, its planning model and its configuration."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date

from mlc_sandbox.anaplan import ListImport, ListSpec, ModelSpec, ModuleImport, ModuleSpec
from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.netsuite import NetSuiteSandbox
from mlc_sandbox.sample import SampleTenant, month_calendar, sample_tenant

TENANT = "northwind"

_TENANT_FILE = """\
# A software company on NetSuite, paired with its Anaplan model.
tenant: $tenant
erp:
  kind: $kind
  account_id: "$account_id"
  base_url: $erp_url
  client_id: $client_id
  certificate_id: $certificate_id
  private_key: {secret: netsuite_private_key}
  accounting_book: 1
  max_concurrent_requests: 4
calendar: northwind
$anaplan
loads:
  accounts:
    - import: Load GL Accounts
      columns:
        Code: number
        Name: name
        Parent: {field: parent_number, default: Total Accounts}
  departments:
    - import: Load Departments
      columns: {Code: id, Name: name, Parent: parent_name}
  classes:
    - import: Load Classes
      columns: {Code: id, Name: name, Parent: parent_name}
  locations:
    - import: Load Locations
      columns: {Code: id, Name: name, Parent: parent_name}
  subsidiaries:
    - import: Load Subsidiaries
      columns: {Code: id, Name: name, Currency: currency}
  vendors:
    - import: Load Vendors
      columns: {Code: id, Name: code, Currency: currency}
  employees:
    - import: Load Employees
      columns: {Code: id, Name: code, Department: department_name}
  gl_activity:
    - import: Load Actuals
      columns:
        Account: account_number
        Department: {field: department_id, default: Unassigned}
        Entity: {field: subsidiary_name, map: entities}
        Period: {period: "%b %y"}
        Version: {constant: Actual}
        Amount: {sum: amount}
      where: {account_type: {not_in: [Stat, NonPosting]}}
      members: {Account: GL Accounts, Department: Departments, Entity: Entities}
  vendor_bills:
    - import: Load Vendor Bills
      columns: {Vendor: vendor_id, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Vendor: Vendors}
  purchase_orders:
    - import: Load Purchase Orders
      columns: {Vendor: vendor_id, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Vendor: Vendors}
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
        versions=("Actual", "Budget", "FY26 Budget"),
        lists=(
            ListSpec("GL Accounts", members=["Total Accounts"]),
            # Flat: people post to departments that have others below them, and in Anaplan a member with children takes
            # no values of its own.
            ListSpec("Departments", members=["Unassigned"], properties={"Parent": "TEXT"}),
            ListSpec("Classes", properties={"Parent": "TEXT"}),
            ListSpec("Locations", properties={"Parent": "TEXT"}),
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
            ListImport("Load Departments", "Departments", {**coded, "Parent": "Parent"}),
            ListImport("Load Classes", "Classes", {**coded, "Parent": "Parent"}),
            ListImport("Load Locations", "Locations", {**coded, "Parent": "Parent"}),
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


@contextmanager
def serve(port: int, clock: SandboxClock, gl_lines: int = 20_000, today: date | None = None) -> Generator[SampleTenant]:
    """The sandbox with its books, and the tenant that reads them.

    Args:
        port: where to listen; 0 takes any free port.
        clock: shared with the model's sandbox.
        gl_lines: lines of the general ledger over all periods, of which January 2025 is the first.
        today: last day with transactions; the clock's day when not given.
    """
    with NetSuiteSandbox(port=port, clock=clock, gl_lines=gl_lines, today=today) as sandbox:
        values = {
            "tenant": TENANT,
            "kind": "netsuite",
            "erp_url": sandbox.url,
            "account_id": sandbox.account_id,
            "client_id": sandbox.integration.client_id,
            "certificate_id": sandbox.integration.certificate_id,
        }
        yield sample_tenant(
            sandbox,
            _TENANT_FILE,
            values,
            calendar=month_calendar(TENANT, "US", "America/Los_Angeles"),
            model=planning_model(),
            secrets={"netsuite_private_key": sandbox.integration.private_key},
            today=today or sandbox.books.local_now().date(),
            maps={"entities": _ENTITIES_MAP},
        )
