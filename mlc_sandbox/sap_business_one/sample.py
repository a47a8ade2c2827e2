"""The sample tenant of the demo: a food manufacturer, its planning model and its configuration."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import partial

from mlc_sandbox.anaplan import ListSpec, ModelSpec
from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.sample import Facts, SampleTenant, month_calendar, sample_model, sample_tenant
from mlc_sandbox.sap_business_one import DEFAULT_SQL_TABLES, SapBusinessOneSandbox, ledger_line

TENANT = "nordhavn"

_TENANT_FILE = """\
# A food manufacturer on SAP Business One, paired with its Anaplan model.
tenant: $tenant
erp:
  kind: $kind
  base_url: $erp_url/b1s/v2
  company_db: $company
  user: $user
  password: {secret: b1_password}
  max_concurrent_requests: 4
calendar: nordhavn
$anaplan
loads:
  chart_of_accounts:
    - import: Load GL Accounts
      columns:
        Code: number
        Name: name
        Parent: {field: parent_number, default: Total Accounts}
  dimensions:
    - import: Load Dimensions
      columns: {Code: id, Name: name, Description: description}
  profit_centers:
    - import: Load Profit Centres
      # Centres of two dimensions may have the same name, members of a list may not.
      columns: {Code: code, Name: code, Description: name, Dimension: dimension_id}
  # A journal line names a rule in each of the five dimensions; every profit centre has a rule with its own code.
  distribution_rules:
    - import: Load Departments
      columns: {Code: code, Name: name}
      where: {dimension_id: {equals: 1}}
    - import: Load Product Groups
      columns: {Code: code, Name: name}
      where: {dimension_id: {equals: 2}}
    - import: Load Plants
      columns: {Code: code, Name: name}
      where: {dimension_id: {equals: 3}}
    - import: Load Channels
      columns: {Code: code, Name: name}
      where: {dimension_id: {equals: 4}}
    - import: Load Campaigns
      columns: {Code: code, Name: name}
      where: {dimension_id: {equals: 5}}
  business_partners:
    - import: Load Business Partners
      columns: {Code: code, Name: code, Type: type, Currency: currency}
  journal_entries:
    - import: Load Actuals
      columns:
        Account: account_number
        Department: {field: costing_code_1, default: Unassigned}
        Product: {field: costing_code_2, default: Unassigned}
        Plant: {field: costing_code_3, default: Unassigned}
        Channel: {field: costing_code_4, default: Unassigned}
        Campaign: {field: costing_code_5, default: Unassigned}
        Period: {period: "%b %y"}
        Version: {constant: Actual}
        Amount: {sum: amount}
      members:
        Account: GL Accounts
        Department: Departments
        Product: Product Groups
        Plant: Plants
        Channel: Channels
        Campaign: Campaigns
  invoices:
    - import: Load Invoices
      columns: {Partner: customer_id, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Partner: Business Partners}
  purchase_invoices:
    - import: Load Purchase Invoices
      columns: {Partner: vendor_id, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Partner: Business Partners}
  purchase_orders:
    - import: Load Purchase Orders
      columns: {Partner: vendor_id, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Partner: Business Partners}
  credit_notes:
    - import: Load Credit Notes
      columns: {Partner: customer_id, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Partner: Business Partners}
  purchase_credit_notes:
    - import: Load Purchase Credit Notes
      columns: {Partner: vendor_id, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Partner: Business Partners}
"""

_COSTING = {
    "Department": "Departments",
    "Product": "Product Groups",
    "Plant": "Plants",
    "Channel": "Channels",
    "Campaign": "Campaigns",
}
"""Column of the actuals -> list, in the order of the five dimensions."""

_DOCUMENTS = ("Invoices", "Purchase Invoices", "Purchase Orders", "Credit Notes", "Purchase Credit Notes")


def planning_model() -> ModelSpec:
    """What the model builder made."""
    return sample_model(
        "Nordhavn Planning",
        loaded=(
            ListSpec("GL Accounts", members=["Total Accounts"]),
            ListSpec("Dimensions", properties={"Description": "TEXT"}),
            ListSpec("Profit Centres", properties={"Description": "TEXT", "Dimension": "TEXT"}),
            *(ListSpec(name, members=["Unassigned"]) for name in _COSTING.values()),
            ListSpec("Business Partners", properties={"Type": "TEXT", "Currency": "TEXT"}),
        ),
        with_parents={"GL Accounts"},
        facts=(
            Facts("GL Actuals", {"Account": "GL Accounts"} | _COSTING, load="Actuals", versions=True),
            *(Facts(name, {"Partner": "Business Partners"}) for name in _DOCUMENTS),
        ),
    )


def _expense(sandbox: SapBusinessOneSandbox, day: date, amount: Decimal, text: str) -> None:
    lines = [ledger_line("5240", amount, costing=("0210", None, "F01")), ledger_line("2260", -amount)]
    sandbox.books.post({"ReferenceDate": day, "Memo": text}, lines)


@contextmanager
def serve(port: int, clock: SandboxClock, gl_lines: int = 20_000, today: date | None = None) -> Generator[SampleTenant]:
    """The sandbox with its books, and the tenant that reads them; see `mlc_sandbox.sample.Serve`."""
    with SapBusinessOneSandbox(port=port, clock=clock, gl_lines=gl_lines, today=today) as sandbox:
        # This customer lets SQL queries read the ledger: its totals can be compared account by account.
        sandbox.switches.sql_tables = DEFAULT_SQL_TABLES | {"OJDT", "JDT1"}
        values = {
            "tenant": TENANT,
            "kind": "sap_business_one",
            "erp_url": sandbox.url,
            "company": sandbox.company,
            "user": sandbox.user,
        }
        yield sample_tenant(
            sandbox,
            _TENANT_FILE,
            values,
            calendar=month_calendar(TENANT, "DK", "Europe/Copenhagen", adjustment_periods=0),
            model=planning_model(),
            secrets={"b1_password": sandbox.password},
            today=sandbox.books.today,
            expense=partial(_expense, sandbox),
        )
