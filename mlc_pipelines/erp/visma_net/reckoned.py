"""Columns that the wire doesn't have, or has otherwise: signs, movements, base currency, period codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.base import MONEY
from mlc_pipelines.errors import DataError

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

_Columns = Mapping[str, Any]
_Members = Mapping[str, Any]

_CREDITS = ("DebitAdj", "VoidQuickCheck")
"""Documents whose amounts are positive on the wire and reduce what was spent (contract visma.md, section 6.1)."""

_OPEN_ORDERS = ("Open", "Printed", "PendingEmail", "PendingPrint")
_ZERO, _ONE, _CENT = Decimal(0), Decimal(1), Decimal("0.01")
_HEAD = ("total", "base_total", "exchange_rate")
_MONTH_FIRST = r"^(0\d|1\d)(\d{4})$"


def supplier_document(columns: _Columns, _members: _Members) -> dict[str, pa.Array]:
    """Amounts of supplier documents, those of credits negative, and their period."""
    credit = pc.is_in(columns["document_type"], pa.array(_CREDITS))
    names = [name for name in ("amount", "foreign_amount") if name in columns]
    amounts = {name: pc.if_else(credit, pc.negate(columns[name]), columns[name]) for name in names}
    return {**amounts, "financial_period": year_first(columns["financial_period"])}


def rounding(columns: _Columns, members: _Members) -> dict[str, pa.Array]:
    """Of documents in foreign currency: what their lines, converted one by one, come to more than their total.

    A hundredth a line at most; more is no rounding but a fault, which is left for the control totals to show.
    """
    names = ("document_type", "document_number", "total", "foreign_total", "exchange_rate", "cost")
    rows = zip(*(columns[name].to_pylist() for name in names), strict=True)
    differences: list[Decimal] = []
    for (_, _, total, foreign, rate), lines in groupby(rows, key=lambda row: row[:5]):
        costs = [line[5] or _ZERO for line in lines]
        difference = sum(costs, _ZERO) - (total or _ZERO)
        converted = rate not in {None, _ONE} or foreign not in {None, total}
        told = converted and abs(difference) <= _CENT * len(costs)
        differences += [*[_ZERO] * (len(costs) - 1), difference if told else _ZERO]
    return supplier_document({**columns, "amount": pa.array(differences, MONEY)}, members)


def ledger_line(columns: _Columns, _members: _Members) -> dict[str, pa.Array]:
    """Debit, credit, amount and period of ledger lines."""
    return {**_movement(columns), "financial_period": year_first(columns["financial_period"])}


def balance(columns: _Columns, members: _Members) -> dict[str, pa.Array]:
    """As `ledger_line`; a balance without a currency is one in base currency."""
    empty = {name: pc.fill_null(columns[name], "") for name in ("branch_number", "subaccount_id", "currency")}
    return {**ledger_line(columns, members), **empty}


def year_first(codes: pa.Array) -> pa.Array:
    """Period codes as YYYYPP, also those that come as PPYYYY (contract visma.md, section 5)."""
    codes = pc.replace_substring(codes, "-", "")
    turned = pc.replace_substring_regex(codes, _MONTH_FIRST, r"\2\1")
    return pc.if_else(pc.match_substring_regex(codes, r"^(19|20)\d{4}$"), codes, turned)


def order_total(columns: _Columns, _members: _Members) -> dict[str, pa.Array]:
    """What the lines of orders come to in base currency, also where the wire has it in the order's currency only."""
    rows = zip(*(columns[name].to_pylist() for name in _HEAD), strict=True)
    totals = [
        _converted(total, total, None, rate) if base is None and total is not None else base
        for total, base, rate in rows
    ]
    return {"amount": pa.array(totals, MONEY)}


def order_line(columns: _Columns, _members: _Members) -> dict[str, pa.Array]:
    """What order lines come to in base currency, and what of that is still expected.

    The wire has lines in the order's currency only. The shares of an order's lines add up to its own total in base
    currency to the last digit; the page has the lines of an order side by side.
    """
    names = ("document_type", "document_number", *_HEAD, "canceled", "foreign_amount", "received_amount")
    rows = zip(*(columns[name].to_pylist() for name in names), strict=True)
    amounts: list[Decimal] = []
    left: list[Decimal] = []
    for (_, _, *head), lines in groupby(rows, key=lambda row: row[:5]):
        so_far = given = _ZERO
        for amount, received in _ordered(head[0], [line[5:] for line in lines]):
            so_far += amount
            reached = _converted(so_far, *head)
            amounts.append(reached - given)
            left.append(amounts[-1] - _converted(received, *head))
            given = reached
    over = pc.or_kleene(columns["completed"], columns["canceled"])
    expected = pc.and_not(pc.is_in(columns["status"], pa.array(_OPEN_ORDERS)), pc.fill_null(over, fill_value=False))
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
    # A difference of decimals has one digit more than they, and 38 are all there is.
    debit, credit = (pc.fill_null(columns[name], _ZERO) for name in ("debit", "credit"))
    narrow = pa.decimal128(36, 6)
    amount = pc.subtract(debit.cast(narrow), credit.cast(narrow)).cast(MONEY)
    return {"debit": debit, "credit": credit, "amount": amount}
