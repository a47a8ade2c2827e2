"""Columns that the wire doesn't have: signs, base currency, period codes."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_pipelines.erp.base import MONEY
from mlc_pipelines.erp.visma_net.derived import (
    invoice_line,
    order_line,
    order_total,
    period_number,
    rounding,
    supplier_document,
    year_first,
)
from mlc_pipelines.errors import DataError

CENTS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(10) ** 7, places=2)


def money(*amounts: object) -> pa.Array:
    return pa.array([None if amount is None else Decimal(str(amount)) for amount in amounts], MONEY)


def test_supplier_credits_are_negative():
    types = ["Invoice", "DebitAdj", "CreditAdj", "VoidQuickCheck"]
    columns = {
        "document_type": pa.array(types),
        "amount": money(1, 2, "3.1234", None),
        "financial_period": pa.array(["202603", "032026", None, "202613"]),
    }
    found = supplier_document(columns, {})
    assert found["amount"].to_pylist() == [1, -2, Decimal("3.1234"), None]
    assert found["financial_period"].to_pylist() == ["202603", "202603", None, "202613"]


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
        ("2026-03", "202603"),
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


@pytest.mark.parametrize(
    ("total", "rate", "told"),
    [
        ("10.01", "9.8", "-0.01"),
        ("9.98", "9.8", "0.02"),
        ("10.03", "9.8", "0"),
        ("10.01", "1", "0"),
        (None, "9.8", "0"),
    ],
)
@pytest.mark.parametrize(("kind", "sign"), [("Invoice", 1), ("DebitAdj", -1)])
def test_lines_converted_one_by_one_may_differ_from_their_total_by_rounding(total, rate, told, kind, sign):
    columns = {
        "document_type": pa.array([kind] * 2),
        "document_number": pa.array(["1"] * 2),
        "financial_period": pa.array(["202603"] * 2),
        "total": money(*[total] * 2),
        "foreign_total": money(None, None),
        "exchange_rate": money(*[rate] * 2),
        "amount": money(4, 6),
        "discount": money(0, None),
    }
    assert rounding(columns, {})["amount"].to_pylist() == [0, sign * Decimal(told)]


def discounted(total: str, *, rate: str = "1", discounts=(0, 1)) -> dict[str, pa.Array]:
    return {
        "document_type": pa.array(["DebitAdj"] * 2),
        "document_number": pa.array(["100001"] * 2),
        "financial_period": pa.array(["202603"] * 2),
        "total": money(*[total] * 2),
        "foreign_total": money(*[total] * 2),
        "exchange_rate": money(*[rate] * 2),
        "amount": money(4, 6),
        "discount": money(*discounts),
        "foreign_amount": money(40, 60),
        "foreign_discount": money(None, 10),
    }


@pytest.mark.parametrize(
    ("total", "rate", "amounts"),
    [
        ("10", "1", [(-4, -40), (-6, -60)]),
        ("9", "1", [(-4, -40), (-5, -50)]),
        ("9.02", "11.5", [(-4, -40), (-5, -50)]),
        ("9.98", "11.5", [(-4, -40), (-6, -60)]),
    ],
)
def test_lines_are_taken_before_or_after_their_discount_as_the_total_of_the_document_has_them(total, rate, amounts):
    found = invoice_line(discounted(total, rate=rate), {})
    assert list(zip(found["amount"].to_pylist(), found["foreign_amount"].to_pylist(), strict=True)) == amounts


@pytest.mark.parametrize(("total", "rate"), [("9.01", "1"), ("8", "1"), ("9.5", "11.5"), (None, "1")])
def test_a_discounted_document_whose_total_fits_neither_sum_is_an_error(total, rate):
    with pytest.raises(DataError, match=r"DebitAdj 100001 come to 10.*, less their discounts to 9"):
        invoice_line(discounted(total, rate=rate), {})


def test_a_document_without_discounts_is_left_to_the_control_totals_beside_one_that_has_some():
    both = [discounted("9"), discounted("77", discounts=(0, None))]
    both[1]["document_number"] = pa.array(["2"] * 2)
    columns = {name: pa.concat_arrays([each[name] for each in both]) for name in both[0]}
    assert invoice_line(columns, {})["amount"].to_pylist() == [-4, -5, -4, -6]


def order_lines(
    amounts,
    *,
    total=None,
    base=None,
    rate=None,
    received=0,
    status="Open",
    completed=False,
    canceled=None,
    number="1",
):
    rows = len(amounts)
    return {
        "document_type": ["RegularOrder"] * rows,
        "document_number": [number] * rows,
        "status": [status] * rows,
        "completed": [completed] * rows,
        "canceled": canceled or [None] * rows,
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
    return {name: column.to_pylist() for name, column in order_line(columns, {}).items()}


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


@pytest.mark.parametrize(("total", "amounts"), [(30, [10, 20, 0]), (70, [10, 20, 40])])
@pytest.mark.parametrize("rate", [1, 2])
def test_a_canceled_line_counts_when_the_total_of_its_order_has_it(total, amounts, rate):
    order = order_lines([10, 20, 40], total=total, base=total * rate, canceled=[False, None, True])
    found = reckoned(order)
    assert found["amount"] == [amount * rate for amount in amounts]
    assert found["open_amount"] == [10 * rate, 20 * rate, 0]


def test_an_order_without_its_total_in_base_currency_is_converted_by_its_rate():
    assert reckoned(order_lines([10, Decimal("0.5")], rate="11.5"))["amount"] == [115, Decimal("5.75")]
    columns = {"total": money(Decimal("10.5"), 7, 3), "base_total": money(None, 8, None)}
    totals = order_total(columns | {"exchange_rate": money("11.5", 1, None)}, {})["amount"]
    assert totals.to_pylist() == [Decimal("120.75"), 8, 3]


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
