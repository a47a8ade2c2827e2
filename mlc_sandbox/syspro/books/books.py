"""The books, and what a book-keeper does to them."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from mlc_sandbox.syspro.books.chart import PSEUDO_CODES
from mlc_sandbox.syspro.books.entries import ONE_SIDED, POSTED, Journal, moves_money
from mlc_sandbox.syspro.books.figures import show_customers, show_month_ends, show_suppliers
from mlc_sandbox.syspro.books.ledger import ZERO, Ledger, signed, write_chart
from mlc_sandbox.syspro.books.opening import OPENING, Opening
from mlc_sandbox.syspro.books.partners import open_partners
from mlc_sandbox.syspro.books.payables import Bill, Payables
from mlc_sandbox.syspro.books.periods import slots
from mlc_sandbox.syspro.books.schema import TABLES
from mlc_sandbox.syspro.books.table import Row, Table
from mlc_sandbox.syspro.books.trade import Receivables, fill_warehouses

_FIRST_YEAR = 2025

Key = tuple[int, int, int]
"""A journal: year, period, number. The number is unique within its period only."""


class BooksError(Exception):
    """A book-keeping rule forbids it; the message is what SYSPRO would say."""


@dataclass(frozen=True)
class Control:
    """What the posted journals of a period hold.

    Attributes:
        lines: number of entries.
        by_code: GL code -> debits less credits.
    """

    lines: int
    debit: Decimal
    credit: Decimal
    by_code: Mapping[str, Decimal]


class Books:
    """A chemicals distributor's company database.

    Args:
        now: the present moment, aware.
        seed: the same seed and `today` give the same books.
        gl_lines: posted lines of the general ledger; exactly.
        today: last day with transactions; its month is the first open period. Default: today.
        company, other_company: the company, and another one whose balances lie in the same tables.

    Attributes:
        tables: name -> table (docs/vendors/syspro.md, section B2).
        lock: held while the books are changed; hold it to read from more than one table.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        seed: int = 7,
        gl_lines: int = 20_000,
        today: date | None = None,
        company: str = "CHEM",
        other_company: str = "COAT",
    ) -> None:
        self._now = now
        self.lock = threading.RLock()
        self.today = today or now().date()
        self.company = company
        stamps = count(0x7D1)
        self.tables = {name: Table(schema, lambda: next(stamps)) for name, schema in TABLES.items()}
        years = range(_FIRST_YEAR, self.today.year + 1)
        self.ledger = Ledger(self.tables, company, years, (self.today.year, self.today.month), OPENING)
        self.payables = Payables(self.tables, self.ledger)
        self.receivables = Receivables(self.tables, self.ledger)
        chance = random.Random(seed)
        write_chart(chance, self.ledger, other_company)
        partners = open_partners(chance, self.tables, max(1, gl_lines // 20_000), date(_FIRST_YEAR, 1, 1))
        fill_warehouses(chance, self.tables["InvWarehouse"], partners.stock, self.today)
        periods = list(slots(_FIRST_YEAR, self.today, gl_lines))
        Opening(chance, self.today, self.ledger, self.payables, self.receivables, partners).fill(periods)
        self._open = {(self.today.year, period) for period in range(self.today.month, 14)}
        self.ledger.settle()
        show_suppliers(self.tables)
        show_customers(self.tables, self.today)
        show_month_ends(self.tables, self.today)

    def is_open(self, year: int, period: int) -> bool:
        """Whether the period takes postings."""
        return (year, period) in self._open

    def close_period(self, year: int, period: int) -> None:
        """From now on the period takes no postings."""
        self._open.discard((year, period))

    def reopen_period(self, year: int, period: int) -> None:
        """Open a closed period again."""
        self._open.add((year, period))

    def post(self, journal: Journal) -> Key:
        """Enter a journal, now, whatever its date; one with status `POSTED` moves the balances.

        Raises:
            BooksError: out of balance, no such GL code, or its period is closed.
        """
        with self._change(journal.year, journal.period):
            self._require_sound(journal)
            number = self.ledger.write(replace(journal, posted_on=self._now().date()))
            self._settle(journal)
        return journal.year, journal.period, number

    def journal(self, key: Key) -> Journal:
        """The journal with this key.

        Raises:
            BooksError: there is none.
        """
        journal = self.ledger.read(*key)
        if journal is None:
            raise BooksError(f"Journal {key[2]} not found in period {key[1]} of {key[0]}")
        return journal

    def edit(self, key: Key, **changes: Any) -> None:
        """Change fields of a journal, named as in `Journal`; its period by `move` alone. Errors as of `post`."""
        old = self.journal(key)
        new = replace(old, **changes)
        if old.status != POSTED:
            new = replace(new, posted_on=self._now().date())
        with self._change(*key[:2]):
            self._require_sound(new)
            self.ledger.write(new, key[2])
            self._settle(old, new)

    def annotate(self, key: Key, notation: str) -> None:
        """Change the text of a journal, posted or not: its header's row moves, its entries stay."""
        with self.lock:
            row = self.tables["GenJournalCtl"].get(*key)
            if row is None:
                raise BooksError(f"Journal {key[2]} not found in period {key[1]} of {key[0]}")
            self.tables["GenJournalCtl"].change(row, Notation=notation)

    def reverse(self, key: Key, day: date | None = None) -> Key:
        """Post the opposite of a journal in the same period."""
        journal = self.journal(key)
        entries = [replace(entry, value=-entry.value) for entry in journal.entries]
        return self.post(
            replace(journal, entries=entries, day=day or journal.day, notation=f"Reversal of journal {key[2]}")
        )

    def delete(self, key: Key) -> None:
        """Take a journal out of the database, as nothing but a purge does with one that is posted."""
        journal = self.journal(key)
        with self._change(*key[:2]):
            self.ledger.erase(*key)
            self._settle(journal)

    def move(self, key: Key, year: int, period: int) -> Key:
        """Move a journal to another period, where it gets another number; its date stays."""
        journal = replace(self.journal(key), year=year, period=period)
        self._require_open(year, period)
        self.delete(key)
        return self.post(journal)

    def enter_bill(self, bill: Bill, year: int, month: int) -> Row:
        """Enter a supplier's invoice; returns its row."""
        with self._change(year, month):
            self.payables.enter([bill], year, month, bill.day)
            self.ledger.settle()
            show_suppliers(self.tables)
        row = self.tables["ApInvoice"].get(bill.supplier["Supplier"], bill.invoice)
        return row or {}

    def cancel_bill(self, supplier: str, invoice: str, day: date) -> None:
        """Take an invoice back in the period of that day."""
        row = self.tables["ApInvoice"].get(supplier, invoice)
        if row is None:
            raise BooksError(f"Invoice {invoice} of supplier {supplier} not found")
        with self._change(day.year, day.month):
            self.payables.cancel(row, day.year, day.month, day)
            self.ledger.settle()
            show_suppliers(self.tables)

    def control(self, year: int, period: int) -> Control:
        """What the posted journals of a period hold, counted from the rows themselves."""
        debit, credit, by_code, lines = ZERO, ZERO, dict[str, Decimal](), 0
        with self.lock:
            for row in (row for key in self.posted(year, period) for row in self.ledger.entries(*key)):
                value = signed(row)
                lines += 1
                debit, credit = debit + max(value, ZERO), credit - min(value, ZERO)
                by_code[row["GlCode"]] = by_code.get(row["GlCode"], ZERO) + value
        return Control(lines, debit, credit, by_code)

    def posted(self, year: int, period: int) -> Sequence[Key]:
        """Keys of the posted journals of a period that hold the ledger's money."""
        with self.lock:
            rows = self.tables["GenJournalCtl"].where(GlYear=year, GlPeriod=period, JnlStatus=POSTED)
            return [(year, period, row["GlJournal"]) for row in rows if moves_money(row["JnlPostingType"])]

    @contextmanager
    def _change(self, year: int, period: int) -> Generator[None]:
        with self.lock:
            self._require_open(year, period)
            yield

    def _require_open(self, year: int, period: int) -> None:
        if not self.is_open(year, period):
            raise BooksError(f"Posting period {period} of {year} is not open")

    def _require_sound(self, journal: Journal) -> None:
        total = sum((entry.value for entry in journal.entries), ZERO)
        if total and journal.type not in ONE_SIDED:
            raise BooksError(f"Journal is out of balance by {total}")
        for entry in journal.entries:
            if entry.code in PSEUDO_CODES or self.tables["GenMaster"].get(self.company, entry.code) is None:
                raise BooksError(f"Ledger code '{entry.code}' not found")

    def _settle(self, *journals: Journal) -> None:
        self.ledger.settle([entry.code for journal in journals for entry in journal.entries])
