"""What is true of the books."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.books.calendar import Calendar, Period
from mlc_sandbox.acumatica.books.ledger import POSTED, Batch, LedgerTable, Line, Totals
from mlc_sandbox.acumatica.records import Record, Table

_CREDIT_KINDS = frozenset({"Liability", "Income"})


class BooksError(Exception):
    """There is no such thing in the books, or it can't be done to it."""


class BooksReading:
    """The books as they are read.

    Attributes:
        calendar: financial periods.
        tables: records by entity; batches of the general ledger are in `ledger`.
        ledger: batches.
    """

    def __init__(self, calendar: Calendar, tables: dict[str, Table[Record]], ledger: LedgerTable) -> None:
        self.calendar = calendar
        self.tables = tables
        self.ledger = ledger

    def record(self, entity: str, *key: str) -> Record:
        """A record by its key.

        Raises:
            BooksError: there is none.
        """
        found = self.tables[entity].by_key(*key)
        if found is None:
            raise BooksError(f"There is no {entity} {'/'.join(key)}.")
        return found

    def batch(self, module: str, number: str) -> Batch:
        """A batch by its key.

        Raises:
            BooksError: there is none.
        """
        found = self.ledger.by_key(module, number)
        if found is None:
            raise BooksError(f"There is no batch {module} {number}.")
        return found

    def batches(self, period: str, ledger: str = chart.ACTUAL, status: str | None = POSTED) -> Sequence[Batch]:
        """Batches of a ledger and period, by number; with `status=None` of whatever status."""
        found = [b for b in self.ledger.batches(ledger, period) if status is None or b.status == status]
        return sorted(found, key=lambda batch: batch.key)

    def lines(self, period: str, ledger: str = chart.ACTUAL) -> Sequence[Line]:
        """Posted lines of a ledger and period."""
        return [line for batch in self.batches(period, ledger) for line in batch.lines]

    def activity(self, period: str, ledger: str = chart.ACTUAL) -> dict[str, tuple[Decimal, Decimal]]:
        """Debit and credit in the base currency of every account with posted lines in the period."""
        sums: dict[str, tuple[Decimal, Decimal]] = {}
        for line in self.lines(period, ledger):
            debit, credit = sums.get(line.account, (Decimal(0), Decimal(0)))
            sums[line.account] = (debit + line.base_debit, credit + line.base_credit)
        return sums

    def balances(
        self, ledger: str, period: Period, *, subaccount: str | None = None
    ) -> dict[tuple[str, str], tuple[Totals, Totals]]:
        """By account and branch: what was posted before the period, and in it (posted batches only).

        What income and expense accounts came to in earlier years stands in retained earnings.
        """
        before: dict[tuple[str, str], Totals] = {}
        within: dict[tuple[str, str], Totals] = {}
        kinds = {str(r.fields["AccountCD"]): str(r.fields["Type"]) for r in self.tables["Account"].heap()}
        for other in self.calendar.periods:
            if other.order > period.order:
                continue
            into = within if other is period else before
            for (account, branch, sub), total in self.ledger.totals(ledger, other.id).items():
                if subaccount is not None and sub != subaccount:
                    continue
                closed = other.year < period.year and kinds[account] in {"Income", "Expense"}
                _add(into, (chart.RETAINED if closed else account, branch), total)
        return {key: (before.get(key, Totals()), within.get(key, Totals())) for key in before.keys() | within.keys()}

    def last_activity(self, ledger: str, period: Period, account: str, branch: str) -> str | None:
        """The latest period up to this one with something posted to the account in the branch."""
        for other in reversed(self.calendar.periods):
            if other.order <= period.order and any(
                key[:2] == (account, branch) for key in self.ledger.totals(ledger, other.id)
            ):
                return other.id
        return None

    def is_credit(self, account: str) -> bool:
        """Whether a credit raises the account's balance: it is a liability or an income."""
        return self.record("Account", account).fields["Type"] in _CREDIT_KINDS


def _add(sums: dict[tuple[str, str], Totals], key: tuple[str, str], total: Totals) -> None:
    found = sums.setdefault(key, Totals())
    found.debit += total.debit
    found.credit += total.credit
