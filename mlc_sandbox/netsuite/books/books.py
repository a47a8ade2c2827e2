"""The books, and what a book-keeper does to them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np

from mlc_sandbox.netsuite.books.calendar import build_periods
from mlc_sandbox.netsuite.books.chart import build_chart
from mlc_sandbox.netsuite.books.entries import Entry
from mlc_sandbox.netsuite.books.entry_tables import erase_entry, write_entry
from mlc_sandbox.netsuite.books.ledger_plan import LedgerPlan
from mlc_sandbox.netsuite.books.loading import CLOSED_STATUS, insert
from mlc_sandbox.netsuite.books.master_records import SUBSIDIARIES, USD_RATES, build_master_records
from mlc_sandbox.netsuite.books.opening import create_books
from mlc_sandbox.netsuite.books.reading import BooksReading

_FIRST_LEDGER_YEAR, _LAST_PLANNED_YEAR = 2025, 2026


class BooksError(Exception):
    """A book-keeping rule forbids it; the message is what NetSuite would say."""


class Books(BooksReading):
    """A software company's books in NetSuite's shape, in an in-memory DuckDB database.

    Args:
        seed: the same seed and `today` give the same books.
        gl_lines: number of general ledger lines of the primary book; exactly.
        now: the present moment, aware.
        today: last day with transactions; the month that it lies in is the first open period. Default: today.
        multi_book: whether there is a second accounting book, with every line again.
        time_zone: of the account; datetimes lie in it.

    Attributes:
        version: grows with every change.
        lock: held while the books are changed.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        seed: int = 7,
        gl_lines: int = 20_000,
        today: date | None = None,
        multi_book: bool = True,
        time_zone: str = "America/Los_Angeles",
    ) -> None:
        self.version = 0
        self.lock = threading.RLock()
        self.zone = ZoneInfo(time_zone)
        self._now = now
        self._books = (1, 2) if multi_book else (1,)
        today = today or self.local_now().date()
        self.periods = build_periods(_FIRST_LEDGER_YEAR, max(_LAST_PLANNED_YEAR, today.year))
        self.accounts = build_chart()
        rng = np.random.default_rng(seed)
        scale = max(1, gl_lines // 20_000)
        self.records = build_master_records(rng, vendors=60 * min(scale, 20), employees=40, customers=80)
        plan = LedgerPlan(
            gl_lines=gl_lines,
            months=[period for period in self.periods if period.kind == "month" and period.start <= today],
            adjustments={period.start.year: period for period in self.periods if period.kind == "adjustment"},
            today=today,
            now=min(self.local_now(), datetime(today.year, today.month, today.day, 23, 30)),  # noqa: DTZ001 - local
            chart=self.accounts,
            records=self.records,
        )
        self._database = create_books(rng, plan, self.periods, multi_book=multi_book)
        last = self._database.execute("SELECT max(id) FROM transaction").fetchone()
        self._last_id = int(last[0]) if last else 0

    def post(self, entry: Entry) -> int:
        """Enter a transaction; returns its id.

        Raises:
            BooksError: out of balance, or its period is closed.
        """
        with self._change() as cursor:
            number = self._last_id + 1
            self._write(cursor, number, entry, by=5001)
            self._last_id = number
        return number

    def edit(self, number: int, **changes: Any) -> None:
        """Change fields of a transaction, named as in `Entry`. Errors as of `post`, for its old period too."""
        entry = self._existing(number)
        self._require_open(entry.period)
        with self._change() as cursor:
            self._write(cursor, number, replace(entry, **changes), by=5002)

    def move(self, number: int, period: int) -> None:
        """Move a transaction to another period; its date stays."""
        self.edit(number, period=period)

    def void(self, number: int) -> None:
        """Void a transaction: it stays, its amounts become zero."""
        lines = [replace(line, amount=Decimal("0.00")) for line in self._existing(number).lines]
        self.edit(number, lines=lines, voided=True, memo="VOID")

    def delete(self, number: int) -> None:
        """Delete a transaction; only a row of `deletedrecord` stays."""
        entry = self._existing(number)
        self._require_open(entry.period)
        with self._change() as cursor:
            row = cursor.execute("SELECT recordtype FROM transaction WHERE id = ?", [number]).fetchone()
            erase_entry(cursor, number)
            insert(
                cursor,
                "deletedrecord",
                [
                    {
                        "recordid": number,
                        "type": row[0] if row else None,
                        "deleteddate": self.local_now(),
                        "deletedby": 5001,
                        "context": "UIF",
                    }
                ],
            )

    def close_period(self, period: int) -> None:
        """Close a period: from now on it takes no postings."""
        self._set_closed(period, closed=True)

    def reopen_period(self, period: int) -> None:
        """Open a closed period again."""
        self._set_closed(period, closed=False)

    def set_account_inactive(self, account: int, *, inactive: bool) -> None:
        """Make an account inactive or active; its postings stay."""
        with self._change() as cursor:
            cursor.execute(
                "UPDATE account SET isinactive = ?, lastmodifieddate = ? WHERE id = ?",
                ["T" if inactive else "F", self.local_now(), account],
            )

    def rename_account(self, account: int, name: str) -> None:
        """Give an account another name; all its postings show it, and none of them counts as changed."""
        with self._change() as cursor:
            cursor.execute(
                "UPDATE account SET accountsearchdisplaynamecopy = ?, lastmodifieddate = ? WHERE id = ?",
                [name, self.local_now(), account],
            )

    def _write(self, cursor: duckdb.DuckDBPyConnection, number: int, entry: Entry, *, by: int) -> None:
        if entry.balance:
            raise BooksError("Transaction was not in balance. Posting total = " + str(entry.balance))
        self._require_open(entry.period)
        currency = entry.currency or next(sub.currency for sub in SUBSIDIARIES if sub.id == entry.subsidiary)
        complete = replace(
            entry.numbered(),
            currency=currency,
            exchange_rate=entry.exchange_rate or self._rate(currency, entry.subsidiary),
            tran_id=entry.tran_id or f"{'JE' if entry.type == 'Journal' else entry.type}{number}",
            status=entry.status or CLOSED_STATUS.get(entry.type, "A"),
            posting=entry.posting and entry.type != "PurchOrd",
            created=entry.created or self.local_now(),
            modified=self.local_now(),
        )
        write_entry(cursor, number, complete, by=by, books=self._books)

    def _rate(self, currency: int, subsidiary: int) -> Decimal:
        base = next(sub.currency for sub in SUBSIDIARIES if sub.id == subsidiary)
        return Decimal(1) if base == currency else Decimal(str(round(USD_RATES[currency] / USD_RATES[base], 6)))

    def _existing(self, number: int) -> Entry:
        entry = self.entry(number)
        if entry is None:
            raise BooksError(f"There is no transaction {number}.")
        return entry

    def _require_open(self, period: int) -> None:
        if self.is_closed(period):
            raise BooksError("This transaction cannot be saved: the posting period is closed.")

    def _set_closed(self, period: int, *, closed: bool) -> None:
        with self._change() as cursor:
            cursor.execute(
                "UPDATE accountingperiod SET closed = $flag, alllocked = $flag, arlocked = $flag, aplocked = $flag, "
                "closedondate = $day, lastmodifieddate = $now WHERE id = $period",
                {
                    "flag": "T" if closed else "F",
                    "day": self.local_now().date() if closed else None,
                    "now": self.local_now(),
                    "period": period,
                },
            )

    @contextmanager
    def _change(self) -> Generator[duckdb.DuckDBPyConnection]:
        with self.lock:
            cursor = self.cursor()
            cursor.begin()
            try:
                yield cursor
            except BaseException:
                cursor.rollback()
                raise
            cursor.commit()
            self.version += 1
