"""The sample tenant of the demo: a chemicals distributor, its planning model and its configuration."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date

from mlc_sandbox.anaplan import ListImport, ListSpec, ModelSpec, ModuleImport, ModuleSpec
from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.sample import SampleTenant, month_calendar, sample_tenant
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
    """What the model builder made: lists, modules, and the imports that the loads name."""
    return ModelSpec(
        name="Highveld Planning",
        versions=("Actual", "Budget", "FY26 Budget"),
        lists=(
            ListSpec("GL Accounts", members=["Unassigned"], properties={"Type": "TEXT", "Group": "TEXT"}),
            ListSpec("Cost Centres", members=["Unassigned", "10", *BRANCHES]),
            ListSpec("Suppliers", properties={"Currency": "TEXT", "Class": "TEXT"}),
            ListSpec("Customers", properties={"Currency": "TEXT", "Class": "TEXT"}),
            ListSpec("Stock Codes", properties={"Unit": "TEXT", "Class": "TEXT", "On hand": "NUMBER"}),
            ListSpec("Warehouses", members=WAREHOUSES),
            ListSpec("Currencies", members=list(RATES)),
        ),
        modules=(
            ModuleSpec("GL Actuals", ("GL Accounts", "Cost Centres", "Time", "Versions"), line_items=("Amount",)),
            ModuleSpec("GL Movements", ("GL Accounts", "Time"), line_items=("Amount",)),
            ModuleSpec("Stock", ("Stock Codes", "Warehouses", "Time"), line_items=("On hand", "Allocated")),
            ModuleSpec("Supplier Invoices", ("Suppliers", "GL Accounts", "Time"), line_items=("Amount",)),
            ModuleSpec("Supplier Payments", ("Suppliers", "Time"), line_items=("Amount",)),
            ModuleSpec("Customer Invoices", ("Customers", "Time"), line_items=("Amount",)),
            ModuleSpec("Purchase Orders", ("Suppliers", "Currencies", "Time"), line_items=("Amount",)),
        ),
        imports=(*_list_imports(), *_module_imports()),
    )


def _list_imports() -> tuple[ListImport, ...]:
    coded = {"Code": "code", "Name": "name"}
    partner = {**coded, "Currency": "Currency", "Class": "Class"}
    return (
        ListImport("Load GL Accounts", "GL Accounts", {**coded, "Type": "Type", "Group": "Group"}),
        ListImport("Load Suppliers", "Suppliers", partner),
        ListImport("Load Customers", "Customers", partner),
        ListImport(
            "Load Stock Codes", "Stock Codes", {**coded, "Unit": "Unit", "Class": "Class", "On hand": "On hand"}
        ),
    )


def _module_imports() -> tuple[ModuleImport, ...]:
    placed = {"Period": "Time", "Amount": "Amount"}
    account, supplier = {"Account": "GL Accounts"}, {"Supplier": "Suppliers"}
    stocked = {"Stock code": "Stock Codes", "Warehouse": "Warehouses", "Period": "Time"}
    return (
        ModuleImport(
            "Load Actuals", "GL Actuals", {**account, "Cost centre": "Cost Centres", "Version": "Versions", **placed}
        ),
        ModuleImport("Load Movements", "GL Movements", {**account, **placed}),
        ModuleImport("Load Stock on Hand", "Stock", {**stocked, "Quantity": "On hand"}),
        ModuleImport("Load Allocated Stock", "Stock", {**stocked, "Quantity": "Allocated"}),
        ModuleImport("Load Supplier Invoices", "Supplier Invoices", {**supplier, **account, **placed}),
        ModuleImport("Load Supplier Payments", "Supplier Payments", {**supplier, **placed}),
        ModuleImport("Load Customer Invoices", "Customer Invoices", {"Customer": "Customers", **placed}),
        ModuleImport("Load Purchase Orders", "Purchase Orders", {**supplier, "Currency": "Currencies", **placed}),
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
            maps={"account_types": _ACCOUNT_TYPES_MAP},
        )
