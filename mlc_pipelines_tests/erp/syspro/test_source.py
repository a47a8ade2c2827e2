"""The source against the sandbox: what the books hold, in every period, padded codes and two companies included."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from mlc_pipelines.erp.syspro import ERP
from mlc_pipelines.errors import Forbidden, IncompleteRead
from mlc_pipelines_tests.erp.syspro.conftest import ADJUSTMENT, MARCH, Open
from mlc_pipelines_tests.erp.syspro.table_rows import KNOWN, entries, journal, master, payment
from mlc_pipelines_tests.erp.syspro.tables_server import Row, TablesServer
from mlc_sandbox.serving import Fault, worded
from mlc_sandbox.syspro import SysproSandbox


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


def test_a_journal_on_hold_with_a_date_is_in_no_total(server: TablesServer, open_source: Open):
    server.tables = {
        "GenJournalCtl": [journal(1), journal(2)],
        "GenJournalDetail": entries(1) + entries(2, EntryPosted="N"),
    }
    source = open_source(server)
    assert {row["journal"] for row in source.rows("gl_journals")} == {1}
    assert source.source.control(ERP.entities["gl_journals"], MARCH)[0].rows == 2
    server.lacking = {"EntryPosted"}
    source = open_source(server)
    assert {row["journal"] for row in source.rows("gl_journals")} == {1, 2}
    assert source.source.control(ERP.entities["gl_journals"], MARCH)[0].rows == 4


def test_an_ended_period_of_which_nothing_seems_posted_is_not_an_empty_one(server: TablesServer, open_source: Open):
    server.tables = {"GenJournalCtl": [journal(1, PostDate=None), journal(2, PostDate=None)]}
    source = open_source(server).source
    with pytest.raises(IncompleteRead, match="2 journals, and not one has a PostDate") as refused:
        source.control(ERP.entities["gl_journals"], MARCH)
    assert "gl_history" in refused.value.hint
    server.tables = {"GenJournalCtl": []}
    assert source.control(ERP.entities["gl_journals"], MARCH)[0].rows == 0


def test_amounts_are_tied_out_by_a_query_of_their_own(server: TablesServer, open_source: Open):
    server.tables = {"ApInvoicePay": [payment("S1", 1, 10.25), payment("S1", 2, -3), payment("S2", 1, 4)]}
    totals = open_source(server).source.control(ERP.entities["ap_payments"], MARCH)
    assert [(total.group, total.rows, total.amount) for total in totals] == [
        ("S1", 2, Decimal("7.25")),
        ("S2", 1, Decimal(4)),
    ]
    assert server.asked[0][1]["$select"] == "Supplier,Invoice,TrnType,EntryNumber,TrnYear,TrnMonth,TrnValue"


def test_journals_are_tied_out_by_what_the_balances_moved(server: TablesServer, open_source: Open):
    balance = {"Company": "EDU1", "GlYear": 2026, "BeginYearBalance": 0}
    balance |= {f"ClosingBalPer{period}": 0 for period in range(1, 16)}
    server.tables = {
        **KNOWN,
        "GenMaster": [master("10-6000"), master("10-2000"), master("10-3000"), master("10-9000", "S")],
        "GenHistory": [
            {**balance, "GlCode": "10-6000", "ClosingBalPer3": 10.5},
            {**balance, "GlCode": "10-2000", "ClosingBalPer3": -10.5},
            {**balance, "GlCode": "10-3000"},
            {**balance, "GlCode": "10-9000", "ClosingBalPer3": 40},
        ],
    }
    _, *moved = open_source(server).source.control(ERP.entities["gl_journals"], MARCH)
    assert [(each.group, each.amount) for each in moved] == [
        ("10-2000", Decimal("-10.5")),
        ("10-6000", Decimal("10.5")),
        ("10-9000", None),
    ]


@pytest.mark.parametrize("balances", [[], [{"GlCode": "10-6000"}], None])
def test_balances_that_hold_nothing_of_the_period_prove_nothing_and_it_is_told(
    server: TablesServer, open_source: Open, caplog: pytest.LogCaptureFixture, balances: list[Row] | None
):
    row = {"Company": "EDU1", "GlYear": 2026, "BeginYearBalance": 5}
    row |= {f"ClosingBalPer{period}": 5 for period in range(1, 16)}
    server.tables = {**KNOWN, "GenMaster": [master("10-6000")]}
    if balances is not None:
        server.tables["GenHistory"] = [{**row, **balance} for balance in balances]
    (journals,) = open_source(server).source.control(ERP.entities["gl_journals"], MARCH)
    assert (journals.group, journals.rows) == (None, 2)
    assert "GenHistory) hold nothing of the period" in caplog.text
