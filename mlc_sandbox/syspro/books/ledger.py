"""The general ledger: journals, and the balances that follow from those that are posted."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mlc_sandbox.syspro.books.chart import CHART, GROUPS, PSEUDO_CODES
from mlc_sandbox.syspro.books.entries import POSTED, Entry, Journal, moves_money
from mlc_sandbox.syspro.books.table import Row, Table

ZERO = Decimal("0.00")
PERIODS = 15
"""Closing balances of a year; months are the first twelve, the thirteenth takes adjustments."""


@dataclass
class _Movement:
    debit: Decimal = ZERO
    credit: Decimal = ZERO


@dataclass
class Ledger:
    """Keeps the tables of the general ledger. Not thread safe.

    Attributes:
        company: in the key of the balances.
        years: fiscal years with balances, in order.
        current: year and period whose movements the master records show.
        opening: GL code -> balance before the first year.
    """

    tables: Mapping[str, Table]
    company: str
    years: Sequence[int]
    current: tuple[int, int]
    opening: Mapping[str, Decimal]
    _numbers: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    _movements: dict[tuple[str, int, int], _Movement] = field(default_factory=dict[tuple[str, int, int], _Movement])

    def write(self, journal: Journal, number: int | None = None) -> int:
        """Write a journal, in place of the one with that number; returns its number within its period.

        Balances are as before until `settle`.
        """
        slot = (journal.year, journal.period)
        if number is None:
            number = self._numbers[slot] = self._numbers.get(slot, 0) + 1
        else:
            self.erase(*slot, number)
        posted = journal.status == POSTED
        debit = sum((entry.value for entry in journal.entries if entry.value > 0), ZERO)
        credit = -sum((entry.value for entry in journal.entries if entry.value < 0), ZERO)
        self.tables["GenJournalCtl"].put(
            GlYear=journal.year,
            GlPeriod=journal.period,
            GlJournal=number,
            JournalDate=journal.day,
            NumOfEntries=len(journal.entries),
            DebitAmount=debit,
            CreditAmount=credit,
            JnlPostingType=journal.type,
            Source=journal.source,
            Operator=journal.operator,
            JnlStatus=journal.status,
            Reference=journal.reference,
            Authorised="Y" if journal.authorised else "N",
            AuthorisedBy=journal.operator if journal.authorised else "",
            PostedBy=journal.operator if posted else "",
            PostDate=(journal.posted_on or journal.day) if posted else None,
            Notation=journal.notation,
            JnlPrintFlag="N",
        )
        for line, entry in enumerate(journal.entries, 1):
            self._write_entry(journal, number, line, entry, posted=posted)
        return number

    def erase(self, year: int, period: int, number: int) -> None:
        """Take a journal out, with its entries and what they did to the balances."""
        header = self.tables["GenJournalCtl"].get(year, period, number) or {}
        counted = header["JnlStatus"] == POSTED and moves_money(header["JnlPostingType"])
        for row in list(self.entries(year, period, number)):
            if counted:
                self._take_back(row["GlCode"], year, period, signed(row))
            self.tables["GenJournalDetail"].remove(year, period, number, row["EntryNumber"])
        self.tables["GenJournalCtl"].remove(year, period, number)

    def entries(self, year: int, period: int, number: int) -> Sequence[Row]:
        """Rows of a journal's entries."""
        return self.tables["GenJournalDetail"].where(GlYear=year, GlPeriod=period, Journal=number)

    def read(self, year: int, period: int, number: int) -> Journal | None:
        """A journal as it could have been entered."""
        row = self.tables["GenJournalCtl"].get(year, period, number)
        if row is None:
            return None
        return Journal(
            year,
            period,
            row["JournalDate"],
            [
                Entry(e["GlCode"], signed(e), e["Reference"], e["Comment"], e["AnalysisEntry"])
                for e in self.entries(year, period, number)
            ],
            source=row["Source"],
            reference=row["Reference"],
            notation=row["Notation"],
            type=row["JnlPostingType"],
            status=row["JnlStatus"],
            authorised=row["Authorised"] == "Y",
            operator=row["Operator"],
            posted_on=row["PostDate"],
        )

    def settle(self, codes: Sequence[str] | None = None) -> None:
        """Bring GenHistory and GenMaster up to the postings: of these codes, or of all."""
        profits: list[Decimal] = [ZERO] * len(self.years)
        for account in CHART:
            balances = self._balances(account.code, carried=account.type not in "RE")
            if account.type in "RE":
                profits = [total + balance[-1] for total, balance in zip(profits, balances, strict=True)]
            if codes is None or account.code in codes:
                self._write_balances(account.code, balances)
        for code in PSEUDO_CODES:
            begin, balances = ZERO, list[list[Decimal]]()
            for profit in profits:
                balances.append([begin] * (PERIODS + 1))
                begin += profit if code == "RETAINED" else ZERO
            self._write_balances(code, balances)

    def _write_entry(self, journal: Journal, number: int, line: int, entry: Entry, *, posted: bool) -> None:
        self.tables["GenJournalDetail"].put(
            GlYear=journal.year,
            GlPeriod=journal.period,
            Journal=number,
            EntryNumber=line,
            EntryType="C" if entry.value < 0 else "D",
            EntryValue=abs(entry.value),
            GlCode=entry.code,
            Reference=entry.reference or journal.reference,
            Comment=entry.comment,
            EntryDate=journal.day,
            EntryPosted="Y" if posted else "N",
            Source=journal.source,
            SubModTransDesc={"A": "AP transaction", "R": "AR transaction"}.get(journal.source, ""),
            AnalysisEntry=entry.analysis,
        )
        if posted and moves_money(journal.type):
            self._move(entry.code, journal.year, journal.period, entry.value)

    def _move(self, code: str, year: int, period: int, value: Decimal) -> None:
        movement = self._movements.setdefault((code, year, period), _Movement())
        if value > 0:
            movement.debit += value
        else:
            movement.credit -= value

    def _take_back(self, code: str, year: int, period: int, value: Decimal) -> None:
        movement = self._movements[code, year, period]
        if value > 0:
            movement.debit -= value
        else:
            movement.credit += value

    def _balances(self, code: str, *, carried: bool) -> list[list[Decimal]]:
        """For each year the balance at its beginning and after each period."""
        balance, result = self.opening.get(code, ZERO), list[list[Decimal]]()
        for year in self.years:
            balances = [balance if carried else ZERO]
            for period in range(1, PERIODS + 1):
                movement = self._movements.get((code, year, period))
                balances.append(balances[-1] + (movement.debit - movement.credit if movement else ZERO))
            balance = balances[-1]
            result.append(balances)
        return result

    def _write_balances(self, code: str, balances: Sequence[Sequence[Decimal]]) -> None:
        for year, of_year in zip(self.years, balances, strict=True):
            _put_if_new(self.tables["GenHistory"], history_row(self.company, code, year, of_year))
        movement = self._movements.get((code, *self.current), _Movement())
        master = self.tables["GenMaster"]
        row = master.get(self.company, code) or {"Company": self.company, "GlCode": code}
        _put_if_new(
            master,
            {**row, "CurrentBalance": balances[-1][-1], "PtdDrValue": movement.debit, "PtdCrValue": movement.credit},
        )


def signed(row: Row) -> Decimal:
    """The value of a row of GenJournalDetail, debit positive."""
    value: Decimal = row["EntryValue"]
    return value if row["EntryType"] == "D" else -value


def history_row(company: str, code: str, year: int, balances: Sequence[Decimal]) -> dict[str, Any]:
    """Columns of GenHistory from the balance at the year's beginning and after each period."""
    closing = {f"ClosingBalPer{period}": balance for period, balance in enumerate(balances[1:], 1)}
    return {"Company": company, "GlCode": code, "GlYear": year, "BeginYearBalance": balances[0], **closing}


def _put_if_new(table: Table, values: dict[str, Any]) -> None:
    """Rows that stay as they are keep their rowversion."""
    old = table.get(*(values[name] for name in table.schema.key))
    if old is None or any(old[name] != value for name, value in values.items()):
        table.put(**values)


def write_chart(chance: random.Random, ledger: Ledger, other_company: str) -> None:
    """Write the chart of accounts, of this company and of another whose ledger lies in the same database."""
    for group, description in GROUPS.items():
        ledger.tables["GenGroups"].put(GlGroup=group, Description=description)
    for company in (ledger.company, other_company):
        for account in CHART:
            ledger.tables["GenMaster"].put(
                Company=company,
                GlCode=account.code,
                Description=account.description,
                GlGroup=account.group,
                AccountType=account.type,
                ReportIndex1=account.code.split("-")[1],
                ControlAccFlag="Y" if account.control else "N",
            )
        for code in PSEUDO_CODES:
            ledger.tables["GenMaster"].put(Company=company, GlCode=code, Description=f"{code.title()} profit")
    history, master = ledger.tables["GenHistory"], ledger.tables["GenMaster"]
    for account in CHART:
        for year in ledger.years:
            balances = [ZERO]
            for _ in range(PERIODS):
                balances.append(balances[-1] + Decimal(chance.randint(-9_000_000, 9_000_000)).scaleb(-2))
            history.put(**history_row(other_company, account.code, year, balances))
            master.change(master.get(other_company, account.code) or {}, CurrentBalance=balances[-1])
