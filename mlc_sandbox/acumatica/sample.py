"""The sample tenant of the demo: a consultancy, its planning model and its configuration."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import partial

from mlc_sandbox.acumatica import Line
from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.sandbox import AcumaticaSandbox
from mlc_sandbox.anaplan import ListSpec, ModelSpec
from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.sample import Facts, SampleTenant, month_calendar, sample_model, sample_tenant

TENANT = "meridian"

_TENANT_FILE = """\
# A consultancy on Acumatica, paired with its Anaplan model.
tenant: $tenant
erp:
  kind: $kind
  base_url: $erp_url
  tenant: $erp_tenant
  endpoint: Default
  version: 24.200.001
  ledger: ACTUAL
  auth:
    method: oauth
    client_id: "$client_id"
    client_secret: {secret: acumatica_client_secret}
    user: $user
    password: {secret: acumatica_password}
calendar: meridian
$anaplan
loads:
  accounts:
    - import: Load GL Accounts
      columns: {Code: number, Name: name, Type: type, Class: account_class}
  subaccounts:
    - import: Load Subaccounts
      columns: {Code: code, Name: name}
  ledgers:
    - import: Load Ledgers
      columns: {Code: code, Name: name, Type: type}
  vendors:
    - import: Load Vendors
      columns: {Code: code, Name: name, Class: vendor_class, Currency: currency}
  stock_items:
    - import: Load Stock
      columns: {Code: code, Name: name, Class: stock_class, Unit: unit}
  non_stock_items:
    - import: Load Services
      columns: {Code: code, Name: name, Class: stock_class, Unit: unit}
  gl_details:
    - import: Load Actuals
      columns:
        Account: account_number
        Subaccount: {field: subaccount, default: Unassigned}
        Branch: branch
        Period: {period: "%b %y"}
        Version: {constant: Actual}
        Amount: {sum: amount}
      members: {Account: GL Accounts, Subaccount: Subaccounts, Branch: Branches}
  journal_transactions:
    - import: Load Journals
      columns: {Account: account_number, Currency: currency, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Account: GL Accounts, Currency: Currencies}
  account_balances:
    - import: Load Turnover
      columns: {Account: account_number, Branch: branch, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Account: GL Accounts, Branch: Branches}
  bills:
    - import: Load Bills
      columns:
        Vendor: vendor_id
        Account: {field: account_number, default: Unassigned}
        Currency: currency
        Period: {period: "%b %y"}
        Amount: {sum: amount}
      members: {Vendor: Vendors, Account: GL Accounts, Currency: Currencies}
  purchase_orders:
    - import: Load Purchase Orders
      columns: {Vendor: vendor_id, Currency: currency, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Vendor: Vendors, Currency: Currencies}
  payments:
    - import: Load Payments
      columns: {Vendor: vendor_id, Currency: currency, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Vendor: Vendors, Currency: Currencies}
"""


def planning_model() -> ModelSpec:
    """What the model builder made."""
    account, branch = {"Account": "GL Accounts"}, {"Branch": "Branches"}
    vendor, currency = {"Vendor": "Vendors"}, {"Currency": "Currencies"}
    return sample_model(
        "Meridian Planning",
        loaded=(
            ListSpec("GL Accounts", members=["Unassigned"], properties={"Type": "TEXT", "Class": "TEXT"}),
            ListSpec("Subaccounts", members=["Unassigned"]),
            ListSpec("Ledgers", properties={"Type": "TEXT"}),
            ListSpec("Vendors", properties={"Class": "TEXT", "Currency": "TEXT"}),
            ListSpec("Stock", properties={"Class": "TEXT", "Unit": "TEXT"}),
            ListSpec("Services", properties={"Class": "TEXT", "Unit": "TEXT"}),
        ),
        fixed=(
            ListSpec("Branches", members=[branch.code for branch in chart.BRANCHES]),
            ListSpec("Currencies", members=list(chart.CURRENCIES)),
        ),
        facts=(
            Facts("GL Actuals", account | {"Subaccount": "Subaccounts"} | branch, load="Actuals", versions=True),
            Facts("Journals", account | currency),
            Facts("Turnover", account | branch),
            Facts("Bills", vendor | account | currency),
            Facts("Purchase Orders", vendor | currency),
            Facts("Payments", vendor | currency),
        ),
    )


def _expense(sandbox: AcumaticaSandbox, day: date, amount: Decimal, text: str) -> None:
    lines = [
        Line("64000", "300STR", "NORDIC", debit=amount, text=text),
        Line("21000", "000000", "NORDIC", credit=amount),
    ]
    sandbox.books.post(lines, period=f"{day:%m%Y}")


@contextmanager
def serve(port: int, clock: SandboxClock, gl_lines: int = 20_000, today: date | None = None) -> Generator[SampleTenant]:
    """The sandbox with its books, and the tenant that reads them; see `mlc_sandbox.sample.Serve`."""
    with AcumaticaSandbox(port=port, clock=clock, gl_lines=gl_lines, today=today) as sandbox:
        values = {
            "tenant": TENANT,
            "kind": "acumatica",
            "erp_url": sandbox.url,
            "erp_tenant": sandbox.tenant,
            "client_id": sandbox.client_id,
            "user": sandbox.username,
        }
        yield sample_tenant(
            sandbox,
            _TENANT_FILE,
            values,
            calendar=month_calendar(TENANT, "US", "America/New_York"),
            model=planning_model(),
            secrets={"acumatica_client_secret": sandbox.client_secret, "acumatica_password": sandbox.password},
            today=sandbox.books.today,
            expense=partial(_expense, sandbox),
        )
