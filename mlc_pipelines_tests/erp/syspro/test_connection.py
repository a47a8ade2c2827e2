"""The keys of the connection, and fiscal periods that follow from them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from pydantic import ValidationError

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.config.loader import load_configuration
from mlc_pipelines.config.references import References
from mlc_pipelines.erp.syspro import ERP
from mlc_pipelines.erp.syspro.codes import CodeSplitter
from mlc_pipelines.erp.syspro.connection import SysproConnection
from mlc_pipelines.erp.syspro.periods import posting_period
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import FiscalCalendar, month_periods, week_periods
from mlc_pipelines_tests.config.filling import filled_template
from mlc_pipelines_tests.periods import fiscal_period

KEYS: dict[str, Any] = {
    "odata_url": "https://syspro.example/SYSPRO8Odata/SYSPROOData/EDU1",
    "odata_user": "ANAPLAN",
    "odata_password": {"secret": "syspro_odata_password"},
    "company": "EDU1",
}
ENET: dict[str, Any] = {"rest_url": "https://syspro.example:30001/SYSPROWCFService/Rest", "operator": "ANAPLAN"}


def test_e_net_is_optional_and_its_passwords_may_be_blank():
    assert SysproConnection.model_validate(KEYS).rest_url is None
    assert SysproConnection.model_validate({**KEYS, **ENET}).operator_password is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"odata_url": "http://syspro.example/odata"},
        {"odata_password": "plain"},
        {"company": ""},
        {"rest_url": ENET["rest_url"]},
        {"operator": "ANAPLAN"},
        {**ENET, "operator_password": "plain"},
        {"logon_path": "https://elsewhere.example/Logon"},
        {"cost_centre_pattern": "("},
        {"cost_centre_pattern": "^[0-9]+"},
        {"cost_centre_pattern": "(?P<department>[0-9]+)"},
        {"cost_centre_pattern": "(?P<cost_center>[0-9]+)-(?P<account>.+)"},
        {"cost_centre_pattern": "(?P<cost_centre>[0-9]+)-(?P<acount>.+)"},
        {"cost_centre_pattern": "([0-9]+)-([0-9]+)"},
        {"cost_centre_pattern": "(?P<cost_centre>)[0-9]+-(?P<account>.+)"},
        {"cost_centre_pattern": "(?P<cost_centre>[0-9]+)-(?P<account>)"},
        {"fiscal_year_start": 13},
        {"max_concurrent_requests": 0},
    ],
    ids=str,
)
def test_what_is_refused(wrong: dict[str, Any]):
    with pytest.raises(ValidationError):
        SysproConnection.model_validate({**KEYS, **wrong})


def test_codes_are_split_by_the_pattern():
    codes = CodeSplitter(SysproConnection.model_validate(KEYS).cost_centre_pattern)
    assert codes.matches("10-1000-00")
    assert not codes.matches("RETAINED")
    unnamed = CodeSplitter(
        SysproConnection.model_validate({**KEYS, "cost_centre_pattern": "^[0-9]+-([0-9]+)"}).cost_centre_pattern
    )
    assert unnamed.part(pa.chunked_array([["10-1000-00", "X"]]), "cost_centre").to_pylist() == ["1000", None]
    assert unnamed.part(pa.chunked_array([["10-1000-00", "X"]]), "account").to_pylist() == [None, None]
    last = CodeSplitter(r"\.(?P<cost_centre>\d+)$")
    assert last.matches("1000.20")
    assert not last.matches("1000")


@pytest.mark.parametrize(
    ("key", "end", "adjustment", "start", "expected"),
    [
        ("FY2026-P05", date(2026, 5, 31), False, None, (2026, 5)),
        ("FY2026-P13", date(2026, 12, 31), True, None, (2026, 13)),
        ("FY2026-P05", date(2026, 5, 31), False, 1, (2026, 5)),
        ("FY2026-P05", date(2026, 5, 31), False, 7, (2026, 11)),
        ("FY2026-P07", date(2026, 7, 31), False, 7, (2027, 1)),
        ("FY2025-P12", date(2025, 12, 31), False, 12, (2026, 1)),
        ("FY2026-P13", date(2026, 6, 30), True, 7, (2026, 13)),
        # Weeks: the last day lies in the next month, or in the next year.
        ("FY2027-P12", date(2027, 10, 3), False, None, (2027, 12)),
        ("FY2027-P03", date(2027, 4, 4), False, None, (2027, 3)),
        ("FY2026-P12", date(2027, 1, 3), False, None, (2026, 12)),
    ],
)
def test_a_window_is_a_year_and_a_period(
    key: str, end: date, adjustment: bool, start: int | None, expected: tuple[int, int]
):
    assert posting_period(fiscal_period(key, end.replace(day=1), end, adjustment), start) == expected


def test_a_period_that_no_year_has():
    with pytest.raises(ConfigurationError, match="period 16"):
        posting_period(fiscal_period("FY2026-P16", date(2026, 12, 1), date(2026, 12, 31), adjustment=True), None)


@pytest.mark.parametrize(
    "weeks", [{"pattern": "4-4-5"}, {"pattern": "13x4"}, {"pattern": "5-4-4", "year_ends": "last"}]
)
def test_a_year_that_is_counted_by_months_needs_a_calendar_of_months(weeks: dict[str, Any]):
    calendar = FiscalCalendar("weeks", ZoneInfo("UTC"), week_periods([2027], year_start=date(2026, 9, 28), **weeks))
    with pytest.raises(ValidationError, match="counts calendar months"):
        SysproConnection.model_validate({**KEYS, "fiscal_year_start": 10}, context=References(calendar=calendar))
    SysproConnection.model_validate(KEYS, context=References(calendar=calendar))
    months = FiscalCalendar("months", ZoneInfo("UTC"), month_periods([2027], start_month=4, adjustment_periods=1))
    SysproConnection.model_validate({**KEYS, "fiscal_year_start": 10}, context=References(calendar=months))


def test_the_template_passes(tmp_path: Path):
    filled_template(tmp_path, "syspro")
    configuration = load_configuration(tmp_path, {"syspro": ERP}, clock=SYSTEM_CLOCK)
    connection = configuration.tenants["example"].connection
    assert isinstance(connection, SysproConnection)
    assert connection.company == "EDU1"
