"""Generates the transactions of the books as columns: a million lines take a second or two.

Every transaction balances in its subsidiary's currency. Amounts are whole cents, debit positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlc_sandbox.netsuite.books.ledger_plan import LedgerPlan
from mlc_sandbox.netsuite.books.master_records import SUBSIDIARIES, USD_RATES, MasterRecords

Ints = npt.NDArray[np.int64]
Columns = dict[str, npt.NDArray[Any]]

TYPES = ("VendBill", "CustInvc", "Journal", "VendPymt", "CustPymt", "VendCred", "ExpRept", "PurchOrd")
"""Transaction types that are generated; the last does not post."""

_SHARES = (0.36, 0.18, 0.20, 0.10, 0.08, 0.04, 0.04)
_PURCHASE_ORDERS_PER_TRANSACTION = 0.08
_SIZES, _SIZE_SHARES = (2, 3, 4, 5, 6, 8, 12), (0.14, 0.22, 0.24, 0.18, 0.12, 0.07, 0.03)
_COUNTER_SIGN = np.array([1, -1, 0, 1, -1, -1, 1, 1])
_LATE = 0.03
_REORDERED = 0.01
_FIRST_ID = 1000
_COMMON_CURRENCIES = {sub.id: sub.currency for sub in SUBSIDIARIES}
_BILL, _INVOICE, _JOURNAL, _PAYMENT, _RECEIPT, _CREDIT, _REPORT, _ORDER = range(len(TYPES))


@dataclass(frozen=True)
class Ledger:
    """Columns of transactions and of their lines; null is -1 in every column that can be null."""

    headers: Columns
    lines: Columns


def generate_ledger(rng: np.random.Generator, plan: LedgerPlan, rates: npt.NDArray[np.float64]) -> Ledger:
    """The transactions of the plan.

    Args:
        rng: the only source of chance.
        plan: see `LedgerPlan`.
        rates: from `ledger_plan.monthly_rates`, by index into the plan's months.
    """
    kind, size = _kinds_and_sizes(rng, plan.gl_lines)
    order, headers = _headers(rng, plan, kind, rates)
    kind, size = kind[order], size[order]
    return Ledger(headers, _lines(rng, plan, headers, kind, size))


def _kinds_and_sizes(rng: np.random.Generator, gl_lines: int) -> tuple[Ints, Ints]:
    posting = gl_lines // 3 + 10
    kind = rng.choice(len(_SHARES), size=posting, p=_SHARES)
    size = rng.choice(_SIZES, size=posting, p=_SIZE_SHARES)
    size[(kind == _PAYMENT) | (kind == _RECEIPT)] = 2
    ends = np.cumsum(size)
    kept = int(np.searchsorted(ends, gl_lines)) + 1
    kind, size = kind[:kept], size[:kept]
    # The last one is cut to meet the number exactly; a single line can't balance and goes to its neighbour.
    size[-1] -= ends[kept - 1] - gl_lines
    if size[-1] == 1:
        kind, size = kind[:-1], size[:-1]
        size[-1] += 1
    orders = max(3, int(kept * _PURCHASE_ORDERS_PER_TRANSACTION))
    kind = np.concatenate([kind, np.full(orders, _ORDER)])
    return kind, np.concatenate([size, rng.choice(_SIZES, size=orders, p=_SIZE_SHARES)])


def _headers(
    rng: np.random.Generator, plan: LedgerPlan, kind: Ints, rates: npt.NDArray[np.float64]
) -> tuple[Ints, Columns]:
    count = len(kind)
    starts = np.array([period.start for period in plan.months], dtype="datetime64[D]")
    ends = np.array([min(period.end, plan.today) for period in plan.months], dtype="datetime64[D]")
    growth = np.linspace(1, 1.6, len(starts)) * ((ends - starts).astype(int) + 1)
    month = rng.choice(len(starts), size=count, p=growth / growth.sum())
    length = (ends - starts).astype(int)[month] + 1
    day = starts[month] + (rng.random(count) * length).astype(int)
    number = (day - starts[month]).astype(int)
    late = (kind == _BILL) & (rng.random(count) < _LATE) & (month < len(starts) - 1) & (number >= 19)
    late |= _example_of_late_bill(kind, month, number, len(starts))
    period_ids = np.array([period.id for period in plan.months])
    period = period_ids[month + late]
    for index, of_month in enumerate(plan.months):
        adjustment = plan.adjustments.get(of_month.start.year) if of_month.start.month == 12 else None
        if adjustment is not None:
            period[(month == index) & (kind == _JOURNAL) & (rng.random(count) < 0.15)] = adjustment.id
    entered = np.where(late, starts[np.minimum(month + 1, len(starts) - 1)] + 3, day).astype("datetime64[s]")
    now = np.datetime64(plan.now.replace(microsecond=0), "s")
    created = np.minimum(entered + rng.integers(8 * 3600, 19 * 3600, size=count), now)
    modified = np.minimum(created + rng.exponential(3 * 86400, size=count).astype(int), now)
    order = np.argsort(created, kind="stable")
    kind, month = kind[order], month[order]
    subsidiary = rng.choice([1, 2, 3], size=count, p=[0.6, 0.2, 0.2])
    base = np.array([0, *_COMMON_CURRENCIES.values()])[subsidiary]
    foreign = (rng.random(count) < 0.1) & np.isin(kind, (_BILL, _INVOICE, _ORDER))
    currency = np.where(foreign, rng.integers(1, len(USD_RATES) + 1, size=count), base)
    return order, {
        "id": _FIRST_ID + np.cumsum(rng.integers(1, 5, size=count)),
        "kind": kind,
        "trandate": day[order],
        "postingperiod": period[order],
        "subsidiary": subsidiary,
        "currency": currency,
        "exchangerate": np.round(rates[month, currency] / rates[month, base], 6),
        "entity": _entities(rng, plan.records, kind),
        "open": rng.random(count) < np.where(month >= len(starts) - 2, 0.6, 0.04),
        "createdby": rng.choice([entity.id for entity in plan.records.employees], size=count),
        "createddate": created[order],
        "lastmodifieddate": modified[order],
    }


def _example_of_late_bill(kind: Ints, month: Ints, number: Ints, months: int) -> npt.NDArray[np.bool_]:
    # The smallest books shall have one too.
    late = np.zeros(len(kind), dtype=bool)
    candidates = np.flatnonzero((kind == _BILL) & (month < months - 1) & (number >= 19))
    late[candidates[:1]] = True
    return late


def _entities(rng: np.random.Generator, records: MasterRecords, kind: Ints) -> Ints:
    entity = np.full(len(kind), -1)
    for entities, kinds in (
        (records.vendors, (_BILL, _PAYMENT, _CREDIT, _ORDER)),
        (records.customers, (_INVOICE, _RECEIPT)),
        (records.employees, (_REPORT,)),
    ):
        chosen = np.isin(kind, kinds)
        entity[chosen] = rng.choice([one.id for one in entities], size=int(chosen.sum()))
    return entity


def _lines(rng: np.random.Generator, plan: LedgerPlan, headers: Columns, kind: Ints, size: Ints) -> Columns:
    starts = np.concatenate([[0], np.cumsum(size)[:-1]])
    owner = np.repeat(np.arange(len(size)), size)
    count = len(owner)
    position = np.arange(count) - starts[owner]
    of_kind = kind[owner]
    first = position == 0
    amount = _amounts(rng, of_kind, first, size[owner])
    amount[starts] = -np.add.reduceat(np.where(first, 0, amount), starts)
    foreign = np.round(amount / headers["exchangerate"][owner]).astype(np.int64)
    foreign[starts] = -np.add.reduceat(np.where(first, 0, foreign), starts)
    account = _accounts(rng, plan, headers["trandate"][owner], of_kind, first)
    # Journals have no main line: theirs are numbered from 1, those of other transactions from 0.
    number = position + (of_kind == _JOURNAL)
    reordered = rng.random(len(size)) < _REORDERED
    reordered[np.flatnonzero(kind == _BILL)[:1]] = True
    types = np.zeros(max(one.id for one in plan.chart) + 1, dtype=bool)
    for one in plan.chart:
        types[one.id] = one.type in {"Income", "COGS", "Expense", "OthIncome", "OthExpense"}
    on_income_statement = types[account]
    return {
        "transaction": headers["id"][owner],
        "owner": owner,
        "id": number,
        "linesequencenumber": number + np.where(reordered[owner], size[owner] - 1 - 2 * position, 0),
        "mainline": first & (of_kind != _JOURNAL),
        "account": account,
        "amount": amount,
        "foreignamount": foreign,
        "department": _dimension(rng, plan.records.departments, on_income_statement, 0.88, 0.2),
        "class": _dimension(rng, plan.records.classes, on_income_statement, 0.65, 0.05),
        "location": _dimension(rng, plan.records.locations, on_income_statement, 0.75, 0.3),
        "memo": rng.integers(-8, 24, size=count),
    }


def _amounts(rng: np.random.Generator, kind: Ints, first: npt.NDArray[np.bool_], size: Ints) -> Ints:
    count = len(kind)
    cents = np.exp(rng.normal(10.5, 1.4, size=count)).astype(np.int64) + 1
    sign = _COUNTER_SIGN[kind]
    sign = np.where(sign == 0, rng.choice([-1, 1], size=count), sign)
    discount = (rng.random(count) < 0.04) & (size > 2) & ~first
    return cents * np.where(discount, -sign, sign)


def _accounts(
    rng: np.random.Generator, plan: LedgerPlan, day: npt.NDArray[Any], kind: Ints, first: npt.NDArray[np.bool_]
) -> Ints:
    by_number = {account.number: account.id for account in plan.chart}
    usual = [one for one in plan.chart if not (one.summary or one.inactive or one.special)]
    costs = [one.id for one in usual if one.type in {"COGS", "Expense"}]
    income = [one.id for one in usual if one.type == "Income"]
    anything = [one.id for one in usual if one.type not in {"NonPosting", "Stat", "AcctPay", "AcctRec", "Bank"}]
    numbers = ("2010", "0210", "2210", "0110", "0110", "2010", "2250", "9000")
    account = np.array([by_number[number] for number in numbers])[kind]
    for pool, kinds in (
        (costs, (_BILL, _CREDIT, _ORDER)),
        (income, (_INVOICE,)),
        (anything, (_JOURNAL,)),
        ([by_number["2010"]], (_PAYMENT,)),
        ([by_number["0210"]], (_RECEIPT,)),
        ([by_number["6230"], by_number["5080"], by_number["6503"]], (_REPORT,)),
    ):
        chosen = np.isin(kind, kinds) & (~first | (kind == _JOURNAL))
        account[chosen] = rng.choice(pool, size=int(chosen.sum()))
    retired = next(one.id for one in plan.chart if one.inactive)
    old = (kind == _BILL) & ~first & (day < np.datetime64(plan.months[0].start) + 240) & (rng.random(len(kind)) < 0.02)
    old[np.flatnonzero((kind == _BILL) & ~first)[:1]] = True
    account[old] = retired
    return account


def _dimension(
    rng: np.random.Generator,
    rows: Sequence[Any],
    on_income_statement: npt.NDArray[np.bool_],
    often: float,
    seldom: float,
) -> Ints:
    count = len(on_income_statement)
    value = rng.choice([row.id for row in rows if not row.inactive], size=count)
    return np.where(rng.random(count) < np.where(on_income_statement, often, seldom), value, -1)
