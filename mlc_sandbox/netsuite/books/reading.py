"""What the books hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb

from mlc_sandbox.netsuite.books.calendar import Period
from mlc_sandbox.netsuite.books.chart import Account
from mlc_sandbox.netsuite.books.entries import Entry
from mlc_sandbox.netsuite.books.entry_tables import read_entry


@dataclass(frozen=True)
class Control:
    """What the general ledger of one period holds in the primary book.

    Attributes:
        lines: number of posting lines.
        debit: sum of debits, each in its subsidiary's currency.
        credit: sum of credits.
        by_account: account id -> debits less credits.
    """

    lines: int
    debit: Decimal
    credit: Decimal
    by_account: Mapping[int, Decimal]


class BooksReading:
    """Reads the books; `Books` keeps them.

    Attributes:
        zone: the account's time zone.
        periods: the accounting periods, in order of their ids.
        accounts: the chart of accounts as it was at the start.
    """

    zone: ZoneInfo
    periods: Sequence[Period]
    accounts: Sequence[Account]
    _database: duckdb.DuckDBPyConnection
    _now: Callable[[], datetime]

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of one's own to the tables of `schema.TABLES`; for one thread."""
        cursor = self._database.cursor()
        cursor.execute("USE books")
        return cursor

    def local_now(self) -> datetime:
        """The present moment as the tables write it: in the account's time zone, whole seconds, naive."""
        return self._now().astimezone(self.zone).replace(tzinfo=None, microsecond=0)

    def as_utc(self, local: datetime) -> datetime:
        """An aware moment from one that the tables hold."""
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def period(self, name: str) -> Period:
        """The period with a name such as `Mar 2026`, `Adj Dec 2025`, `Q1 2026`."""
        return next(period for period in self.periods if period.name == name)

    def month_of(self, day: date) -> Period | None:
        """The month that a day lies in; None outside the calendar."""
        months = (period for period in self.periods if period.kind == "month")
        return next((period for period in months if period.start <= day <= period.end), None)

    def account(self, number: str) -> Account:
        """The account with a number such as `0110`."""
        return next(account for account in self.accounts if account.number == number)

    def is_closed(self, period: int) -> bool:
        """Whether the period with this id takes no postings."""
        row = self.cursor().execute("SELECT closed FROM accountingperiod WHERE id = ?", [period]).fetchone()
        return row is None or row[0] == "T"

    def entry(self, number: int) -> Entry | None:
        """The transaction with this id, None when there is none."""
        return read_entry(self.cursor(), number)

    def find(self, external_id: str) -> int | None:
        """Id of the transaction, of any type, that has an external id."""
        row = self.cursor().execute("SELECT id FROM transaction WHERE externalid = ?", [external_id]).fetchone()
        return row[0] if row else None

    def control(self, period: int) -> Control:
        """What the general ledger holds for the period with this id, counted from the tables themselves."""
        rows = (
            self.cursor()
            .execute(
                "SELECT a.account, count(*), sum(coalesce(a.debit, 0)), sum(coalesce(a.credit, 0)) "
                "FROM transactionaccountingline a JOIN transaction t ON t.id = a.transaction "
                "WHERE t.posting = 'T' AND a.posting = 'T' AND a.accountingbook = 1 AND t.postingperiod = ? GROUP BY 1",
                [period],
            )
            .fetchall()
        )
        return Control(
            lines=sum(row[1] for row in rows),
            debit=sum((row[2] for row in rows), Decimal("0.00")),
            credit=sum((row[3] for row in rows), Decimal("0.00")),
            by_account={row[0]: row[2] - row[3] for row in rows},
        )
