"""The books, and what a book-keeper does to them."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast

from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.books.business import Business
from mlc_sandbox.acumatica.books.calendar import Calendar
from mlc_sandbox.acumatica.books.desk import Desk
from mlc_sandbox.acumatica.books.ledger import ON_HOLD, POSTED, UNPOSTED, VOID, Batch, Line
from mlc_sandbox.acumatica.books.masters import build_masters
from mlc_sandbox.acumatica.books.published import publish
from mlc_sandbox.acumatica.books.reading import BooksError, BooksReading
from mlc_sandbox.acumatica.records import Record, Table

_FIRST_YEAR = 2024


class Books(BooksReading):
    """A professional-services firm's books in the endpoint's shape.

    Args:
        now: the present moment, aware.
        seed: the same seed and `today` give the same books.
        gl_lines: lines of all ledgers together, or a few more.
        today: last day with transactions; its month is the first open one. Default: today.
        first_month: calendar month that a financial year begins with.

    Attributes:
        lock: held while the books are read or changed.
        payables: enters bills, payments and purchase orders.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        seed: int = 7,
        gl_lines: int = 20_000,
        today: date | None = None,
        first_month: int = 1,
    ) -> None:
        self.lock = threading.RLock()
        self._now = now
        self.today = today or now().date()
        latest = min(now(), datetime.combine(self.today, datetime.max.time(), now().tzinfo))
        latest = latest.replace(microsecond=latest.microsecond // 1000 * 1000)
        calendar = Calendar(_FIRST_YEAR, self.today.year + 1, first_month=first_month, today=self.today)
        self._desk = Desk(random.Random(seed), calendar, latest)
        scale = min(20, max(1, gl_lines // 20_000))
        tables = build_masters(self._desk, vendors=60 * scale, items=40)
        super().__init__(calendar, tables, self._desk.ledger)
        self.tables["JournalTransaction"] = cast("Table[Record]", self.ledger)
        business = Business(self._desk, self.tables, self.today)
        business.run(gl_lines)
        self.payables = business.payables
        publish(self.calendar, self.tables, self.guid, latest - timedelta(days=300))
        self._last_stamp = latest

    # What a book-keeper does

    def stamp(self) -> datetime:
        """The present, to the millisecond, and later than every stamp before."""
        now = self._now()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._last_stamp = max(now, self._last_stamp + timedelta(milliseconds=1))
        return self._last_stamp

    def guid(self) -> str:
        """A new GUID."""
        return self._desk.guid()

    def post(
        self,
        lines: Sequence[Line],
        *,
        period: str,
        ledger: str = chart.ACTUAL,
        module: str = "GL",
        currency: str = chart.BASE,
        status: str = POSTED,
        description: str | None = None,
        day: date | None = None,
    ) -> Batch:
        """Enter a batch, in a closed period too; its day is the period's last one unless given."""
        with self.lock:
            found = self.calendar[period]
            return self._desk.write(
                module, day or found.end, lines, period=period, ledger=ledger, currency=currency,
                status=status, description=description, modified=self.stamp(),
            )  # fmt: skip

    def edit(self, batch: Batch, **fields: str) -> None:
        """Change header fields, named as the endpoint does."""
        with self.lock:
            batch.fields |= fields
            self.touch(batch)

    def annotate(self, batch: Batch, text: str) -> None:
        """Change the text of a batch's first line."""
        with self.lock:
            batch.lines[0].text = text
            self.touch(batch)

    def reverse(self, batch: Batch, period: str | None = None) -> Batch:
        """Post the opposite of a batch, into its own period unless another is given."""
        lines = [
            Line(
                line.account, line.subaccount, line.branch, line.credit, line.debit, text=line.text,
                reference=line.reference, project=line.project, task=line.task, party=line.party,
            )
            for line in batch.lines
        ]  # fmt: skip
        return self.post(
            lines, period=period or batch.slot[1], ledger=batch.slot[0], module=batch.key[0],
            currency=str(batch.fields["CurrencyID"]), description=f"Reversal of {batch.key[1]}",
        )  # fmt: skip

    def set_status(self, batch: Batch, status: str) -> None:
        """Put a batch on hold, release it, void it ..."""
        with self.lock:
            batch.fields |= {"Status": status, "Hold": status == ON_HOLD}
            self.touch(batch)

    def void(self, batch: Batch) -> None:
        """Void a batch that isn't released."""
        if batch.status in {POSTED, UNPOSTED}:
            raise BooksError(f"Batch {batch.key[1]} is released: reverse it.")
        self.set_status(batch, VOID)

    def move(self, batch: Batch, period: str) -> None:
        """Put a batch into another period; its date stays."""
        with self.lock:
            self.ledger.moved(batch, period)
            self.touch(batch)

    def delete(self, batch: Batch) -> None:
        """Delete a batch without a trace."""
        with self.lock:
            self.ledger.erase(batch)

    def touch(self, record: Record) -> None:
        """Move the change stamp of a record, and forget sums of it."""
        record.fields["LastModifiedDateTime"] = self.stamp()
        if isinstance(record, Batch):
            self.ledger.changed(record)

    def change(self, entity: str, *key: str, **fields: str | bool | Decimal) -> Record:
        """Change fields of a record; its stamp moves where the entity has one."""
        with self.lock:
            record = self.record(entity, *key)
            record.fields |= fields
            if "LastModifiedDateTime" in record.fields:
                self.touch(record)
            return record

    def void_check(self, number: str, day: date | None = None) -> Record:
        """Void a released payment."""
        with self.lock:
            check = self.record("Check", "Payment", number)
            voided = self.payables.void(check, day or self.today)
            self.touch(check)
            self.touch(voided)
            return voided

    def close_period(self, period: str) -> None:
        """Close a period for postings."""
        self._set_period(period, "Closed")

    def reopen_period(self, period: str) -> None:
        """Open a closed period again."""
        self._set_period(period, "Open")

    def enter(self, batch: Batch) -> None:
        """Store a batch that a client made, with the next number of its module."""
        batch.fields["BatchNbr"] = self._desk.number(str(batch.fields["Module"]))
        self.ledger.enter(batch)

    def _set_period(self, period: str, status: str) -> None:
        with self.lock:
            self.calendar[period].set_status(status)
            publish(self.calendar, self.tables, self.guid, self.stamp(), year=self.calendar[period].year)
