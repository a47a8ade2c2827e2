"""The books, and what a book-keeper does to them."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from mlc_sandbox.visma_net.books.balances import Balance, balances_by_period
from mlc_sandbox.visma_net.books.company import CLOSABLE, Company, found_company
from mlc_sandbox.visma_net.books.documents import Batch, Invoice, LedgerLine, Order
from mlc_sandbox.visma_net.books.generation import generate
from mlc_sandbox.visma_net.books.records import Account
from mlc_sandbox.visma_net.books.store import BooksError, Posting, Store

_FIRST_YEAR = 2025
_RETAINED_EARNINGS = "2050"


class Books:
    """The books of a manufacturer with three plants; the same seed and `today` give the same books.

    Book-keeping actions change stamps as the vendor does: the header's stamp moves, its lines have none.

    Args:
        now: the present moment, aware.
        seed: of everything left to chance.
        gl_lines: about how many lines the general ledger has.
        today: last day with transactions; its month is open, those before are closed. Default: today.
        time_zone: of the company.

    Attributes:
        company: master records.
        zone: the company's time zone.
        version: grows with every change.
        lock: held while the books are changed or read.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        seed: int = 7,
        gl_lines: int = 20_000,
        today: date | None = None,
        time_zone: str = "Europe/Oslo",
    ) -> None:
        self.zone = ZoneInfo(time_zone)
        self.version = 0
        self.lock = threading.RLock()
        self._now = now
        self._balances: tuple[int, Mapping[str, list[Balance]]] = (-1, {})
        today = today or now().astimezone(self.zone).date()
        evening = datetime(today.year, today.month, today.day, 22, 30, tzinfo=self.zone)
        rng = random.Random(seed)
        suppliers = 60 * max(1, min(20, gl_lines // 20_000))
        self._store = Store(found_company(rng, suppliers=suppliers, first_year=_FIRST_YEAR, today=today))
        self.company: Company = self._store.company
        generate(self._store, rng, gl_lines=gl_lines, today=today, now=min(now(), evening))

    @property
    def invoices(self) -> Mapping[tuple[str, str], Invoice]:
        """Supplier invoices by type and number."""
        return self._store.invoices

    @property
    def orders(self) -> Mapping[tuple[str, str], Order]:
        """Purchase orders by type and number."""
        return self._store.orders

    @property
    def batches(self) -> Mapping[tuple[str, str], Batch]:
        """Journal transactions by module and number."""
        return self._store.batches

    def batches_of(self, first: str, last: str) -> list[Batch]:
        """The batches of the periods from `first` to `last` (YYYYPP), in the order of their stamps."""
        return self._store.batches_of([period for period in self.company.periods if first <= period <= last])

    def ledger_lines(self, period: str, *, ledger: str = "1") -> list[tuple[Batch, LedgerLine]]:
        """The truth of a period: posted lines of a ledger."""
        return [
            (batch, line)
            for batch in self._store.batches_of([period])
            if batch.status in {"Posted", "Completed"} and batch.ledger.number == ledger
            for line in batch.lines
        ]

    def balances(self) -> Mapping[str, list[Balance]]:
        """Balances by period."""
        with self.lock:
            if self._balances[0] != self.version:
                found = balances_by_period(
                    self._store.batches.values(),
                    self.company.periods,
                    self.company.chart[_RETAINED_EARNINGS],
                    self.company.subaccounts[0],
                )
                self._balances = (self.version, found)
            return self._balances[1]

    def post(
        self, module: str, postings: Sequence[Posting], *, day: date, period: str, text: str, status: str = "Posted"
    ) -> Batch:
        """Enter a journal transaction in the company's currency.

        Raises:
            BooksError: out of balance.
        """
        with self._change() as now:
            return self._store.add_batch(
                module, postings, day=day, period=period, text=text, status=status, modified=now
            )

    def edit(self, batch: Batch, *, text: str) -> None:
        """Change the text of a batch and of its lines."""
        with self._change() as now:
            batch.text = text
            for line in batch.lines:
                line.text = text
            batch.modified = now

    def reverse(self, batch: Batch) -> Batch:
        """Enter the opposite of a batch, in its period."""
        with self._change() as now:
            return self._store.reverse_batch(batch, modified=now, text=f"Tilbakeført: {batch.text}")

    def move(self, record: Batch | Invoice, period: str) -> None:
        """Move a batch, or an invoice with its batches, to another period (YYYYPP); its date stays."""
        with self._change() as now:
            for batch in [record] if isinstance(record, Batch) else record.batches:
                self._store.move_batch(batch, period)
                batch.modified = now
            record.period = period
            record.modified = now

    def delete(self, record: Batch | Invoice | Order) -> None:
        """Let a record vanish; nothing of the API tells of it (docs/vendors/visma_net.md, section 5)."""
        with self._change():
            if isinstance(record, Batch):
                self._store.remove_batch(record)
            elif isinstance(record, Order):
                del self._store.orders[record.key]
            else:
                del self._store.invoices[record.key]
                for batch in record.batches:
                    self._store.remove_batch(batch)

    def enter_invoice(self, like: Invoice, *, period: str | None = None, day: date | None = None) -> Invoice:
        """Enter an invoice with the lines of another one, released; also into a closed period."""
        with self._change() as now:
            invoice = Invoice(
                type=like.type,
                number=self._store.next_number(like.type),
                status="Open",
                supplier=like.supplier,
                day=day or like.day,
                due=(day or like.day) + timedelta(days=30),
                period=period or like.period,
                rate=like.rate,
                vat=like.vat,
                text=like.text,
                reference=f"{like.reference}-2",
                branch=like.branch,
                lines=list(like.lines),
                created=now,
                modified=now,
            )
            self._store.invoices[invoice.key] = invoice
            self._store.post_invoice(invoice, modified=now)
            return invoice

    def describe_invoice(self, invoice: Invoice, text: str) -> None:
        """Change an invoice's description."""
        with self._change() as now:
            invoice.text, invoice.modified, invoice.version = text, now, invoice.version + 1

    def release_invoice(self, invoice: Invoice) -> None:
        """Release a draft."""
        with self._change() as now:
            invoice.status, invoice.modified, invoice.version = "Open", now, invoice.version + 1
            self._store.post_invoice(invoice, modified=now)

    def void_invoice(self, invoice: Invoice) -> None:
        """Void an invoice: it stays, its batches are reversed in its period."""
        with self._change() as now:
            invoice.status, invoice.modified, invoice.version = "Voided", now, invoice.version + 1
            for batch in list(invoice.batches):
                text = f"Annullert: {invoice.text}"
                invoice.batches.append(self._store.reverse_batch(batch, modified=now, text=text))

    def receive(self, order: Order, line: int, quantity: Decimal) -> None:
        """Goods of a purchase order line come in."""
        with self._change() as now:
            found = next(one for one in order.lines if one.number == line)
            found.received += quantity
            found.completed = found.received >= found.quantity
            order.modified = now
            if not any(one.open for one in order.lines):
                order.status = "Closed"

    def renumber(self, account: Account, number: str) -> None:
        """Give an account another number; all its lines show the new one (docs/vendors/visma_net.md, section 6.3).

        Raises:
            BooksError: the number is taken.
        """
        if any(one.number == number for one in self.company.accounts):
            raise BooksError(f"Account {number} is there already.")
        with self._change() as now:
            account.number, account.modified = number, now

    def deactivate_segment_value(self, segment: int, value: str) -> None:
        """Make a value of the subaccount dimension inactive; lines keep it."""
        with self._change() as now:
            found = self.company.dimensions[0].segments[segment - 1].values[value]
            found.active, found.modified = False, now

    def set_closed(self, period: str, *, closed: bool) -> None:
        """Close or reopen a period in all modules."""
        with self._change():
            self.company.periods[period].closed = set(CLOSABLE) if closed else set()

    @contextmanager
    def _change(self) -> Generator[datetime]:
        now = self._now()
        with self.lock:
            yield now.replace(microsecond=now.microsecond // 1000 * 1000)
            self.version += 1
