"""Lists of the general ledger: its lines, its batches, its balances, and the budget."""

from __future__ import annotations

from collections.abc import Iterable

from mlc_sandbox.visma_net.books import Balance, Batch, Books, LedgerLine
from mlc_sandbox.visma_net.books.documents import POSTED
from mlc_sandbox.visma_net.lists.filters import Predicate, flag, one_of, same
from mlc_sandbox.visma_net.lists.listing import Listing
from mlc_sandbox.visma_net.query import Query
from mlc_sandbox.visma_net.views import ledger

_BALANCE_TYPES = ("Actual", "Report", "Statistical", "Budget")
_BATCH_STATUSES = (
    "Hold",
    "Balanced",
    "Unposted",
    "Posted",
    "Completed",
    "Voided",
    "Released",
    "PartiallyReleased",
    "Scheduled",
)
_MODULES = ("GL", "AP", "AR", "CM", "CA", "IN", "DR", "FA", "PM")


def _lines(books: Books, query: Query) -> Iterable[tuple[Batch, LedgerLine]]:
    first, last = query.period("fromPeriod") or "000000", query.period("toPeriod") or "999999"
    statuses = POSTED
    if query.flag("includeUnposted"):
        statuses |= {"Unposted"}
    if query.flag("includeUnreleased"):
        statuses |= {"Hold", "Balanced"}
    batches = books.batches_of(first, last)
    return ((batch, line) for batch in batches if batch.status in statuses for line in batch.lines)


def _between(query: Query) -> Predicate | None:
    first, last = query.day("fromDate"), query.day("toDate")
    if first is None and last is None:
        return None
    return lambda one: (first is None or one[0].day >= first) and (last is None or one[0].day <= last)


def _balances(books: Books, query: Query) -> Iterable[Balance]:
    wanted = query.period("periodId")
    if wanted is not None:
        return books.balances().get(wanted, ())
    return (balance for balances in books.balances().values() for balance in balances)


def _batches(books: Books, query: Query) -> Iterable[Batch]:
    wanted = query.period("periodId")
    return books.batches.values() if wanted is None else books.batches_of(wanted, wanted)


LEDGER = (
    Listing(
        "generalledgertransactions",
        records=_lines,
        view=ledger.ledger_transaction,
        modified=lambda one: one[0].modified,
        paged=True,
        required=(("ledger",),),
        filters=(
            same("ledger", lambda one: one[0].ledger.number),
            same("branch", lambda one: one[1].branch.number),
            same("account", lambda one: one[1].account.number),
            same("subaccountId", lambda one: str(one[1].subaccount.id)),
            _between,
        ),
    ),
    Listing(
        "generalledgerbalance",
        version="v2",
        records=_balances,
        view=ledger.ledger_balance,
        changed="since",
        paged=True,
        required=(("periodId", "lastModifiedDateTime"),),
        filters=(
            same("ledger", lambda balance: balance.ledger.number),
            same("branch", lambda balance: balance.branch.number),
            same("account", lambda balance: balance.account.number),
            one_of("balanceType", _BALANCE_TYPES, lambda balance: balance.ledger.balance_type),
        ),
    ),
    Listing(
        "journaltransaction",
        version="v2",
        records=_batches,
        view=ledger.journal_transaction,
        changed="since",
        paged=True,
        required=(("periodId", "lastModifiedDateTime"),),
        filters=(
            one_of("module", _MODULES, lambda batch: batch.module),
            one_of("status", _BATCH_STATUSES, lambda batch: batch.status),
            same("branch", lambda batch: batch.branch.number),
        ),
        weight=lambda batch: len(batch.lines),
    ),
    Listing(
        "budget",
        records=lambda books, query: books.company.budget if query.text("ledger") == "BUD" else (),
        view=ledger.budget,
        key=lambda budget: budget.account.number,
        required=(("branch",), ("ledger",), ("financialYear",)),
        filters=(
            same("branch", lambda budget: budget.branch.number),
            same("financialYear", lambda budget: str(budget.year)),
            same("subaccount", lambda budget: budget.subaccount.number),
            flag("isReleased", lambda _: True),
        ),
    ),
)
