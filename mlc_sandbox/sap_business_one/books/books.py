"""The books, and what a book-keeper does to them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mlc_sandbox.sap_business_one.books.chart import build_centers, build_chart, build_dimensions, build_rules
from mlc_sandbox.sap_business_one.books.entries import origin, reversed_lines, signed
from mlc_sandbox.sap_business_one.books.generation import drafts
from mlc_sandbox.sap_business_one.books.partners import build_partners
from mlc_sandbox.sap_business_one.books.reading import BooksError
from mlc_sandbox.sap_business_one.books.table import Row
from mlc_sandbox.sap_business_one.books.writing import BooksWriting
from mlc_sandbox.sap_business_one.schema import CLOSED, NO, YES, ZERO


@dataclass(frozen=True)
class Voucher:
    """An unposted journal entry in a batch (docs/vendors/sap_business_one.md, section 6).

    Attributes:
        batch: number of the batch.
        entry: the journal entry, still without a number.
        posted_as: its JdtNum once finance posted it.
    """

    batch: int
    entry: Row
    posted_as: int | None = None


class Books(BooksWriting):
    """A food manufacturer's books, as tables of Service Layer entities.

    Args:
        now: the present moment, aware.
        seed: the same seed and `today` give the same books.
        gl_lines: journal lines; exactly.
        today: last day with entries; its month is the open one. Default: today.
        segmented: whether accounts have opaque keys.
        time_zone: of the server; dates and times lie in it.

    Attributes:
        vouchers: unposted entries, and those posted since.
        codes: visible account number -> its key.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        seed: int = 7,
        gl_lines: int = 20_000,
        today: date | None = None,
        segmented: bool = False,
        time_zone: str = "Europe/Copenhagen",
    ) -> None:
        super().__init__(now, time_zone)
        self.today = today or self.local_now().date()
        self.vouchers: list[Voucher] = []
        self._open_months = {(self.today.year, self.today.month)}
        chart = build_chart(segmented=segmented)
        self.codes: Mapping[str, str] = chart.codes
        partners = build_partners(random.Random(seed), 40 * max(1, min(gl_lines // 20_000, 20)))
        centers = build_centers()
        self._fill("ChartOfAccounts", chart.rows)
        self._fill("BusinessPartners", partners)
        self._fill("Dimensions", build_dimensions())
        self._fill("ProfitCenters", centers)
        self._fill("DistributionRules", build_rules(centers))
        for draft in drafts(seed, gl_lines, chart.codes, partners, self.today):
            self._enter(draft)

    # What a book-keeper does

    def post(self, header: Mapping[str, Any], lines: Iterable[Row], *, adjusts: bool = False) -> int:
        """Post a journal entry; returns its JdtNum. Lines as `books.entries.ledger_line` makes them.

        Args:
            header: properties of the entry; `ReferenceDate` is needed.
            lines: two or more.
            adjusts: into the adjustment period over December, and not into December itself.

        Raises:
            BooksError: out of balance, or its period is closed.
        """
        header = {"DueDate": header["ReferenceDate"], "TaxDate": header["ReferenceDate"], **header}
        lines = list(lines)
        if len(lines) < 2 or sum(map(signed, lines), ZERO):
            raise BooksError("Unbalanced Transaction")
        self.require_open(header["ReferenceDate"])
        with self._change():
            entry = {"Series": 17, "OriginalJournal": origin("ttJournalEntry"), "_adjusts": adjusts, **header}
            return self._write(entry, lines)

    def edit(self, number: int, **texts: Any) -> None:
        """Change header properties of a posted entry; amounts stay for ever."""
        with self._change():
            self.tables["JournalEntries"].put(self.entry(number) | texts)

    def cancel(self, number: int) -> int:
        """Reverse a posted entry by a new one of the same day; returns its JdtNum.

        Raises:
            BooksError: there is no such entry, or its period is closed.
        """
        entry = self.entry(number)
        return self.post(
            {
                "ReferenceDate": entry["ReferenceDate"],
                "Memo": f"{entry.get('Memo') or ''} (Reversal) - {number}",
                "Reference": entry.get("Reference"),
                "BaseReference": str(number),
            },
            reversed_lines(entry["JournalEntryLines"]),
        )

    def remove(self, number: int) -> None:
        """Take an entry out as if it had never been: no user can, only a restored database does."""
        with self._change():
            entry = self.entry(number)
            self._balances.add(reversed_lines(entry["JournalEntryLines"]))
            self.tables["JournalEntries"].remove(number)

    def change(self, entity_set: str, key: Any, **values: Any) -> None:
        """Change a record of any set but the ledger; one with a change stamp gets a new one."""
        with self._change():
            row = self.existing(entity_set, key)
            self.tables[entity_set].put(row | values | self._stamp(entity_set, row))

    def cancel_document(self, entity_set: str, key: int) -> None:
        """Cancel a document: it stays, and what it posted is reversed today."""
        row = self.existing(entity_set, key)
        if row["Cancelled"] == YES:
            raise BooksError(f"Document {key} is cancelled already.")
        if number := row.get("TransNum"):
            entry = self.entry(number)
            header = {name: entry.get(name) for name in ("OriginalJournal", "Original", "BaseReference", "Reference")}
            memo = f"{entry['Memo']} - Cancellation"
            self.post({"ReferenceDate": self.today, "Memo": memo, **header}, reversed_lines(entry["JournalEntryLines"]))
        self.change(entity_set, key, Cancelled=YES, DocumentStatus=CLOSED)

    def copy_document(self, entity_set: str, key: int, **values: Any) -> int:
        """Enter a document like another one; returns its DocEntry. It posts nothing."""
        row = self.existing(entity_set, key)
        with self._change():
            fresh = {**row, "Cancelled": NO, "TransNum": None, "CreationDate": self.local_now().date(), **values}
            return self._number_document(entity_set, fresh | self._stamp(entity_set, row))

    def close_period(self, day: date) -> None:
        """Lock the month of a day."""
        with self._change():
            self._open_months.discard((day.year, day.month))

    def reopen_period(self, day: date) -> None:
        """Unlock the month of a day."""
        with self._change():
            self._open_months.add((day.year, day.month))

    def require_open(self, day: date) -> None:
        """Check that a day can be posted to.

        Raises:
            BooksError: it can't.
        """
        if not self.is_open(day):
            raise BooksError("10000156 - Posting Date deviates from the defined range.")

    # Vouchers

    def add_vouchers(self, entries: Sequence[tuple[Row, list[Row]]]) -> int:
        """Park journal entries, each a header and its lines, under one new batch number, which is returned."""
        with self._change():
            batch = max((voucher.batch for voucher in self.vouchers), default=0) + 1
            self.vouchers += [Voucher(batch, {**header, "JournalEntryLines": lines}) for header, lines in entries]
            return batch

    def post_voucher(self, batch: int) -> list[int]:
        """Post the entries of a batch, as finance does in its client; returns their numbers.

        Raises:
            BooksError: there is no such batch that is unposted, or its period is closed.
        """
        waiting = [voucher for voucher in self.vouchers if voucher.batch == batch and voucher.posted_as is None]
        if not waiting:
            raise BooksError(f"There is no unposted voucher {batch}.")
        numbers: list[int] = []
        for voucher in waiting:
            header = {name: value for name, value in voucher.entry.items() if name != "JournalEntryLines"}
            number = self.post(header, voucher.entry["JournalEntryLines"])
            self.vouchers[self.vouchers.index(voucher)] = Voucher(batch, voucher.entry, number)
            numbers.append(number)
        return numbers

    def savepoint(self) -> Callable[[], None]:
        """Gives what undoes every later change of the ledger and the vouchers."""
        number, vouchers, entries = self._last_number, list(self.vouchers), self.tables["JournalEntries"]
        kept = list(entries.in_order())

        def undo() -> None:
            for entry in entries.in_order()[len(kept) :]:
                self._balances.add(reversed_lines(entry["JournalEntryLines"]))
                entries.remove(entry["JdtNum"])
            for entry in kept:
                if entries.get(entry["JdtNum"]) is not entry:
                    entries.put(entry)
            self._last_number, self.vouchers = number, vouchers
            self.version += 1

        return undo
