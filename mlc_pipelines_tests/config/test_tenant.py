"""A tenant as a whole: the interface's own example, what is filled in, its name."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mlc_pipelines.config import (
    BasicAuth,
    ConstantColumn,
    FieldColumn,
    PeriodColumn,
    SecretRef,
    SumColumn,
)
from mlc_pipelines.fiscal import Every
from mlc_pipelines_tests.config.conftest import Files
from mlc_pipelines_tests.config.ledger import LedgerConnection

INTERFACE_TENANT = """\
tenant: acme                       # ^[a-z0-9][a-z0-9-]{1,40}$
erp:
  kind: netsuite
  account_id: "1234567"
  base_url: https://1234567.suitetalk.api.netsuite.com
  client_id: abc
  certificate_id: def
  private_key: {secret: netsuite_private_key}
  max_concurrent_requests: 4
calendar: acme-445
anaplan:
  api_url: https://api.anaplan.com
  auth_url: https://auth.anaplan.com
  app_url: https://us1a.app.anaplan.com
  workspace_id: 8a81b09d5e8c6f27015ece3402487d33    # lower case
  model_id: 75A40874E6B64FA3AE0743278996850F        # upper case
  auth: {method: basic, user: robot@acme.example, password: {secret: anaplan_password}}
  requests_per_minute: 300
loads:
  accounts:
    - import: Load GL Accounts
      columns:
        Code: number
        Name: name
        Parent: {field: parent_number, default: "Total Accounts"}
  gl_activity:
    - import: Load Actuals
      columns:
        Account: account_number
        Department: {field: department_name, map: departments, default: Unassigned}
        Period: {period: "%b %y"}
        Version: {constant: Actual}
        Amount: {sum: amount}
      where: {account_type: {not_in: [Stat, NonPosting]}}
      members: {Account: Accounts, Department: Departments}
      on_unmapped: quarantine
      on_rejected: fail
      absent: zero
plan:
  export: Approved Budget
  columns:
    {account: Account, department: Department, period: {column: Period, format: "%b %y"}, amount: Amount, currency: Cur}
  version: FY26 Budget
  approved: {column: Approval Status, equals: Approved}
  maps: {account: accounts, department: departments}
  offset_account: "9990"
  journal: {subsidiary: 1, hold: true}
schedule:
  poll_every: 15m
  poll_every_in_close: 5m
  late_postings: restate
"""
INTERFACE_CALENDAR = """\
name: acme-445
kind: "4-4-5"
year_start: 2025-12-29
year_ends: nearest
years: [2025, 2026, 2027]
country: NO
timezone: Europe/Oslo
close: {opens: WD-2, closes: WD+5 18:00, final_load: WD+5 17:00}
"""


def test_the_interface_s_own_example_loads(files: Files) -> None:
    files.write("tenants/acme.yaml", INTERFACE_TENANT)
    files.write("calendars/acme-445.yaml", INTERFACE_CALENDAR)
    files.write("maps/accounts.csv", "erp,anaplan\n4000,A4000\n")
    configuration = files.load()

    assert configuration.home == files.home
    assert list(configuration.tenants) == ["acme"]
    tenant = configuration.tenants["acme"]
    assert (tenant.tenant, tenant.erp_kind, tenant.calendar) == ("acme", "netsuite", "acme-445")
    assert isinstance(tenant.connection, LedgerConnection)
    assert (tenant.connection.account_id, tenant.connection.max_concurrent_requests) == ("1234567", 4)
    assert isinstance(tenant.anaplan.auth, BasicAuth)
    assert tenant.anaplan.auth.password == SecretRef(secret="anaplan_password")

    (load,) = tenant.loads["gl_activity"]
    assert (load.action_kind, load.action_name) == ("import", "Load Actuals")
    assert list(load.columns.values()) == [
        FieldColumn(field="account_number"),
        FieldColumn(field="department_name", map="departments", default="Unassigned"),
        PeriodColumn(period="%b %y"),
        ConstantColumn(constant="Actual"),
        SumColumn(sum="amount"),
    ]
    assert list(load.columns) == ["Account", "Department", "Period", "Version", "Amount"]
    assert load.sums == {"Amount": "amount"}
    condition = load.where["account_type"]
    assert (condition.negated, condition.values) == (True, ("Stat", "NonPosting"))
    assert (load.on_unmapped, load.on_rejected, load.absent) == ("quarantine", "fail", "zero")

    assert tenant.plan is not None
    assert tenant.plan.columns.period.format == "%b %y"
    assert tenant.plan.columns.dimensions == {"department": "Department"}
    assert tenant.plan.journal == {"subsidiary": "1", "hold": True}
    assert tenant.schedule.poll_every == Every(timedelta(minutes=15))

    calendar = configuration.calendars["acme-445"]
    assert calendar.country == "NO", "YAML would read NO as false"
    assert calendar.period("FY2026-P01").start == date(2025, 12, 29)
    assert configuration.maps["departments"].apply("R and D") == "R&D"


def test_defaults(files: Files) -> None:
    tenant = files.load().tenants["acme"]
    assert tenant.anaplan.api_url == "https://api.anaplan.com"
    assert tenant.anaplan.requests_per_minute == 300
    assert (tenant.schedule.poll_every, tenant.schedule.late_postings) == (Every(timedelta(minutes=15)), "restate")
    assert tenant.plan is None
    accounts, actuals = tenant.loads["accounts"][0], tenant.loads["gl_activity"][0]
    assert (accounts.on_unmapped, accounts.on_rejected, accounts.absent) == ("fail", "fail", "keep")
    assert actuals.absent == "zero", "a load with a sum column clears what is gone"


@pytest.mark.parametrize("name", ["Acme", "a", "-acme", "acme_no", "a" * 42, "acmé"])
def test_a_tenant_s_name_fits_partition_keys(files: Files, name: str) -> None:
    files.tenant({"tenant": name})
    assert any(fault.key == "tenant" and "lower-case" in fault.remedy for fault in files.faults())


def test_models_are_frozen(files: Files) -> None:
    tenant = files.load().tenants["acme"]
    with pytest.raises(ValueError, match="frozen"):
        tenant.anaplan.api_url = "https://elsewhere.example"
    with pytest.raises(AttributeError):
        tenant.calendar = "other"  # pyright: ignore[reportAttributeAccessIssue]
