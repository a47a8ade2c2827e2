"""Columns that the wire doesn't have, or has otherwise: signs, movements, base currency, period codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
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
_ZERO = Decimal(0)
_MONTH_FIRST = r"^(0\d|1\d)-?(\d{4})$"


def signed(columns: _Columns, _members: _Members) -> dict[str, pa.Array]:
    """Amounts of supplier documents: those of credits negative."""
    credit = pc.is_in(columns["document_type"], pa.array(_CREDITS))
    names = [name for name in ("amount", "foreign_amount") if name in columns]
    return {name: pc.if_else(credit, pc.negate(columns[name]), columns[name]) for name in names}


def ledger_line(columns: _Columns, _members: _Members) -> dict[str, pa.Array]:
    """Debit, credit, amount and period of ledger lines."""
    return {**_movement(columns), "financial_period": year_first(columns["financial_period"])}


def balance(columns: _Columns, members: _Members) -> dict[str, pa.Array]:
    """As `ledger_line`; a balance without a currency is one in base currency."""
    empty = {name: pc.fill_null(columns[name], "") for name in ("branch_number", "subaccount_id", "currency")}
    return {**ledger_line(columns, members), **empty}


def year_first(codes: pa.Array) -> pa.Array:
    """Period codes as YYYYPP, also those that come as PPYYYY (contract visma.md, section 5)."""
    turned = pc.replace_substring_regex(codes, _MONTH_FIRST, r"\2\1")
    return pc.if_else(pc.match_substring_regex(codes, r"^(19|20)\d{4}$"), codes, turned)


def in_base_currency(columns: _Columns, _members: _Members) -> dict[str, pa.Array]:
    """What order lines come to in base currency, and what of that is still expected.

    The wire has lines in the order's currency only. The shares of an order's lines add up to its own total in base
    currency to the last digit; the page has the lines of an order side by side.
    """
    amounts_of = ("foreign_amount", "received_amount", "total", "base_total", "exchange_rate")
    rows = zip(*(columns[name].to_pylist() for name in ("document_type", "document_number", *amounts_of)), strict=True)
    amounts: list[Decimal] = []
    left: list[Decimal] = []
    order: Any = None
    so_far = given = _ZERO
    for *document, amount, received, total, base, rate in rows:
        if document != order:
            order, so_far, given = document, _ZERO, _ZERO
        so_far += amount or _ZERO
        reached = _converted(so_far, total, base, rate)
        amounts.append(reached - given)
        left.append(amounts[-1] - _converted(received or _ZERO, total, base, rate))
        given = reached
    over = pc.or_kleene(columns["completed"], columns["canceled"])
    expected = pc.and_not(pc.is_in(columns["status"], pa.array(_OPEN_ORDERS)), pc.fill_null(over, fill_value=False))
    open_amounts = pc.if_else(expected, pa.array(left, MONEY), pa.scalar(_ZERO, MONEY))
    return {"amount": pa.array(amounts, MONEY), "open_amount": open_amounts}


def _converted(amount: Decimal, total: Decimal | None, base: Decimal | None, rate: Decimal | None) -> Decimal:
    if base is None or total == base:
        return amount
    exact = amount * base / total if total else amount * (rate or 1)
    places = max(2, -int(base.normalize().as_tuple().exponent))
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
