"""The sample tenant of the demo: a chemicals distributor, its planning model and its configuration."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

from mlc_sandbox.anaplan import ListSpec, ModelSpec, ModuleImport, ModuleSpec
from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.sample import Facts, SampleTenant, month_calendar, sample_model, sample_tenant
from mlc_sandbox.syspro import Entry, Journal
from mlc_sandbox.syspro.books.chart import BRANCHES
from mlc_sandbox.syspro.books.partners import RATES, WAREHOUSES
from mlc_sandbox.syspro.sandbox import SysproSandbox

TENANT = "highveld"

_TENANT_FILE = """\
# A chemicals distributor on SYSPRO, paired with its Anaplan model.
tenant: $tenant
erp:
  kind: $kind
  rest_url: $rest_url
  odata_url: $odata_url
  odata_user: $operator
  odata_password: {secret: syspro_odata_password}
  operator: $operator
  operator_password: {secret: syspro_operator_password}
  company: $company
  company_password: {secret: syspro_company_password}
calendar: highveld
$anaplan
loads:
  gl_accounts:
    - import: Load GL Accounts
      columns:
        Code: number
        Name: name
        Type: {field: type, map: account_types, default: Other}
        Group: group_name
  suppliers:
    - import: Load Suppliers
      columns: {Code: code, Name: name, Currency: currency, Class: class}
  customers:
    - import: Load Customers
      columns: {Code: code, Name: name, Currency: currency, Class: class}
  inventory:
    - import: Load Stock Codes
      columns: {Code: stock_code, Name: name, Unit: unit, Class: product_class, On hand: {sum: on_hand}}
      absent: keep
    - import: Load Stock on Hand
      columns:
        Stock code: stock_code
        Warehouse: warehouse
        Period: {period: "%b %y"}
        Quantity: {sum: on_hand}
      members: {Stock code: Stock Codes, Warehouse: Warehouses}
    - import: Load Allocated Stock
      columns:
        Stock code: stock_code
        Warehouse: warehouse
        Period: {period: "%b %y"}
        Quantity: {sum: allocated}
      members: {Stock code: Stock Codes, Warehouse: Warehouses}
  gl_journals:
    - import: Load Actuals
      columns:
        Account: account_number
        Cost centre: {field: cost_centre, default: Unassigned}
        Period: {period: "%b %y"}
        Version: {constant: Actual}
        Amount: {sum: amount}
      members: {Account: GL Accounts, Cost centre: Cost Centres}
  gl_history:
    - import: Load Movements
      columns: {Account: account_number, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Account: GL Accounts}
  ap_invoices:
    - import: Load Supplier Invoices
      columns:
        Supplier: vendor_id
        Account: {field: account_number, default: Unassigned}
        Period: {period: "%b %y"}
        Amount: {sum: amount}
      members: {Supplier: Suppliers, Account: GL Accounts}
  ap_payments:
    - import: Load Supplier Payments
      columns: {Supplier: vendor_id, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Supplier: Suppliers}
  ar_invoices:
    - import: Load Customer Invoices
      columns: {Customer: customer_id, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Customer: Customers}
  purchase_orders:
    - import: Load Purchase Orders
      columns: {Supplier: vendor_id, Currency: currency, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Supplier: Suppliers, Currency: Currencies}
"""

_ACCOUNT_TYPES_MAP = """\
erp,anaplan
A,Assets
L,Liabilities
C,Capital
R,Revenue
E,Expenses
S,Statistics
T,Templates
"""


def planning_model() -> ModelSpec:
    """What the model builder made."""
    account, supplier = {"Account": "GL Accounts"}, {"Supplier": "Suppliers"}
    model = sample_model(
        "Highveld Planning",
        loaded=(
            ListSpec("GL Accounts", members=["Unassigned"], properties={"Type": "TEXT", "Group": "TEXT"}),
            ListSpec("Suppliers", properties={"Currency": "TEXT", "Class": "TEXT"}),
            ListSpec("Customers", properties={"Currency": "TEXT", "Class": "TEXT"}),
            ListSpec("Stock Codes", properties={"Unit": "TEXT", "Class": "TEXT", "On hand": "NUMBER"}),
        ),
        fixed=(
            ListSpec("Cost Centres", members=["Unassigned", "10", *BRANCHES]),
            ListSpec("Warehouses", members=WAREHOUSES),
            ListSpec("Currencies", members=list(RATES)),
        ),
        facts=(
            Facts("GL Actuals", account | {"Cost centre": "Cost Centres"}, load="Actuals", versions=True),
            Facts("GL Movements", account, load="Movements"),
            Facts("Supplier Invoices", supplier | account),
            Facts("Supplier Payments", supplier),
            Facts("Customer Invoices", {"Customer": "Customers"}),
            Facts("Purchase Orders", supplier | {"Currency": "Currencies"}),
        ),
    )
    # Two imports fill one module.
    stocked = {"Stock code": "Stock Codes", "Warehouse": "Warehouses", "Period": "Time"}
    stock = ModuleSpec("Stock", tuple(stocked.values()), line_items=("On hand", "Allocated"))
    imports = (
        ModuleImport("Load Stock on Hand", "Stock", {**stocked, "Quantity": "On hand"}),
        ModuleImport("Load Allocated Stock", "Stock", {**stocked, "Quantity": "Allocated"}),
    )
    return replace(model, modules=(*model.modules, stock), imports=(*model.imports, *imports))


def _expense(sandbox: SysproSandbox, day: date, amount: Decimal, text: str) -> None:
    entries = [Entry("30-6200-00", amount, comment=text), Entry("10-2300-00", -amount)]
    sandbox.books.post(Journal(day.year, day.month, day, entries, reference="EXPENSE"))


@contextmanager
def serve(port: int, clock: SandboxClock, gl_lines: int = 20_000, today: date | None = None) -> Generator[SampleTenant]:
    """The sandbox with its books, and the tenant that reads them; see `mlc_sandbox.sample.Serve`."""
    with SysproSandbox(port=port, clock=clock, gl_lines=gl_lines, today=today) as sandbox:
        values = {
            "tenant": TENANT,
            "kind": "syspro",
            "rest_url": sandbox.rest_url,
            "odata_url": sandbox.odata_url,
            "operator": sandbox.operator,
            "company": sandbox.company,
        }
        yield sample_tenant(
            sandbox,
            _TENANT_FILE,
            values,
            calendar=month_calendar(TENANT, "ZA", "Africa/Johannesburg"),
            model=planning_model(),
            secrets={
                "syspro_odata_password": sandbox.password,
                "syspro_operator_password": sandbox.password,
                "syspro_company_password": sandbox.company_password,
            },
            today=sandbox.books.today,
            expense=partial(_expense, sandbox),
            maps={"account_types": _ACCOUNT_TYPES_MAP},
        )
