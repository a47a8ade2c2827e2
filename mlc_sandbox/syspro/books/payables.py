"""Accounts payable: invoices with their distribution over GL codes, payments, adjustments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from mlc_sandbox.syspro.books.chart import BANK, FOREIGN_BANK, PAYABLE
from mlc_sandbox.syspro.books.entries import Entry, Journal
from mlc_sandbox.syspro.books.ledger import ZERO, Ledger
from mlc_sandbox.syspro.books.partners import LOCAL, RATES
from mlc_sandbox.syspro.books.table import Row, Table

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Bill:
    """A supplier's invoice; a credit note has negative values.

    Attributes:
        supplier: row of ApSupplier.
        distribution: GL code and value in local money, tax among them.
    """

    supplier: Row
    invoice: str
    day: date
    distribution: Sequence[tuple[str, Decimal]]
    reference: str = ""

    @property
    def value(self) -> Decimal:
        """The whole of it in local money."""
        return sum((value for _, value in self.distribution), ZERO)


@dataclass
class Payables:
    """Keeps the tables of accounts payable and posts to the ledger. Not thread safe."""

    tables: Mapping[str, Table]
    ledger: Ledger
    _journal: int = field(default=0)

    def enter(self, bills: Sequence[Bill], year: int, month: int, day: date) -> int:
        """Enter invoices as one journal of payables; returns its number."""
        self._journal += 1
        entries: list[Entry] = []
        for number, bill in enumerate(bills, 1):
            self._write(bill, number, year, month, day)
            comment = f"{bill.supplier['SupplierName']} {bill.invoice}"
            entries += [Entry(code, value, bill.invoice, comment) for code, value in bill.distribution]
            entries.append(Entry(PAYABLE, -bill.value, bill.invoice, comment))
        self.ledger.write(
            Journal(year, month, day, entries, source="A", reference=f"AP{self._journal:08d}", operator="CREDITORS")
        )
        return self._journal

    def pay(self, invoice: Row, value: Decimal, year: int, month: int, day: date, *, number: str) -> None:
        """Pay an invoice or a part of it; a negative value takes a payment back."""
        bank = BANK if invoice["Currency"] == LOCAL else FOREIGN_BANK
        entries = [Entry(PAYABLE, value, invoice["Invoice"]), Entry(bank, -value, invoice["Invoice"])]
        self._settle_part(invoice, "P", value, (year, month, day), number=number)
        self._post(entries, year, month, day, f"PAY{number}")

    def cancel(self, invoice: Row, year: int, month: int, day: date) -> None:
        """Take an invoice back: an adjustment of its whole value, and its postings the other way round."""
        value: Decimal = invoice["OrigInvValue"]
        entries = [
            Entry(line["ExpenseGlCode"], -line["DistrValue"], invoice["Invoice"]) for line in self.distribution(invoice)
        ]
        self._settle_part(invoice, "A", -value, (year, month, day), number="")
        self._post([*entries, Entry(PAYABLE, value, invoice["Invoice"])], year, month, day, "CANCEL")

    def distribution(self, invoice: Row) -> list[Row]:
        """Rows of ApJnlDistrib of an invoice, in order."""
        keys = [invoice[name] for name in ("InvoiceYear", "InvoiceMonth", "Journal", "EntryNumber")]
        found: list[Row] = []
        while line := self.tables["ApJnlDistrib"].get(*keys, len(found) + 1):
            found.append(line)
        return found

    def _post(self, entries: Sequence[Entry], year: int, month: int, day: date, reference: str) -> None:
        self.ledger.write(Journal(year, month, day, entries, source="A", reference=reference, operator="CREDITORS"))

    def _write(self, bill: Bill, entry: int, year: int, month: int, day: date) -> None:
        currency, value = bill.supplier["Currency"], bill.value
        keys = {"TrnYear": year, "TrnMonth": month, "Journal": self._journal, "EntryNumber": entry}
        self.tables["ApInvoice"].put(
            Supplier=bill.supplier["Supplier"],
            Invoice=bill.invoice,
            NextPaymEntry=1,
            JournalDate=day,
            Journal=self._journal,
            Branch=bill.supplier["Branch"],
            InvoiceDate=bill.day,
            DiscountDate=bill.day + timedelta(days=7),
            DueDate=bill.day + timedelta(days=60 if bill.supplier["TermsCode"] == "60" else 30),
            Reference=bill.reference,
            OrigInvValue=value,
            MthInvBal1=value,
            InvoiceStatus=" ",
            Currency=currency,
            Bank=bill.supplier["Bank"],
            InvoiceYear=year,
            InvoiceMonth=month,
            ExchangeRate=RATES[currency],
            CurrencyValue=(value / RATES[currency]).quantize(CENT),
            PostCurrency=currency,
            ConvRate=RATES[currency],
            MulDiv="M",
            AccountCur=currency,
            AccConvRate=RATES[currency],
            EntryNumber=entry,
        )
        self.tables["ApJnlSummary"].put(
            **keys,
            Supplier=bill.supplier["Supplier"],
            Invoice=bill.invoice,
            TransactionCode="C" if value < 0 else "I",
            TrnDate=day,
            InvoiceValue=value,
            SupplierGlCode=PAYABLE,
            Reference=bill.reference,
        )
        for number, (code, part) in enumerate(bill.distribution, 1):
            self.tables["ApJnlDistrib"].put(
                **keys, SubEntry=number, ExpenseGlCode=code, ExpenseType="M", DistrValue=part, Reference=bill.reference
            )

    def _settle_part(
        self, invoice: Row, kind: str, value: Decimal, when: tuple[int, int, date], *, number: str
    ) -> None:
        year, month, day = when
        self._journal += 1
        self.tables["ApInvoicePay"].put(
            Supplier=invoice["Supplier"],
            Invoice=invoice["Invoice"],
            EntryNumber=invoice["NextPaymEntry"],
            TrnType=kind,
            JournalDate=day,
            Journal=self._journal,
            PaymentReference=f"EFT {number}" if number else "Cancelled",
            TrnValue=value,
            TrnYear=year,
            TrnMonth=month,
            PostValue=(value / invoice["ConvRate"]).quantize(CENT),
            PostCurrency=invoice["PostCurrency"],
            PostConvRate=invoice["ConvRate"],
            PaymentNumber=number,
        )
        balance: Decimal = invoice["MthInvBal1"] - (value if kind == "P" else -value)
        self.tables["ApInvoice"].change(
            invoice,
            NextPaymEntry=invoice["NextPaymEntry"] + 1,
            MthInvBal1=balance,
            TotalAdjustments=invoice["TotalAdjustments"] + (value if kind == "A" else ZERO),
            YearInvBalZero=year if not balance else 0,
            MonthInvBalZero=month if not balance else 0,
            PaymentNumber=number or invoice["PaymentNumber"],
        )
