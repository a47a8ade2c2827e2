"""Live checks: what is missing is named, with a remedy."""

from __future__ import annotations

import re

import pytest

from mlc_pipelines.erp.acumatica import ERP
from mlc_pipelines.errors import Forbidden
from mlc_pipelines_tests.erp.acumatica.conftest import OAUTH, Open
from mlc_pipelines_tests.erp.acumatica.instance import LEDGER, Instance
from mlc_sandbox.faults import Fault, answer


def test_a_missing_right_names_the_form(instance: Instance, open_source: Open):
    text = "You have insufficient rights to access the Subaccounts (GL203000) form."
    instance.faults.add(Fault("GET", "/Subaccount", answer(403, {}, {"message": text})))
    with pytest.raises(Forbidden, match=r"subaccounts: .*insufficient rights.*right to view GL203000"):
        open_source(instance).rows("subaccounts")


def test_ping_tries_everything_and_names_what_is_missing(instance: Instance, open_source: Open):
    instance.records["Ledger"] = [{**LEDGER, "Branches": [{"BranchID": "HEAD"}]}]
    instance.faults.add(Fault("GET", "/Vendor", answer(403, {}, {"message": "insufficient rights"})))
    findings = {finding.subject: finding for finding in open_source(instance).source.ping()}
    assert set(findings) == {*ERP.entities, "credentials", "endpoint", "ledger", "language", "financial periods"}
    bad = {name for name, finding in findings.items() if not finding.ok}
    assert bad == {"vendors"}
    assert "AP303000" in findings["vendors"].remedy
    assert "25.093.0036" in findings["endpoint"].message


def test_ping_takes_a_ledger_that_names_no_branches(instance: Instance, open_source: Open):
    instance.records["Ledger"] = [{**LEDGER, "Type": None}]
    findings = {finding.subject: finding for finding in open_source(instance, branch="HEAD").source.ping()}
    assert findings["ledger"].ok


def test_ping_takes_a_page_for_people_for_no_answer(instance: Instance, open_source: Open):
    instance.faults.add(Fault("GET", "/Ledger", answer(200, {}, "<html>Sign in</html>"), times=3))
    findings = {finding.subject: finding for finding in open_source(instance).source.ping()}
    assert {name for name, finding in findings.items() if not finding.ok} == {"ledger", "ledgers", "language"}


@pytest.mark.parametrize(
    ("keys", "subject", "message"),
    [
        ({"ledger": "BUDGET"}, "ledger", r"no ledger BUDGET. There are: ACTUAL \(Actual\)"),
        ({"branch": "NORTH"}, "ledger", "Branch NORTH does not post"),
        ({"version": "20.200.001"}, "endpoint", "There are: Default 22.200.001"),
        ({"tenant": "Other"}, "credentials", "invalid_client"),
        ({"auth": {**OAUTH, "user": "x", "password": {"secret": "client"}}}, "credentials", "invalid_username"),
    ],
)
def test_ping_says_what_is_wrong(
    instance: Instance, open_source: Open, keys: dict[str, object], subject: str, message: str
):
    instance.records["Ledger"] = [{**LEDGER, "Branches": [{"BranchID": "HEAD"}]}]
    findings = {finding.subject: finding for finding in open_source(instance, **keys).source.ping()}
    assert not findings[subject].ok
    assert re.search(message, findings[subject].message)
