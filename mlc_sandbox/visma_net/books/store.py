"""Where the records of the books lie, indexed the way they are asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from mlc_sandbox.visma_net.books.company import Company
from mlc_sandbox.visma_net.books.documents import ZERO, Batch, Invoice, LedgerLine, Order, round_money
from mlc_sandbox.visma_net.books.records import Account, Branch, Ledger, Subaccount

Posting = tuple[Account, Subaccount, Branch, Decimal, str]
"""A line to post: account, subaccount, branch, debit less credit in the batch's currency, text."""

_FIRST_NUMBER = 100_001


class BooksError(Exception):
    """A book-keeping rule forbids it."""


class Store:
    """The records, and their numbers.

    Attributes:
        company: master records.
        invoices: supplier invoices by (type, number).
        orders: purchase orders by (type, number).
        batches: journal transactions by (module, number).
        ledger_lines: how many lines were ever entered in the general ledger.
    """

    def __init__(self, company: Company) -> None:
        self.company = company
        self.invoices: dict[tuple[str, str], Invoice] = {}
        self.orders: dict[tuple[str, str], Order] = {}
        self.batches: dict[tuple[str, str], Batch] = {}
        self.ledger_lines = 0
        self._by_period: defaultdict[str, dict[tuple[str, str], Batch]] = defaultdict(dict)
        self._numbers: Counter[str] = Counter()

    def batches_of(self, periods: Sequence[str]) -> list[Batch]:
        """The batches of these periods, in the order in which they were last changed."""
        found = [batch for period in periods for batch in self._by_period.get(period, {}).values()]
        found.sort(key=lambda batch: batch.modified)
        return found

    def next_number(self, series: str) -> str:
        """The next number of a series; each module and document type has its own, and all start alike."""
        self._numbers[series] += 1
        return str(_FIRST_NUMBER - 1 + self._numbers[series])

    def add_batch(
        self,
        module: str,
        postings: Sequence[Posting],
        *,
        day: date,
        period: str,
        text: str,
        modified: datetime,
        status: str = "Posted",
        currency: str = "NOK",
        rate: Decimal = Decimal(1),
        reference: str | None = None,
        original: str | None = None,
        ledger: Ledger | None = None,
    ) -> Batch:
        """Enter a journal transaction. The first line takes the rounding differences of foreign currency.

        Raises:
            BooksError: out of balance.
        """
        ledger = ledger or self.company.ledgers[0]
        amounts = [round_money(posting[3] * rate) for posting in postings]
        if ledger.balance_type == "Actual":
            if sum((posting[3] for posting in postings), ZERO) != 0:
                raise BooksError(f"The batch {text!r} is out of balance.")
            amounts[0] -= sum(amounts, ZERO)
            self.ledger_lines += len(amounts)
        lines = [
            LedgerLine(number, account, subaccount, branch, amount, foreign, line_text, reference)
            for number, ((account, subaccount, branch, foreign, line_text), amount) in enumerate(
                zip(postings, amounts, strict=True), start=1
            )
        ]
        batch = Batch(
            module=module,
            number=self.next_number(module),
            ledger=ledger,
            status=status,
            day=day,
            period=period,
            text=text,
            branch=lines[0].branch,
            currency=currency,
            rate=rate,
            lines=lines,
            modified=modified,
            original=original,
        )
        self.batches[module, batch.number] = batch
        self._by_period[period][module, batch.number] = batch
        return batch

    def move_batch(self, batch: Batch, period: str) -> None:
        """Put a batch into another period."""
        self.remove_batch(batch)
        batch.period = period
        self.batches[batch.module, batch.number] = batch
        self._by_period[period][batch.module, batch.number] = batch

    def remove_batch(self, batch: Batch) -> None:
        """Take a batch out of the books."""
        del self.batches[batch.module, batch.number]
        del self._by_period[batch.period][batch.module, batch.number]

    def reverse_batch(self, batch: Batch, *, modified: datetime, text: str) -> Batch:
        """Enter the opposite of a batch, in its period."""
        return self.add_batch(
            batch.module,
            [(line.account, line.subaccount, line.branch, -line.foreign, text) for line in batch.lines],
            day=batch.day,
            period=batch.period,
            text=text,
            modified=modified,
            currency=batch.currency,
            rate=batch.rate,
            reference=batch.lines[0].reference,
            original=batch.number,
            ledger=batch.ledger,
        )

    def post_invoice(self, invoice: Invoice, *, modified: datetime) -> None:
        """Enter the ledger's side of a supplier invoice; drafts and prepayment requests have none."""
        if invoice.draft or invoice.status == "Scheduled" or invoice.type == "Prepayment":
            return
        sign = -1 if invoice.type == "DebitAdj" else 1
        prebooked = self.company.chart["1790"] if invoice.status == "Prebooked" else None
        neutral = self.company.subaccounts[0]
        total = invoice.foreign_total + invoice.vat
        postings: list[Posting] = [
            (self.company.chart["2400"], neutral, invoice.branch, -sign * total, invoice.supplier.name)
        ]
        postings += [
            (prebooked or line.account, line.subaccount, line.branch, sign * line.foreign, line.text)
            for line in invoice.lines
        ]
        if invoice.vat:
            postings.append((self.company.chart["2710"], neutral, invoice.branch, sign * invoice.vat, "Mva 25 %"))
        batch = self.add_batch(
            "AP",
            postings,
            day=invoice.day,
            period=invoice.period,
            text=invoice.text,
            modified=modified,
            currency=invoice.supplier.currency,
            rate=invoice.rate,
            reference=invoice.number,
        )
        invoice.batches.append(batch)
        if invoice.status == "Voided":
            invoice.batches.append(self.reverse_batch(batch, modified=modified, text=f"Annullert: {invoice.text}"))
