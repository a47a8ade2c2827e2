"""Live checks on the sandbox."""

from __future__ import annotations

from mlc_pipelines.erp.sap_business_one import ERP
from mlc_pipelines_tests.erp.sap_business_one.service_server import ServiceServer
from mlc_sandbox.sap_business_one import DEFAULT_SQL_TABLES


def test_ping_is_green_and_leaves_no_session(sandbox, opened):
    source = opened(sandbox)
    findings = {finding.subject: finding for finding in source.source.ping()}
    assert [subject for subject, finding in findings.items() if not finding.ok] == []
    assert set(ERP.entities) <= set(findings)
    assert "1000110" in findings["credentials"].message
    assert "OJDT and JDT1" in findings["ledger totals"].message
    assert sandbox.sessions.open == 1


def test_ping_names_what_is_missing(sandbox, opened):
    sandbox.switches.unreadable = frozenset({"ProfitCenters"})
    sandbox.switches.rejected_properties = frozenset({"ExternalCode"})
    sandbox.switches.sql_tables = DEFAULT_SQL_TABLES | {"OJDT", "JDT1"}
    findings = {finding.subject: finding for finding in opened(sandbox).source.ping()}
    wrong = {subject: finding for subject, finding in findings.items() if not finding.ok}
    assert set(wrong) == {"profit_centers"}
    assert "Cost Accounting > Cost Centers" in wrong["profit_centers"].remedy
    assert "has no ExternalCode" in findings["chart_of_accounts"].message
    assert "by account" in findings["ledger totals"].message


def test_ping_with_wrong_credentials_is_one_finding(sandbox, open_source):
    wrong = open_source(sandbox, password="wrong", company_db=sandbox.company, user=sandbox.user)
    (finding,) = wrong.source.ping()
    assert (finding.subject, finding.ok) == ("credentials", False)
    assert "b1_password" in finding.remedy


def test_ping_without_a_server_is_one_finding(open_source):
    with ServiceServer() as stopped:
        pass
    (finding,) = open_source(stopped).source.ping()
    assert (finding.subject, finding.ok) == ("connection", False)
    assert "base_url" in finding.remedy
