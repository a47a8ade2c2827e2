"""A configuration as a whole: what is loaded, and that every fault of every file is reported at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.config import (
    load_configuration,
    read_configuration,
)
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines_tests.config.conftest import TENANT, Files, FixedClock
from mlc_pipelines_tests.config.ledger import ERPS


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
