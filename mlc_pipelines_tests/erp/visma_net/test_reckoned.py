"""Columns that the wire doesn't have: signs, base currency, period codes."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_pipelines.erp.base import MONEY
from mlc_pipelines.erp.visma_net.reckoned import in_base_currency, period_number, signed, year_first
from mlc_pipelines.errors import DataError

CENTS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(10) ** 7, places=2)


def money(*amounts: object) -> pa.Array:
    return pa.array([None if amount is None else Decimal(str(amount)) for amount in amounts], MONEY)


def test_supplier_credits_are_negative():
    types = ["Invoice", "DebitAdj", "CreditAdj", "VoidQuickCheck"]
    amounts = signed({"document_type": pa.array(types), "amount": money(1, 2, "3.1234", None)}, {})["amount"]
    assert amounts.to_pylist() == [1, -2, Decimal("3.1234"), None]


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("202611", "202611"),
        ("112026", "202611"),
        ("11-2026", "202611"),
        ("132026", "202613"),
        ("201913", "201913"),
        ("202013", "202013"),
        ("092019", "201909"),
        (None, None),
    ],
)
def test_period_codes_begin_with_the_year(code, first):
    assert year_first(pa.array([code], pa.string())).to_pylist() == [first]


@pytest.mark.parametrize("text", ["11", "202611", "112026", "11-2026"])
def test_period_numbers_come_in_several_forms(text):
    assert period_number(text, 2026) == 11


@pytest.mark.parametrize("text", ["", None, "2026", "202711"])
def test_a_period_without_a_number_is_an_error(text):
    with pytest.raises(DataError, match="financial period of 2026"):
        period_number(text, 2026)


def order_lines(amounts, *, total=None, base=None, rate=None, received=0, status="Open", completed=False, number="1"):
    rows = len(amounts)
    return {
        "document_type": ["RegularOrder"] * rows,
        "document_number": [number] * rows,
        "status": [status] * rows,
        "completed": [completed] * rows,
        "canceled": [None] * rows,
        "foreign_amount": money(*amounts).to_pylist(),
        "received_amount": money(*[received] * rows).to_pylist(),
        "total": money(*[sum(amounts) if total is None else total] * rows).to_pylist(),
        "base_total": money(*[base] * rows).to_pylist(),
        "exchange_rate": money(*[rate] * rows).to_pylist(),
    }


def reckoned(*orders) -> dict[str, list[Decimal]]:
    columns = {}
    for name in orders[0]:
        kind = {"status": pa.string(), "completed": pa.bool_(), "canceled": pa.bool_()}.get(name)
        kind = kind or (pa.string() if name.startswith("document") else MONEY)
        columns[name] = pa.array([value for order in orders for value in order[name]], kind)
    return {name: column.to_pylist() for name, column in in_base_currency(columns, {}).items()}


@given(
    orders=st.lists(
        st.tuples(st.lists(CENTS, min_size=1, max_size=8), st.decimals(min_value="0.05", max_value=15, places=4)),
        min_size=1,
        max_size=4,
    )
)
def test_the_lines_of_an_order_add_up_to_its_total_in_base_currency(orders):
    totals = [(sum(amounts) * rate).quantize(Decimal("0.01")) for amounts, rate in orders]
    columns = [
        order_lines(amounts, base=base, rate=rate, number=str(number))
        for number, ((amounts, rate), base) in enumerate(zip(orders, totals, strict=True))
    ]
    found = iter(reckoned(*columns)["amount"])
    for (amounts, rate), base in zip(orders, totals, strict=True):
        shares = [next(found) for _ in amounts]
        assert sum(shares) == base
        for share, amount in zip(shares, amounts, strict=True):
            # The total's own rounding is spread over the lines by their size.
            assert abs(share - amount * rate) <= Decimal("0.02")


def test_in_base_currency_already_every_digit_stays():
    assert reckoned(order_lines([Decimal("1.2345"), 2], base="3.2345"))["amount"] == [Decimal("1.2345"), 2]


def test_an_order_that_comes_to_nothing_is_converted_by_its_rate():
    assert reckoned(order_lines([5, -5], base=1, rate=2))["amount"] == [10, -10]


@pytest.mark.parametrize(
    ("line", "open_amount"),
    [
        ({}, 80),
        ({"received": 20}, 40),
        ({"status": "Printed"}, 80),
        ({"status": "Hold"}, 0),
        ({"status": "Closed"}, 0),
        ({"completed": True}, 0),
        ({"completed": None}, 80),
    ],
)
def test_what_is_still_expected_is_what_was_not_received_of_an_open_order(line, open_amount):
    assert reckoned(order_lines([40], base=80, **line))["open_amount"] == [open_amount]
