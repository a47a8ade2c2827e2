"""Words that decide something: known, or an error that names the record."""

from __future__ import annotations

import pytest

from mlc_pipelines.erp.acumatica import ERP
from mlc_pipelines.errors import DataError
from mlc_pipelines_tests.erp.acumatica.conftest import MARCH, Open
from mlc_pipelines_tests.erp.acumatica.instance import STAMP, Instance, balance, batch, bill


@pytest.mark.parametrize("kind", ["Prepmt. Invoice", "bill", ""])
def test_a_bill_of_a_type_that_nobody_knows_has_no_sign(instance: Instance, open_source: Open, kind: str):
    instance.records["Bill"] = [bill(1, "Bill", "5"), bill(2, kind, "3"), bill(3, kind, "1")]
    said = f"bills: document_type is {repr(kind) if kind else 'empty'} in the record of .*document_number 000002"
    source = open_source(instance)
    with pytest.raises(DataError, match=said):
        source.rows("bills")
    with pytest.raises(DataError, match=said):
        source.source.control(ERP.entities["bills"], MARCH)


def test_a_batch_in_a_state_that_nobody_knows_is_neither_posted_nor_not(instance: Instance, open_source: Open):
    instance.records["JournalTransaction"] = [batch(1), batch(2, Status="Gebucht")]
    said = "status is 'Gebucht' in the record of module GL, document_number GL000002, line_number 1"
    with pytest.raises(DataError, match=f"journal_transactions: {said} .and in 1 more rows"):
        open_source(instance).rows("journal_transactions")
    with pytest.raises(DataError, match=said):
        open_source(instance).changes("journal_transactions", STAMP)


def test_the_balance_of_an_account_of_a_type_that_nobody_knows_has_no_sign(instance: Instance, open_source: Open):
    instance.results["AccountSummaryInquiry", "032026"] = [balance("30000", "Equity", "10", "4.5", "1", "13.5")]
    with pytest.raises(DataError, match="account_balances: account_type is 'Equity' in the record of account_number"):
        open_source(instance).rows("account_balances")


def test_words_that_are_only_shown_may_be_any(instance: Instance, open_source: Open):
    instance.records["Bill"] = [bill(1, "Bill", "5", Status="Ein neues Wort")]
    assert [row["status"] for row in open_source(instance).rows("bills")] == ["Ein neues Wort"]
