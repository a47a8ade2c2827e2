"""The queries of an entity in one account: its rows, its row count, its control totals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mlc_pipelines.erp.netsuite.account import Account
from mlc_pipelines.erp.netsuite.entities import ENTITIES
from mlc_pipelines.erp.netsuite.fields import NetSuiteEntity
from mlc_pipelines.erp.netsuite.statement import Statement, any_of
from mlc_pipelines.fiscal import Period


@dataclass(frozen=True)
class Condition:
    """SQL with `?` placeholders, and their values."""

    sql: str
    params: tuple[str, ...] = ()


def posted_to(period_id: str) -> Condition:
    """Transactions of an accounting period."""
    return Condition("t.postingperiod = ?", (period_id,))


def dated_in(window: Period) -> Condition:
    """Transactions dated in a period's days."""
    return Condition(
        "t.trandate >= TO_DATE(?, 'YYYY-MM-DD') AND t.trandate < TO_DATE(?, 'YYYY-MM-DD')",
        (window.start.isoformat(), (window.end + timedelta(days=1)).isoformat()),
    )


def changed_since(entity: NetSuiteEntity, moment: datetime) -> Condition:
    """Records whose change stamp is at or after a moment in the account's time zone."""
    return Condition(f"{entity.stamp} >= TO_DATE(?, 'YYYY-MM-DD HH24:MI:SS')", (moment.strftime("%Y-%m-%d %H:%M:%S"),))


def rows(entity: NetSuiteEntity, account: Account, placed: Condition | None) -> Statement:
    """Every row of an entity, or those of a period or a change feed, ordered by key."""
    conditions, params = _conditions(entity, account, placed)
    columns = tuple((column.alias, account.expression(column)) for column in entity.columns)
    columns = tuple((alias, expression) for alias, expression in columns if expression)
    return Statement(
        columns=columns,
        tables=_tables(entity, account, [*(expression for _, expression in columns), *conditions]),
        keys=tuple(column.source for column in entity.key_columns if account.has(column)),
        conditions=conditions,
        params=params,
    )


def whole(entity: NetSuiteEntity) -> Statement:
    """A dimension without its names, to be counted."""
    return Statement(columns=(), tables=entity.table, keys=tuple(column.source for column in entity.key_columns))


def control(entity: NetSuiteEntity, account: Account, placed: Condition) -> Statement:
    """Totals of a fact by group, by a query that shares no more with `rows` than what it must.

    The ledger's totals don't go through the transaction lines, unless subsidiaries are chosen: lines that a role
    can't see are missing in the rows, and then show as a difference.

    Columns: `f_group` (id, 0 for none), `f_label` (the ledger's account number), `f_rows` and the sums.
    """
    conditions, params = _conditions(entity, account, placed)
    if entity.name == "gl_activity":
        return _ledger_control(account, conditions, params)
    amount = next(account.expression(column) for column in entity.columns if column.name == entity.amount)
    group = "NVL(t.entity, 0)"
    return Statement(
        columns=(("f_group", group), ("f_rows", "COUNT(*)"), ("f_amount", f"SUM(NVL({amount}, 0))")),
        tables=_tables(entity, account, [amount, *conditions]),
        keys=(group,),
        conditions=conditions,
        params=params,
        group_by=(group,),
    )


def _ledger_control(account: Account, conditions: tuple[str, ...], params: tuple[str, ...]) -> Statement:
    number = next(c for c in ENTITIES["gl_activity"].columns if c.name == "account_number")
    tables = "transactionaccountingline tal INNER JOIN transaction t ON t.id = tal.transaction"
    if account.subsidiaries:
        tables += " INNER JOIN transactionline tl ON tl.transaction = tal.transaction AND tl.id = tal.transactionline"
    group_by: tuple[str, ...] = ("tal.account",)
    label: tuple[tuple[str, str], ...] = ()
    if account.has(number):
        tables += " LEFT JOIN account a ON a.id = tal.account"
        group_by += (number.source,)
        label = (("f_label", number.source),)
    return Statement(
        columns=(
            ("f_group", "tal.account"),
            *label,
            ("f_rows", "COUNT(*)"),
            ("f_debit", "SUM(NVL(tal.debit, 0))"),
            ("f_credit", "SUM(NVL(tal.credit, 0))"),
            ("f_amount", "SUM(NVL(tal.amount, 0))"),
        ),
        tables=tables,
        keys=("tal.account",),
        conditions=conditions,
        params=params,
        group_by=group_by,
    )


def _tables(entity: NetSuiteEntity, account: Account, expressions: Sequence[str]) -> str:
    """The entity's tables, as far as the expressions and each other need them."""
    used = " ".join(expressions)
    joins: list[str] = []
    for join in reversed(entity.joins):  # a join may need one before it
        if account.has(join) and re.search(rf"\b{join.alias}\.", used):
            on = join.on
            if join.of_book and account.books:
                on += f" AND {join.alias}.accountingbook = {int(account.books[0])}"
            joins.insert(0, f"LEFT JOIN {join.table} ON {on}")
            used += f" {on}"
    return " ".join([entity.table, *joins])


def _conditions(
    entity: NetSuiteEntity, account: Account, placed: Condition | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    conditions, params = list(entity.conditions), list[str]()
    if placed:
        conditions.append(placed.sql)
        params.extend(placed.params)
    if entity.name == "gl_activity" and account.books:
        # Without it a ledger with several books counts every line once a book.
        condition, values = any_of("tal.accountingbook", account.books)
        conditions.append(condition)
        params.extend(values)
    if entity.kind == "fact" and account.subsidiaries:
        condition, values = any_of("tl.subsidiary", account.subsidiaries)
        conditions.append(condition)
        params.extend(values)
    return tuple(conditions), tuple(params)
