"""The sample tenant of the demo: a steel manufacturer with three plants, its planning model and its configuration."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import partial

from mlc_sandbox.anaplan import ListSpec, ModelSpec
from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.sample import Facts, SampleTenant, month_calendar, sample_model, sample_tenant
from mlc_sandbox.visma_net.sandbox import VismaNetSandbox

TENANT = "fjordstaal"

_TENANT_FILE = """\
# A steel manufacturer with three plants on Visma.net, paired with its Anaplan model. Visma.net is only read.
tenant: $tenant
erp:
  kind: $kind
  base_url: $erp_url
  token_url: $token_url
  client_id: $client_id
  client_secret: {secret: visma_client_secret}
  company_tenant_id: $company_tenant_id
  timezone: Europe/Oslo
calendar: fjordstaal
$anaplan
loads:
  accounts:
    - import: Load Accounts
      columns: {Code: number, Name: name, Type: type}
  dimensions:
    - import: Load Segment Values
      columns: {Code: code, Name: name, Segment: segment_name}
      where: {dimension: {equals: SUBACCOUNT}}
  subaccounts:
    - import: Load Subaccounts
      columns: {Code: number, Name: name}
  branches:
    - import: Load Branches
      columns: {Code: number, Name: name}
  departments:
    - import: Load Departments
      columns: {Code: code, Name: name}
  suppliers:
    - import: Load Suppliers
      columns: {Code: number, Name: name, Currency: currency, Status: status}
  financial_periods:
    - import: Load Financial Periods
      columns: {Code: code, Name: name}
  gl_transactions:
    - import: Load Actuals
      columns:
        Account: account_number
        Subaccount: {field: subaccount, default: Unassigned}
        Plant: {field: branch_number, map: plants}
        Period: {period: "%b %y"}
        Version: {constant: Actual}
        Amount: {sum: amount}
      members: {Account: Accounts, Subaccount: Subaccounts, Plant: Plants}
  gl_balances:
    - import: Load Balances
      columns:
        Account: account_number
        Branch: branch_number
        Period: {period: "%b %y"}
        Movement: {sum: amount}
      members: {Account: Accounts, Branch: Branches}
  supplier_invoices:
    - import: Load Supplier Invoices
      columns:
        Supplier: {field: vendor_number, default: Unassigned}
        Branch: branch_number
        Period: {period: "%b %y"}
        Amount: {sum: amount}
      where: {status: {in: [Open, Closed]}}
      members: {Supplier: Suppliers, Branch: Branches}
  purchase_orders:
    - import: Load Purchase Orders
      columns:
        Supplier: {field: vendor_number, default: Unassigned}
        Period: {period: "%b %y"}
        Amount: {sum: amount}
      where: {status: {not_in: [Hold, Cancelled, Voided]}}
      members: {Supplier: Suppliers}
    - import: Load Commitments
      columns:
        Supplier: {field: vendor_number, default: Unassigned}
        Period: {period: "%b %y"}
        Amount: {sum: open_amount}
      members: {Supplier: Suppliers}
"""

_PLANTS_MAP = """\
erp,anaplan
1,Oslo
2,Ålesund
3,Göteborg
"""


def planning_model() -> ModelSpec:
    """What the model builder made."""
    account, supplier, branch = {"Account": "Accounts"}, {"Supplier": "Suppliers"}, {"Branch": "Branches"}
    actuals = account | {"Subaccount": "Subaccounts", "Plant": "Plants"}
    return sample_model(
        "Fjordstaal Planning",
        versions=("Actual", "Budget", "Forecast"),
        loaded=(
            ListSpec("Accounts", properties={"Type": "TEXT"}),
            ListSpec("Segment Values", properties={"Segment": "TEXT"}),
            ListSpec("Subaccounts", members=["Unassigned"]),
            ListSpec("Branches"),
            ListSpec("Departments"),
            ListSpec("Suppliers", members=["Unassigned"], properties={"Currency": "TEXT", "Status": "TEXT"}),
            ListSpec("Financial Periods"),
        ),
        fixed=(ListSpec("Plants", members=["Oslo", "Ålesund", "Göteborg"]),),
        facts=(
            Facts("GL Actuals", actuals, load="Actuals", versions=True),
            Facts("GL Balances", account | branch, load="Balances", line_item="Movement"),
            Facts("Supplier Invoices", supplier | branch),
            Facts("Purchase Orders", supplier),
            Facts("Commitments", supplier),
        ),
    )


def _expense(sandbox: VismaNetSandbox, day: date, amount: Decimal, text: str) -> None:
    company = sandbox.books.company
    neutral, branch = company.subaccounts[0], company.branches[1]
    postings = [
        (company.chart["6790"], company.subaccounts[20], branch, amount, text),
        (company.chart["2400"], neutral, branch, -amount, text),
    ]
    sandbox.books.post("GL", postings, day=day, period=f"{day:%Y%m}", text=text)


@contextmanager
def serve(port: int, clock: SandboxClock, gl_lines: int = 20_000, today: date | None = None) -> Generator[SampleTenant]:
    """The sandbox with its books, and the tenant that reads them; see `mlc_sandbox.sample.Serve`."""
    with VismaNetSandbox(port=port, clock=clock, gl_lines=gl_lines, today=today) as sandbox:
        values = {
            "tenant": TENANT,
            "kind": "visma_net",
            "erp_url": sandbox.url,
            "token_url": sandbox.token_url,
            "client_id": sandbox.client_id,
            "company_tenant_id": sandbox.tenant_id,
        }
        yield sample_tenant(
            sandbox,
            _TENANT_FILE,
            values,
            calendar=month_calendar(TENANT, "NO", "Europe/Oslo"),
            model=planning_model(),
            secrets={"visma_client_secret": sandbox.client_secret},
            today=today or clock.now().astimezone(sandbox.books.zone).date(),
            expense=partial(_expense, sandbox),
            maps={"plants": _PLANTS_MAP},
        )
