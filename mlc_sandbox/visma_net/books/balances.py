"""Balances of the general ledger by period, out of the posted batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from mlc_sandbox.visma_net.books.documents import POSTED, ZERO, Batch
from mlc_sandbox.visma_net.books.records import Account, Branch, Ledger, Subaccount

_RETAINED_EARNINGS = "2050"


@dataclass(slots=True)
class Balance:
    """Balance of one account and subaccount of a branch in a period; sums are debit less credit.

    Attributes:
        begin, begin_foreign: at the start of the period, in the ledger's and in the batches' currencies.
        debit, credit, debit_foreign, credit_foreign: turnover of the period.
        modified: last change of what moved it, in this period or before.
    """

    ledger: Ledger
    branch: Branch
    account: Account
    subaccount: Subaccount
    period: str
    begin: Decimal = ZERO
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    modified: datetime = field(default=datetime.min)  # noqa: DTZ901 - replaced by the first line

    @property
    def end(self) -> Decimal:
        """At the end of the period."""
        return self.begin + self.debit - self.credit


Key = tuple[int, int, int, int]


def balances_by_period(
    batches: Iterable[Batch], periods: Iterable[str], retained: Account, neutral: Subaccount
) -> Mapping[str, list[Balance]]:
    """Balances of all periods; those without a balance at the start and without turnover are left out.

    Income and expense start at nought in each year; what they came to goes to `retained` then, in `neutral`.
    """
    turnover: defaultdict[str, list[Batch]] = defaultdict(list)
    for batch in batches:
        if batch.status in POSTED:
            turnover[batch.period].append(batch)
    carried: dict[Key, Balance] = {}
    found: dict[str, list[Balance]] = {}
    year = ""
    for period in sorted(periods):
        if period[:4] != year:
            year = period[:4]
            carried = _new_year(carried, retained, neutral)
        current = {
            key: Balance(
                one.ledger, one.branch, one.account, one.subaccount, period, begin=one.end, modified=one.modified
            )
            for key, one in carried.items()
        }
        for batch in turnover[period]:
            _add(current, batch)
        found[period] = [one for one in current.values() if one.begin or one.debit or one.credit]
        carried = current
    return found


def _add(balances: dict[Key, Balance], batch: Batch) -> None:
    for line in batch.lines:
        key = (batch.ledger.id, line.branch.id, line.account.id, line.subaccount.id)
        balance = balances.get(key)
        if balance is None:
            balance = balances[key] = Balance(
                batch.ledger, line.branch, line.account, line.subaccount, batch.period, modified=batch.modified
            )
        if line.amount > 0:
            balance.debit += line.amount
        else:
            balance.credit -= line.amount
        balance.modified = max(balance.modified, batch.modified)


def _new_year(carried: dict[Key, Balance], retained: Account, neutral: Subaccount) -> dict[Key, Balance]:
    opened = {key: one for key, one in carried.items() if not one.account.yearly}
    for one in carried.values():
        if not one.account.yearly:
            continue
        key = (one.ledger.id, one.branch.id, retained.id, neutral.id)
        into = opened.get(key)
        if into is None:
            into = opened[key] = Balance(one.ledger, one.branch, retained, neutral, one.period, modified=one.modified)
        into.begin += one.end
        into.modified = max(into.modified, one.modified)
    return opened
