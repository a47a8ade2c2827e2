"""What the books hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from mlc_sandbox.sap_business_one.books.entries import signed
from mlc_sandbox.sap_business_one.books.table import Row, Table
from mlc_sandbox.sap_business_one.schema import ENTITY_SETS, ZERO


class BooksError(Exception):
    """A book-keeping rule forbids it; the message is what the business logic would say."""


@dataclass(frozen=True)
class Control:
    """What the ledger holds between two days.

    Attributes:
        entries: number of journal entries.
        lines: number of their lines.
        debit, credit: sums in local currency.
        by_account: key of the account -> debit less credit.
    """

    entries: int
    lines: int
    debit: Decimal
    credit: Decimal
    by_account: Mapping[str, Decimal]


class BooksReading:
    """Reads the books; `Books` keeps them.

    Attributes:
        tables: entity set -> its records.
    """

    def __init__(self, now: Callable[[], datetime], time_zone: str) -> None:
        self.tables = {name: Table(entity_type) for name, entity_type in ENTITY_SETS.items()}
        self._now = now
        self._zone = ZoneInfo(time_zone)
        self._open_months: set[tuple[int, int]] = set()

    def local_now(self) -> datetime:
        """The present moment in the server's time zone, whole seconds, naive as the tables hold it."""
        return self._now().astimezone(self._zone).replace(tzinfo=None, microsecond=0)

    def control(self, start: date, end: date) -> Control:
        """What the ledger holds with posting dates of these days, both inside."""
        entries = self.tables["JournalEntries"].between(start, end)
        lines = [line for entry in entries for line in entry["JournalEntryLines"]]
        by_account: dict[str, Decimal] = {}
        for line in lines:
            by_account[line["AccountCode"]] = by_account.get(line["AccountCode"], ZERO) + signed(line)
        return Control(
            entries=len(entries),
            lines=len(lines),
            debit=sum((line.get("Debit", ZERO) for line in lines), ZERO),
            credit=sum((line.get("Credit", ZERO) for line in lines), ZERO),
            by_account=by_account,
        )

    def documents(self, entity_set: str, start: date, end: date) -> list[Row]:
        """The documents of a set with these document dates, both inside, cancelled ones too."""
        return self.tables[entity_set].between(start, end)

    def entry(self, number: int) -> Row:
        """The journal entry with this JdtNum.

        Raises:
            BooksError: there is none.
        """
        return self.existing("JournalEntries", number)

    def is_open(self, day: date) -> bool:
        """Whether the posting period of a day takes postings."""
        return (day.year, day.month) in self._open_months

    def existing(self, entity_set: str, key: Any) -> Row:
        """The record with this key.

        Raises:
            BooksError: there is none.
        """
        row = self.tables[entity_set].get(key)
        if row is None:
            raise BooksError(f"{entity_set} has no {key!r}.")
        return row
