"""A configuration as a whole: what is loaded, and that every fault of every file is reported at once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.config import (
    BasicAuth,
    ConstantColumn,
    FieldColumn,
    PeriodColumn,
    SecretRef,
    SumColumn,
    load_configuration,
    read_configuration,
)
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import Every
from mlc_pipelines_tests.config.conftest import TENANT, Files, FixedClock
from mlc_pipelines_tests.config.ledger import ERPS, LedgerConnection

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


def test_a_home_without_files_is_an_empty_configuration(tmp_path: Path) -> None:
    configuration = load_configuration(tmp_path, ERPS, clock=SYSTEM_CLOCK)
    assert (dict(configuration.tenants), list(configuration.calendars)) == ({}, ["calendar-months"])


def test_a_home_that_does_not_exist_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="mlc init"):
        load_configuration(tmp_path / "nowhere", ERPS, clock=SYSTEM_CLOCK)


def test_every_fault_of_every_file_is_reported_at_once(files: Files) -> None:
    files.tenant(
        {
            "erp/account_id": None,
            "erp/certificat_id": "x",
            "erp/certificate_id": ...,
            "anaplan/requests_per_minute": 3000,
            "anaplan/model_id": TENANT["anaplan"]["model_id"].lower(),
            "calendar": "acme-455",
            "loads/acounts": [{"import": "X", "columns": {"Code": "number"}}],
            "loads/accounts/0/columns/Code": "numbr",
            "loads/accounts/0/process": "Too",
            "loads/gl_activity/0/columns/Department/map": "department",
            "loads/gl_activity/0/on_unmapped": "quarantin",
            "loads/gl_activity/0/members": {"Acount": "Accounts"},
            "schedule": {"poll_every": "15"},
        }
    )
    files.calendar({"country": "NOX", "timezone": "Europe/Olso", "close/opens": "WD0"})
    files.write("maps/departments.csv", "erp,anaplan\na,b\na,c\nd,\n")
    files.write("tenants/tab.yaml", "tenant: tab\n\terp: {}\n")
    found = {(fault.file, fault.key) for fault in files.faults()}
    assert found == {
        ("tenants/acme.yaml", "erp.account_id"),
        ("tenants/acme.yaml", "erp.certificat_id"),
        ("tenants/acme.yaml", "erp.certificate_id"),
        ("tenants/acme.yaml", "anaplan.requests_per_minute"),
        ("tenants/acme.yaml", "anaplan.model_id"),
        ("tenants/acme.yaml", "calendar"),
        ("tenants/acme.yaml", "loads.acounts"),
        ("tenants/acme.yaml", "loads.accounts[0].columns.Code"),
        ("tenants/acme.yaml", "loads.accounts[0]"),
        ("tenants/acme.yaml", "loads.gl_activity[0].columns.Department.map"),
        ("tenants/acme.yaml", "loads.gl_activity[0].on_unmapped"),
        ("tenants/acme.yaml", "loads.gl_activity[0].members.Acount"),
        ("tenants/acme.yaml", "schedule.poll_every"),
        ("calendars/acme-445.yaml", "country"),
        ("calendars/acme-445.yaml", "timezone"),
        ("calendars/acme-445.yaml", "close.opens"),
        ("maps/departments.csv", "line 3"),
        ("maps/departments.csv", "line 4"),
        ("tenants/tab.yaml", ""),
    }
    assert all(fault.problem and fault.remedy for fault in files.faults())
    with pytest.raises(ConfigurationError, match=r"19 faults in 4 files:\n  maps/departments.csv: line 3"):
        files.load()


def broken(files: Files) -> tuple[list[str], dict[str, set[str]]]:
    """Who can run, and in which files the faults of the others are."""
    found = read_configuration(files.home, ERPS, clock=FixedClock())
    return sorted(found.tenants), {name: {fault.file for fault in faults} for name, faults in found.broken.items()}


@pytest.mark.parametrize(
    "text",
    [
        "tenant: bad\n\terp: {}\n",
        "tenant: bad\nloads: {\n",
        "",
        "just words",
        "tenant: acme\n",
        "tenant: Bad\n",
        b"tenant: \xff\xfe",
        "tenant: bad\nerp: {kind: netsweet}\n",
    ],
)
def test_a_broken_tenant_file_stops_that_tenant_only(files: Files, text: str | bytes) -> None:
    files.write("tenants/bad.yaml", text)
    assert broken(files) == (["acme"], {"bad": {"tenants/bad.yaml"}})
    with pytest.raises(ConfigurationError, match=r"in 1 file"):
        files.load()


def test_a_file_that_would_be_passed_over_stops_its_tenant(files: Files) -> None:
    files.tenant(name="other")
    (files.home / "tenants/other.yaml").rename(files.home / "tenants/other.yml")
    assert broken(files) == (["acme"], {"other": {"tenants/other.yml"}})


def test_a_broken_calendar_or_map_stops_those_who_use_it(files: Files) -> None:
    files.calendar()
    files.tenant({"calendar": "acme-445"}, name="weekly")
    files.tenant({"loads/gl_activity/0/columns/Department": "department_name"}, name="mapless")
    assert broken(files) == (["acme", "mapless", "weekly"], {})
    files.calendar({"country": "NOX"})
    weekly = {"weekly": {"calendars/acme-445.yaml"}}
    assert broken(files) == (["acme", "mapless"], weekly)
    files.write("maps/departments.csv", "erp,anaplan\na,b\na,c\n")
    both = {"calendars/acme-445.yaml", "maps/departments.csv"}
    assert broken(files) == (["mapless"], {"weekly": both, "acme": {"maps/departments.csv"}})


def test_a_broken_file_that_nobody_uses_stops_nobody(files: Files) -> None:
    files.write("maps/old.csv", "erp\n")
    files.write("calendars/old.yaml", "kind: none\n")
    assert broken(files) == (["acme"], {})
    assert {fault.file for fault in files.faults()} == {"maps/old.csv", "calendars/old.yaml"}


def test_a_copy_of_a_tenant_file_does_not_stop_the_tenant(files: Files) -> None:
    """Also not when its name sorts before the tenant's own file."""
    for name in ("acme-copy", "zz"):
        files.tenant({"tenant": "acme"}, name=name)
    assert broken(files) == (["acme"], {name: {f"tenants/{name}.yaml"} for name in ("acme-copy", "zz")})


def test_files_and_names_agree(files: Files) -> None:
    files.tenant({"tenant": "acme"}, name="other")
    (fault,) = files.faults()
    assert (fault.file, fault.key, fault.value) == ("tenants/other.yaml", "tenant", "acme")
    assert "tenants/acme.yaml" in fault.problem

    files.tenant({"tenant": "globex"}, name="other")
    assert files.fault().problem == "is not the file's name"
    files.tenant(name="other")
    assert sorted(files.load().tenants) == ["acme", "other"]


@pytest.mark.parametrize("name", ["Acme", "a", "-acme", "acme_no", "a" * 42, "acmé"])
def test_a_tenant_s_name_fits_partition_keys(files: Files, name: str) -> None:
    files.tenant({"tenant": name})
    assert any(fault.key == "tenant" and "lower-case" in fault.remedy for fault in files.faults())


@pytest.mark.parametrize("name", ["tenants/other.yml", "calendars/old.yml", "maps/x.yaml", "tenants/list.csv"])
def test_a_file_that_would_be_passed_over_is_a_fault(files: Files, name: str) -> None:
    files.write(name, "x")
    assert files.fault().file == name


def test_files_that_are_none_of_ours_are_left_alone(files: Files) -> None:
    for name in ("tenants/README.md", "tenants/.acme.yaml.swp", "maps/departments.xlsx"):
        files.write(name, b"\xff\xfe")
    assert list(files.load().tenants) == ["acme"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "is empty"), (b"- a\n", "not a mapping"), (b"\xff\xfe\x00", "UTF-8"), (b"tenant: \x07\n", "characters")],
)
def test_a_file_that_is_no_tenant(files: Files, content: bytes, problem: str) -> None:
    files.write("tenants/odd.yaml", content)
    fault = files.fault()
    assert fault.file == "tenants/odd.yaml"
    assert problem in fault.problem


def test_a_byte_order_mark_is_no_fault(files: Files) -> None:
    for name in ("tenants/acme.yaml", "maps/departments.csv"):
        path = files.home / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert files.load().maps["departments"].apply("R and D") == "R&D"


def test_a_faulty_calendar_or_map_is_not_also_reported_as_missing(files: Files) -> None:
    files.tenant({"calendar": "acme-445"})
    files.calendar({"years": [2025, 2027]})
    files.write("maps/departments.csv", "wrong\n")
    assert {fault.file for fault in files.faults()} == {"calendars/acme-445.yaml", "maps/departments.csv"}


def test_models_are_frozen(files: Files) -> None:
    tenant = files.load().tenants["acme"]
    with pytest.raises(ValueError, match="frozen"):
        tenant.anaplan.api_url = "https://elsewhere.example"
    with pytest.raises(AttributeError):
        tenant.calendar = "other"  # pyright: ignore[reportAttributeAccessIssue]
