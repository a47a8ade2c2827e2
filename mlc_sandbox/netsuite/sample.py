"""The sample tenant of the demo: a software company, its planning model and its configuration."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import partial

from mlc_sandbox.anaplan import ListSpec, ModelSpec
from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.netsuite import NetSuiteSandbox
from mlc_sandbox.netsuite.books.entries import Entry, Line
from mlc_sandbox.sample import Facts, SampleTenant, month_calendar, sample_model, sample_tenant

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
    """What the model builder made."""
    accounts = {"Account": "GL Accounts", "Department": "Departments", "Entity": "Entities"}
    vendor = {"Vendor": "Vendors"}
    return sample_model(
        "Northwind Planning",
        loaded=(
            ListSpec("GL Accounts", members=["Total Accounts"]),
            # Flat: people post to departments that have others below them, and in Anaplan a member with children takes
            # no values of its own.
            ListSpec("Departments", members=["Unassigned"], properties={"Parent": "TEXT"}),
            ListSpec("Classes", properties={"Parent": "TEXT"}),
            ListSpec("Locations", properties={"Parent": "TEXT"}),
            ListSpec("Subsidiaries", properties={"Currency": "TEXT"}),
            ListSpec("Vendors", properties={"Currency": "TEXT"}),
            ListSpec("Employees", properties={"Department": "TEXT"}),
        ),
        with_parents={"GL Accounts"},
        fixed=(ListSpec("Entities", members=["NW-US", "NW-UK", "NW-DE"]),),
        facts=(
            Facts("GL Actuals", accounts, load="Actuals", versions=True),
            Facts("Vendor Bills", vendor),
            Facts("Purchase Orders", vendor),
        ),
    )


def _expense(sandbox: NetSuiteSandbox, day: date, amount: Decimal, text: str) -> None:
    books = sandbox.books
    lines = [Line(books.account("6010").id, amount, memo=text), Line(books.account("0110").id, -amount)]
    books.post(Entry("Journal", day, books.period(f"{day:%b %Y}").id, lines))


@contextmanager
def serve(port: int, clock: SandboxClock, gl_lines: int = 20_000, today: date | None = None) -> Generator[SampleTenant]:
    """The sandbox with its books, and the tenant that reads them; see `mlc_sandbox.sample.Serve`."""
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
            expense=partial(_expense, sandbox),
            maps={"entities": _ENTITIES_MAP},
        )
