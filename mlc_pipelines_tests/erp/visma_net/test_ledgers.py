"""Which ledger is read."""

from __future__ import annotations

import pytest

from mlc_pipelines.errors import ConfigurationError, DataError
from mlc_pipelines_tests.erp.visma_net.scripted import LINES


@pytest.mark.parametrize(
    ("ledgers", "wanted", "said"),
    [
        ([], None, "no ledger of actuals: none at all"),
        ([("1", "Actual"), ("2", "Actual")], None, r"several ledgers of actuals: 1 \(L1\), 2 \(L2\).*as ledger"),
        ([("1", "Actual")], "7", r"no '7'.*1 \(L1\)"),
    ],
)
def test_a_ledger_that_can_not_be_told_is_asked_for(script, open_source, ledgers, wanted, said):
    script.lists["/v1/ledger"] = [
        {"number": number, "description": f"L{number}", "balanceType": kind} for number, kind in ledgers
    ]
    with pytest.raises(ConfigurationError, match=said):
        open_source(script, ledger=wanted).rows("gl_transactions")


def test_the_ledger_of_the_configuration_is_read(script, open_source):
    open_source(script, ledger="2").rows("gl_transactions")
    assert {query["ledger"] for query in script.queries(LINES)} == {"2"}


def test_a_ledger_of_a_kind_that_nobody_knows_is_none_of_actuals(script, open_source):
    script.lists["/v1/ledger"] = [
        {"number": "1", "description": "A", "balanceType": "Actual"},
        {"number": "2", "description": "B", "balanceType": "Faktisk"},
    ]
    with pytest.raises(DataError, match=r"Ledger 2: balanceType is 'Faktisk'.*Actual, Report, Statistical, Budget"):
        open_source(script).rows("gl_transactions")
    assert open_source(script, ledger="1").rows("gl_transactions") == [], (
        "where the ledger is named, it decides nothing"
    )
