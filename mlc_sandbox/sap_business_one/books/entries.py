"""Journal entries and documents as the books write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mlc_sandbox.sap_business_one.books.table import Row, Table
from mlc_sandbox.sap_business_one.schema import ENUMS, ZERO

COSTING = ("CostingCode", "CostingCode2", "CostingCode3", "CostingCode4", "CostingCode5")

Costing = Sequence[str | None]


@dataclass
class Draft:
    """An entry, a document or both, before they get their numbers.

    Attributes:
        created: when it is entered; numbers follow this.
        kind: of the entry's origin, such as `ttARInvoice`.
        posted: posting date.
        lines: of the journal entry; none for a purchase order.
        memo: of the entry.
        reference: of the entry, where no document gives it.
        storno: day on which it is to be reversed.
        entity_set: of the document that comes with it; empty when there is none.
        document: that document, or the one that the entry belongs to.
        external: number in another system, `Reference3`.
        code: `TransactionCode`.
    """

    created: date
    kind: str
    posted: date
    lines: list[Row]
    memo: str
    reference: str | None = None
    storno: date | None = None
    entity_set: str = ""
    document: Row | None = None
    external: str | None = None
    code: str | None = None


def ledger_line(
    account: str, amount: Decimal, *, partner: str | None = None, costing: Costing = (), memo: str | None = None
) -> Row:
    """A journal line; a debit is positive."""
    line: Row = {"AccountCode": account, "ShortName": partner or account}
    line["Debit" if amount >= 0 else "Credit"] = abs(amount)
    line["DebitSys" if amount >= 0 else "CreditSys"] = abs(amount)
    if partner:
        line["ControlAccount"] = account
    if memo:
        line["LineMemo"] = memo
    line.update({name: code for name, code in zip(COSTING, costing, strict=False) if code})
    return line


def in_currency(line: Row, currency: str, amount: Decimal) -> Row:
    """The line with its amount in a foreign currency too."""
    line["FCCurrency"] = currency
    line["FCDebit" if amount >= 0 else "FCCredit"] = abs(amount)
    return line


def journal_entry(number: int, header: Row, lines: Iterable[Row]) -> Row:
    """A journal entry; its lines take what they don't have from the header and from each other."""
    posted, due, tax = header["ReferenceDate"], header["DueDate"], header["TaxDate"]
    lines = list(lines)
    first, last = lines[0]["ShortName"], lines[-1]["ShortName"]
    for place, line in enumerate(lines):
        line["Line_ID"] = place
        line["ContraAccount"] = last if place == 0 else first
        line.setdefault("DueDate", due)
        line.setdefault("TaxDate", tax)
        line.setdefault("ReferenceDate1", posted)
        line.setdefault("LineMemo", header.get("Memo"))
        if header.get("Reference"):
            line.setdefault("Reference1", header["Reference"])
    return {"JdtNum": number, "Number": number, "VatDate": tax, **header, "JournalEntryLines": lines}


def reversed_lines(lines: Iterable[Row]) -> list[Row]:
    """The lines with debit and credit exchanged."""
    swap = {"Debit": "Credit", "DebitSys": "CreditSys", "FCDebit": "FCCredit"}
    swap |= {credit: debit for debit, credit in swap.items()}
    dropped = {"Line_ID", "DueDate", "TaxDate", "ReferenceDate1", "ContraAccount", "Reference1"}
    return [{swap.get(name, name): value for name, value in line.items() if name not in dropped} for line in lines]


def signed(line: Row) -> Decimal:
    """Debit less credit."""
    return line.get("Debit", ZERO) - line.get("Credit", ZERO)


def origin(kind: str) -> object:
    """The member of the enumeration of origins."""
    return ENUMS["TransTypesEnum"][kind]


class Balances:
    """Keeps the balances of accounts, of the titles above them and of partners."""

    def __init__(self, accounts: Table, partners: Table) -> None:
        self._accounts = accounts
        self._partners = partners
        self._chains: dict[str, list[str]] = {}

    def add(self, lines: Iterable[Row]) -> None:
        """Count the lines."""
        for line in lines:
            amount = signed(line)
            for code in self._chain(line["AccountCode"]):
                _grow(self._accounts.get(code), "Balance", amount)
            _grow(self._partners.get(line["ShortName"]), "CurrentAccountBalance", amount)

    def _chain(self, code: str) -> list[str]:
        """An account and the titles above it."""
        if code not in self._chains:
            row = self._accounts.get(code)
            father = row["FatherAccountKey"] if row else None
            self._chains[code] = [code, *self._chain(father)] if father else [code]
        return self._chains[code]


def _grow(row: Row | None, name: str, amount: Decimal) -> None:
    if row is not None:
        row[name] = row.get(name, ZERO) + amount
