"""Values as texts of a file."""

from __future__ import annotations

from decimal import Context, Decimal

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_pipelines.erp.base import MONEY
from mlc_pipelines.flows.text import amount_text, as_text


@settings(deadline=None)
@given(st.lists(st.integers(-(10**37), 10**37).map(lambda digits: Decimal(digits).scaleb(-6, Context(prec=40)))))
def test_amounts_keep_every_digit_as_text(amounts: list[Decimal]):
    texts = as_text(pa.array(amounts, MONEY)).to_pylist()
    assert [Decimal(text) for text in texts] == amounts
    assert texts == [amount_text(amount) for amount in amounts]
    assert not any("E" in text for text in texts)
