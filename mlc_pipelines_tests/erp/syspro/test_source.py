"""The source against the sandbox: what the books hold, in every period, padded codes and two companies included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from mlc_pipelines.erp.syspro import ERP
from mlc_pipelines.errors import Forbidden
from mlc_pipelines_tests.erp.syspro.conftest import ADJUSTMENT, MARCH, Opened
from mlc_sandbox.serving import Fault, worded
from mlc_sandbox.syspro import SysproSandbox

Open = Callable[..., Opened]


@pytest.mark.parametrize("window", [MARCH, ADJUSTMENT], ids=lambda window: window.key)
@pytest.mark.parametrize("padded", [True, False])
def test_the_ledger_is_what_the_books_hold(sandbox: SysproSandbox, open_source: Open, window: Any, padded: bool):
    sandbox.switches.padded_codes = padded
    source = open_source(sandbox, page_rows=37)
    rows = source.rows("gl_journals", window)
    sandbox.switches.padded_codes = True
    year, period = int(window.key[2:6]), int(window.key[-2:])
    truth = sandbox.books.control(year, period)
    assert len(rows) == truth.lines > 0
    assert sum(row["debit"] for row in rows) == truth.debit
    by_code: Counter[str] = Counter()
    for row in rows:
        by_code[row["account_number"]] += row["amount"]
    assert by_code == truth.by_code


@pytest.mark.parametrize("entity", list(ERP.entities))
def test_rows_agree_with_the_control_totals(sandbox: SysproSandbox, open_source: Open, entity: str):
    source = open_source(sandbox)
    rows, totals = source.rows(entity), source.source.control(ERP.entities[entity], MARCH)
    assert rows
    declared = ERP.entities[entity]
    for total in totals:
        of_group = [r for r in rows if total.group is None or r[str(declared.control_by)] == total.group]
        assert total.rows in (None, len(of_group))
        assert total.records in (None, len({tuple(row[name] for name in declared.key[:-1]) for row in of_group}))
        for name in ("amount", "debit", "credit"):
            said = getattr(total, name)
            assert said is None or said == sum((row[name] for row in of_group), Decimal(0))


def test_other_companies_of_the_ledger_are_left_out(sandbox: SysproSandbox, open_source: Open):
    tables = sandbox.books.tables["GenMaster"].rows()
    assert len({row["Company"] for row in tables}) == 2
    assert len(open_source(sandbox).rows("gl_accounts")) == sum(r["Company"] == sandbox.company for r in tables) - 2


def test_history_is_the_movement_of_the_journals(sandbox: SysproSandbox, open_source: Open):
    moved = {row["account_number"]: row["amount"] for row in open_source(sandbox).rows("gl_history") if row["amount"]}
    assert moved == {code: value for code, value in sandbox.books.control(2026, 3).by_code.items() if value}


def test_ping_is_well(sandbox: SysproSandbox, open_source: Open):
    keys = {"operator_password": {"secret": "odata"}, "company_password": {"secret": "company"}}
    findings = open_source(sandbox, rest_url=sandbox.rest_url, operator=sandbox.operator, **keys).source.ping()
    assert [finding for finding in findings if not finding.ok] == []
    assert {*ERP.entities, "credentials", "company", "GL codes", "e.net"} == {finding.subject for finding in findings}


def test_ping_says_what_is_wrong(sandbox: SysproSandbox, open_source: Open):
    sandbox.switches.denied_tables = frozenset({"InvWarehouse"})
    keys = {"cost_centre_pattern": "^10-(?P<account>.*)$", "company": "chem"}
    findings = open_source(sandbox, **keys, rest_url=sandbox.rest_url, operator="WHO").source.ping()
    with pytest.raises(Forbidden, match="InvWarehouse"):
        open_source(sandbox).rows("inventory")
    sandbox.switches.denied_tables = frozenset()
    wrong = {finding.subject: finding for finding in findings if not finding.ok}
    assert set(wrong) == {"company", "inventory", "e.net"}
    assert "CHEM, COAT" in wrong["company"].remedy or sandbox.company in wrong["company"].remedy
    assert "right" in wrong["inventory"].remedy
    assert "operator" in wrong["e.net"].remedy


def test_ping_without_a_way_in(sandbox: SysproSandbox, open_source: Open):
    (finding,) = open_source(sandbox, odata_user="NOBODY").source.ping()
    assert finding.subject == "credentials"
    assert "enabled for OData" in finding.remedy
    (finding,) = open_source(sandbox, odata_url=sandbox.odata_url + "X").source.ping()
    assert finding.subject == "connection"
    assert "odata_url" in finding.remedy


def test_codes_that_the_pattern_does_not_match(sandbox: SysproSandbox, open_source: Open):
    opened = open_source(sandbox, cost_centre_pattern="^10-(?P<account>.*)$")
    codes = next(finding for finding in opened.source.ping() if finding.subject == "GL codes")
    assert not codes.ok
    assert "20-" in codes.message
    parts = {row["number"][:3]: row["account"] for row in opened.rows("gl_accounts")}
    assert parts["10-"]
    assert parts["20-"] is None


def test_a_code_that_is_empty_is_told(sandbox: SysproSandbox, open_source: Open):
    sandbox.faults.add(Fault(None, "/GenMaster", worded("GlCode", b"null"), times=1_000))
    codes = next(finding for finding in open_source(sandbox).source.ping() if finding.subject == "GL codes")
    sandbox.faults.clear()
    assert not codes.ok
    assert "doesn't match 1 of" in codes.message


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("^(?P<cost_centre>[A-Z]{9})?.*?(?P<account>.+)$", "cost_centre"),
        ("^(?P<cost_centre>X*)(?P<account>.+)$", "cost_centre"),
        ("^([A-Z]{9})?", "cost_centre"),
        ("^(?P<cost_centre>[^.-]+)[.-](?P<account>[A-Z]{9})?", "account"),
    ],
)
def test_a_group_that_finds_nothing_in_any_code_is_told(
    sandbox: SysproSandbox, open_source: Open, pattern: str, part: str
):
    findings = open_source(sandbox, cost_centre_pattern=pattern).source.ping()
    codes = next(finding for finding in findings if finding.subject == "GL codes")
    assert not codes.ok
    assert f"finds no {part} in any of" in codes.message


def test_there_is_no_feed(sandbox: SysproSandbox, open_source: Open):
    assert all(entity.watermark is None for entity in ERP.entities.values())
    with pytest.raises(ValueError, match="no feed"):
        open_source(sandbox).source.changes(ERP.entities["gl_journals"], "1")
