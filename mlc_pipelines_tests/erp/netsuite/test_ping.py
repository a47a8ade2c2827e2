"""Live checks: what is wrong is named, with a remedy."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mlc_pipelines.erp.base import Finding
from mlc_pipelines.erp.netsuite import ERP
from mlc_pipelines_tests.erp.netsuite.conftest import Open, Opened
from mlc_sandbox.netsuite import NetSuiteSandbox
from mlc_sandbox.serving import Fault, answer


def findings(source: Opened) -> dict[str, Finding]:
    return {finding.subject: finding for finding in source.source.ping()}


def test_ping_of_an_account_where_all_is_well(shared_sandbox: NetSuiteSandbox, open_source: Open):
    found = findings(open_source(shared_sandbox))
    assert all(finding.ok and not finding.remedy for finding in found.values())
    assert set(ERP.entities) < set(found)
    assert {"credentials", "clock", "features", "accounting books", "accounting periods", "concurrency"} < set(found)
    assert "Read is Primary Accounting Book (1): the primary book" in found["accounting books"].message
    assert "IFRS, secondary (2)" in found["accounting books"].message
    assert "2 of them adjusting" in found["accounting periods"].message


def test_ping_says_what_is_wrong(sandbox: NetSuiteSandbox, open_source: Open):
    sandbox.switches.concurrency_limit = 3
    sandbox.clock.advance(90)
    source = open_source(sandbox, accounting_book="9", subsidiaries=["Nowhere"])
    found = findings(source)
    bad = {subject for subject, finding in found.items() if not finding.ok}
    assert bad == {"clock", "accounting books", "subsidiaries", "concurrency"}
    assert all(found[subject].remedy for subject in bad)
    sandbox.switches.administrator = False
    assert findings(open_source(sandbox))["concurrency"].ok


@pytest.mark.parametrize("told", ["5", "true", "null", "{}", '["2026-11-30"]', '"soon"', '"9999-12-31T23:59:59-23:00"'])
def test_ping_of_a_server_time_that_is_none(sandbox: NetSuiteSandbox, open_source: Open, told: str):
    action = answer(200, {"content-type": "application/json"}, f'{{"serverTime": {told}}}')
    sandbox.faults.add(Fault("GET", "/serverTime", action, times=99))
    ((subject, finding),) = findings(open_source(sandbox)).items()
    assert (subject, finding.ok) == ("connection", False)
    assert "serverTime" in finding.message
    assert finding.remedy


def test_ping_warns_before_the_certificate_expires(sandbox: NetSuiteSandbox, open_source: Open):
    source = open_source(sandbox)
    source.clock.ahead = timedelta(days=330).total_seconds()
    sandbox.clock.advance(source.clock.ahead)
    finding = findings(source)["certificate"]
    assert not finding.ok
    assert "days from now" in finding.message
