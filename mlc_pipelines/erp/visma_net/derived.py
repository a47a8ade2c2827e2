"""Columns that the wire doesn't have, or has otherwise: signs, movements, base currency, period codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.base import MONEY
from mlc_pipelines.erp.visma_net.words import INVOICE_TYPE, ORDER_STATUS
from mlc_pipelines.errors import DataError

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

_Columns = Mapping[str, Any]
_Members = Mapping[str, Any]

_ZERO, _ONE, _CENT = Decimal(0), Decimal(1), Decimal("0.01")
_HEAD = ("total", "base_total", "exchange_rate")
_DOCUMENT = ("document_type", "document_number", "total", "foreign_total", "exchange_rate")
_MONTH_FIRST = r"^(0\d|1\d)(\d{4})$"


def supplier_document(columns: _Columns, _members: _Members) -> dict[str, pa.Array]:
    """Amounts of supplier documents, those of credits negative, and their period."""
    credit = pc.equal(INVOICE_TYPE.decided(columns["document_type"]), -1)
    names = [name for name in ("amount", "foreign_amount") if name in columns]
    amounts = {name: pc.if_else(credit, pc.negate(columns[name]), columns[name]) for name in names}
    return {**amounts, "financial_period": year_first(columns["financial_period"])}


def invoice_line(columns: _Columns, members: _Members) -> dict[str, pa.Array]:
    """Amounts of the lines of supplier documents after their discounts, those of credits negative, and their period."""
    return supplier_document({**columns, **_after_discounts(columns)}, members)


def rounding(columns: _Columns, members: _Members) -> dict[str, pa.Array]:
    """Of documents in foreign currency: what their lines, converted one by one, come to more than their total.

    More than may be is no rounding but a fault, which is left for the control totals to show.
    """
    net = {**columns, **_after_discounts(columns)}
    differences: list[Decimal] = []
    for (*_, total, foreign, rate), lines in groupby(_rows(net, (*_DOCUMENT, "amount")), key=lambda row: row[:5]):
        costs = [line[5] or _ZERO for line in lines]
        difference = sum(costs, _ZERO) - (total or _ZERO)
        told = abs(difference) <= _rounded_by(len(costs), total, foreign, rate)
        differences += [*[_ZERO] * (len(costs) - 1), difference if told else _ZERO]
    return supplier_document({**columns, "amount": pa.array(differences, MONEY)}, members)


def _after_discounts(columns: _Columns) -> dict[str, pa.Array]:
    """Amounts of invoice lines that have discounts.

    Whether Visma.net's are before or after them is not documented: that is taken which comes to the document's total
    (docs/vendors/visma_net.md, section 6.1).
    """
    if not pc.any(pc.not_equal(columns["discount"], _ZERO)).as_py():
        return {}
    before: list[bool] = []
    for document, lines in groupby(_rows(columns, (*_DOCUMENT, "amount", "discount")), key=lambda row: row[:5]):
        amounts = [(line[5] or _ZERO, line[6] or _ZERO) for line in lines]
        before += [_is_before_discounts(document, amounts)] * len(amounts)
    pairs = [("amount", "discount"), ("foreign_amount", "foreign_discount")]
    return {
        name: pc.if_else(pa.array(before), _difference(columns[name], columns[discount]), columns[name])
        for name, discount in pairs
        if name in columns
    }


def _is_before_discounts(document: tuple[Any, ...], lines: Sequence[tuple[Decimal, Decimal]]) -> bool:
    kind, number, total, foreign, rate = document
    amount, discount = (sum(column, _ZERO) for column in zip(*lines, strict=True))
    if not any(each for _, each in lines):
        return False
    away, away_after = (abs(each - (total or _ZERO)) for each in (amount, amount - discount))
    if min(away, away_after) > _rounded_by(len(lines), total, foreign, rate):
        raise DataError(
            f"The lines of supplier document {kind} {number} come to {amount:f}, less their discounts to"
            f" {amount - discount:f}, and its own total (detailTotal) is {total}: what its lines cost can't be told.",
            hint="Open it in Visma.net and compare lines, discounts and total; if it is right there, report it to us.",
        )
    return away_after < away


def _rounded_by(lines: int, total: Decimal | None, foreign: Decimal | None, rate: Decimal | None) -> Decimal:
    """How much lines that were converted one by one may differ from their total: a hundredth each."""
    converted = rate not in {None, _ONE} or foreign not in {None, total}
    return _CENT * lines if converted else _ZERO


def _rows(columns: _Columns, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(columns[name].to_pylist() for name in names), strict=True)


def ledger_line(columns: _Columns, _members: _Members) -> dict[str, pa.Array]:
    """Debit, credit, amount and period of ledger lines."""
    return {**_movement(columns), "financial_period": year_first(columns["financial_period"])}


def balance(columns: _Columns, members: _Members) -> dict[str, pa.Array]:
    """As `ledger_line`; a balance without a currency is one in base currency."""
    empty = {name: pc.fill_null(columns[name], "") for name in ("branch_number", "subaccount_id", "currency")}
    return {**ledger_line(columns, members), **empty}


def year_first(codes: pa.Array) -> pa.Array:
    """Period codes as YYYYPP, also those that come as PPYYYY (docs/vendors/visma_net.md, section 5)."""
    codes = pc.replace_substring(codes, "-", "")
    turned = pc.replace_substring_regex(codes, _MONTH_FIRST, r"\2\1")
    return pc.if_else(pc.match_substring_regex(codes, r"^(19|20)\d{4}$"), codes, turned)


def order_total(columns: _Columns, _members: _Members) -> dict[str, pa.Array]:
    """What the lines of orders come to in base currency, also where the wire has it in the order's currency only."""
    totals = [
        _converted(total, total, None, rate) if base is None and total is not None else base
        for total, base, rate in _rows(columns, _HEAD)
    ]
    return {"amount": pa.array(totals, MONEY)}


def order_line(columns: _Columns, _members: _Members) -> dict[str, pa.Array]:
    """What order lines come to in base currency, and what of that is still expected.

    The wire has lines in the order's currency only. The shares of an order's lines add up to its own total in base
    currency to the last digit; the page has the lines of an order side by side.
    """
    names = ("document_type", "document_number", *_HEAD, "canceled", "foreign_amount", "received_amount")
    amounts: list[Decimal] = []
    left: list[Decimal] = []
    for (_, _, *head), lines in groupby(_rows(columns, names), key=lambda row: row[:5]):
        so_far = given = _ZERO
        for amount, received in _ordered(head[0], [line[5:] for line in lines]):
            so_far += amount
            reached = _converted(so_far, *head)
            amounts.append(reached - given)
            left.append(amounts[-1] - _converted(received, *head))
            given = reached
    over = pc.or_kleene(columns["completed"], columns["canceled"])
    expected = pc.and_not(ORDER_STATUS.decided(columns["status"]), pc.fill_null(over, fill_value=False))
    open_amounts = pc.if_else(expected, pa.array(left, MONEY), pa.scalar(_ZERO, MONEY))
    return {"amount": pa.array(amounts, MONEY), "open_amount": open_amounts}


def _ordered(total: Decimal | None, lines: Sequence[tuple[Any, ...]]) -> list[tuple[Decimal, Decimal]]:
    """Amount and what was received of the lines of an order; a canceled one counts when the order's total has it."""
    every = [(amount or _ZERO, received or _ZERO) for _, amount, received in lines]
    counted = [(_ZERO, _ZERO) if line[0] else each for line, each in zip(lines, every, strict=True)]
    return counted if total == sum(amount for amount, _ in counted) else every


def _converted(amount: Decimal, total: Decimal | None, base: Decimal | None, rate: Decimal | None) -> Decimal:
    if base is not None and total == base:
        return amount
    exact = amount * base / total if total and base is not None else amount * (rate or 1)
    places = 4 if base is None else max(2, -int(base.normalize().as_tuple().exponent))
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def dimension(columns: _Columns, members: _Members) -> dict[str, pa.Array]:
    """The segmented key that segment values belong to: the answer is about one."""
    rows = len(columns["code"])
    return {
        name: pa.array([members.get(member)] * rows, pa.string())
        for name, member in (("dimension", "id"), ("dimension_name", "description"))
    }


def financial_period(columns: _Columns, _members: _Members) -> dict[str, pa.Array]:
    """Number, code and last day of periods.

    Whether `endDate` is the last day or the day after it is not documented: it is the latter where more periods begin
    on the end of another than on the day after one.
    """
    years, starts, ends = (columns[name].to_pylist() for name in ("year", "start", "end"))
    numbers = [period_number(text, year) for text, year in zip(columns["period"].to_pylist(), years, strict=True)]
    begins, day = set(starts), timedelta(days=1)
    following = sum(end in begins for end in ends) > sum(bool(end) and end + day in begins for end in ends)
    return {
        "number": pa.array(numbers, pa.int64()),
        "code": pa.array([f"{year}{number:02d}" for year, number in zip(years, numbers, strict=True)], pa.string()),
        "end": pa.array([end and end - following * day for end in ends], pa.date32()),
    }


def period_number(text: str, year: int) -> int:
    """Number of a period that is written `11`, `202611`, `112026` or `11-2026`.

    Raises:
        DataError: it is none of these.
    """
    digits = re.sub(r"\D", "", text or "")
    number = digits if len(digits) <= 2 else digits.removeprefix(str(year)).removesuffix(str(year))
    if not number or len(number) > 2:
        raise DataError(f"Visma.net calls a financial period of {year} {text!r}: its number can't be told.")
    return int(number)


def _movement(columns: _Columns) -> dict[str, pa.Array]:
    debit, credit = (pc.fill_null(columns[name], _ZERO) for name in ("debit", "credit"))
    return {"debit": debit, "credit": credit, "amount": _difference(debit, credit)}


def _difference(amounts: pa.Array, less: pa.Array) -> pa.Array:
    # A difference of decimals has one digit more than they, and 38 are all there is.
    narrow = pa.decimal128(36, 6)
    return pc.subtract(amounts.cast(narrow), pc.fill_null(less, _ZERO).cast(narrow)).cast(MONEY)
