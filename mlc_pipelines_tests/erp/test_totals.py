"""Control totals out of rows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mlc_pipelines.erp.base import ControlTotal
from mlc_pipelines.erp.totals import totals_by
from mlc_pipelines_tests.erp.net_rows import net_rows


def test_totals_are_summed_over_batches_and_nulls():
    batches = [net_rows((10, 2, "9007199254740993.93"), (None, 1, None)), net_rows((10, 3, "0.000001"), (9, 1, "-1"))]
    exact = Decimal("9007199254740993.930001")
    assert totals_by(batches, "account", amount="net") == [
        ControlTotal("", 1, Decimal(0)),
        ControlTotal("10", 2, exact),
        ControlTotal("9", 1, Decimal(-1)),
    ]
    assert totals_by(batches, "account", rows="n", debit="net")[1] == ControlTotal("10", 5, debit=exact)
    assert totals_by(batches, "account", rows=None, amount="net")[1] == ControlTotal("10", None, exact)


def test_a_total_that_says_nothing_is_refused():
    with pytest.raises(ValueError, match="says nothing"):
        ControlTotal(None)
