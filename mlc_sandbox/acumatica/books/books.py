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
from mlc_sandbox.acumatica.books.calendar import MODULES, Calendar, Period
from mlc_sandbox.acumatica.books.desk import Desk
from mlc_sandbox.acumatica.books.ledger import ON_HOLD, POSTED, UNPOSTED, VOID, Batch, Line, Totals
from mlc_sandbox.acumatica.books.masters import build_masters
from mlc_sandbox.acumatica.records import Record, Table, Value

_FIRST_YEAR = 2024
_CREDIT_KINDS = frozenset({"Liability", "Income"})


class BooksError(Exception):
    """There is no such thing in the books, or it can't be done to it."""


class Books:
    """A professional-services firm's books in the endpoint's shape.

    Args:
        now: the present moment, aware.
        seed: the same seed and `today` give the same books.
        gl_lines: lines of all ledgers together, or a few more.
        today: last day with transactions; its month is the first open one. Default: today.
        first_month: calendar month that a financial year begins with.

    Attributes:
        lock: held while the books are read or changed.
        calendar: financial periods.
        tables: records by entity; batches of the general ledger are in `ledger`.
        ledger: batches.
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
        self.calendar = Calendar(_FIRST_YEAR, self.today.year + 1, first_month=first_month, today=self.today)
        self._desk = Desk(random.Random(seed), self.calendar, latest)
        scale = min(20, max(1, gl_lines // 20_000))
        self.tables = build_masters(self._desk, vendors=60 * scale, items=40)
        self.ledger = self._desk.ledger
        self.tables["JournalTransaction"] = cast("Table[Record]", self.ledger)
        business = Business(self._desk, self.tables, self.today)
        business.run(gl_lines)
        self.payables = business.payables
        self._calendar_made = latest - timedelta(days=300)
        self._publish_calendar(self._calendar_made)
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

    # What is true

    def record(self, entity: str, *key: str) -> Record:
        """A record by its key.

        Raises:
            BooksError: there is none.
        """
        found = self.tables[entity].by_key(*key)
        if found is None:
            raise BooksError(f"There is no {entity} {'/'.join(key)}.")
        return found

    def batch(self, module: str, number: str) -> Batch:
        """A batch by its key.

        Raises:
            BooksError: there is none.
        """
        found = self.ledger.by_key(module, number)
        if found is None:
            raise BooksError(f"There is no batch {module} {number}.")
        return found

    def batches(self, period: str, ledger: str = chart.ACTUAL, status: str | None = POSTED) -> Sequence[Batch]:
        """Batches of a ledger and period, by number; with `status=None` of whatever status."""
        found = [b for b in self.ledger.batches(ledger, period) if status is None or b.status == status]
        return sorted(found, key=lambda batch: batch.key)

    def lines(self, period: str, ledger: str = chart.ACTUAL) -> Sequence[Line]:
        """Posted lines of a ledger and period."""
        return [line for batch in self.batches(period, ledger) for line in batch.lines]

    def activity(self, period: str, ledger: str = chart.ACTUAL) -> dict[str, tuple[Decimal, Decimal]]:
        """Debit and credit in the base currency of every account with posted lines in the period."""
        sums: dict[str, tuple[Decimal, Decimal]] = {}
        for line in self.lines(period, ledger):
            debit, credit = sums.get(line.account, (Decimal(0), Decimal(0)))
            sums[line.account] = (debit + line.base_debit, credit + line.base_credit)
        return sums

    def balances(
        self, ledger: str, period: Period, *, subaccount: str | None = None
    ) -> dict[tuple[str, str], tuple[Totals, Totals]]:
        """By account and branch: what was posted before the period, and in it (posted batches only).

        What income and expense accounts came to in earlier years stands in retained earnings.
        """
        before: dict[tuple[str, str], Totals] = {}
        within: dict[tuple[str, str], Totals] = {}
        kinds = {str(r.fields["AccountCD"]): str(r.fields["Type"]) for r in self.tables["Account"].heap()}
        for other in self.calendar.periods:
            if other.order > period.order:
                continue
            into = within if other is period else before
            for (account, branch, sub), total in self.ledger.totals(ledger, other.id).items():
                if subaccount is not None and sub != subaccount:
                    continue
                closed = other.year < period.year and kinds[account] in {"Income", "Expense"}
                _add(into, (chart.RETAINED if closed else account, branch), total)
        return {key: (before.get(key, Totals()), within.get(key, Totals())) for key in before.keys() | within.keys()}

    def last_activity(self, ledger: str, period: Period, account: str, branch: str) -> str | None:
        """The latest period up to this one with something posted to the account in the branch."""
        for other in reversed(self.calendar.periods):
            if other.order <= period.order and any(
                key[:2] == (account, branch) for key in self.ledger.totals(ledger, other.id)
            ):
                return other.id
        return None

    def is_credit(self, account: str) -> bool:
        """Whether a credit raises the account's balance: it is a liability or an income."""
        return self.record("Account", account).fields["Type"] in _CREDIT_KINDS

    def enter(self, batch: Batch) -> None:
        """Store a batch that a client made, with the next number of its module."""
        batch.fields["BatchNbr"] = self._desk.number(str(batch.fields["Module"]))
        self.ledger.enter(batch)

    def _set_period(self, period: str, status: str) -> None:
        with self.lock:
            self.calendar[period].set_status(status)
            self._publish_calendar(self.stamp(), year=self.calendar[period].year)

    def _publish_calendar(self, stamp: datetime, year: str | None = None) -> None:
        """Make the records of the calendar anew, of one year or of all."""
        for label in [year] if year else self.calendar.years():
            periods = self.calendar.of_year(label)
            rows = [self._period_row(period) for period in periods]
            fields = {"FinancialYear": label, "StartDate": periods[0].start, "NbrOfPeriods": len(periods)}
            known = self.tables["FinancialPeriod"].by_key(label)
            master = fields | {
                "UserDefinedPeriods": False,
                "CreatedDateTime": known.fields["CreatedDateTime"] if known else stamp,
                "LastModifiedDateTime": stamp,
            }
            self.tables["FinancialPeriod"].add(Record(known.id if known else self.guid(), master, {"Details": rows}))
            for company in sorted({branch.company for branch in chart.BRANCHES}):
                self.tables["CompanyFinancialPeriod"].add(
                    Record(self.guid(), {**fields, "Company": company}, {"Details": rows})
                )
        if year is None:
            self.tables["FinancialYear"].add(self._year_template(stamp))

    def _period_row(self, period: Period) -> Record:
        fields: dict[str, Value] = {
            "FinancialPeriodID": period.id,
            "PeriodNbr": f"{period.number:02d}",
            "Description": "Adjustment" if period.adjustment else f"{period.start:%B}",
            "StartDate": period.start,
            "EndDate": period.end,
            "LengthInDays": 0 if period.adjustment else (period.end - period.start).days + 1,
            "AdjustmentPeriod": period.adjustment,
            "Status": period.status,
        }
        return Record(self.guid(), fields | {f"ClosedIn{module}": module in period.closed_in for module in MODULES})

    def _year_template(self, stamp: datetime) -> Record:
        periods = self.calendar.of_year(self.calendar.years()[0])
        rows = [
            Record(
                self.guid(),
                {
                    "PeriodNbr": f"{period.number:02d}",
                    "StartDate": period.start,
                    "EndDate": period.end,
                    "Description": "Adjustment" if period.adjustment else f"{period.start:%B}",
                },
            )
            for period in periods
        ]
        fields: dict[str, Value] = {
            "FirstFinancialYear": periods[0].year,
            "FirstPeriodStartDate": periods[0].start,
            "FinancialYearStartsOn": periods[0].start,
            "HasAdjustmentPeriod": True,
            "NbrOfFinancialPeriods": 12,
            "PeriodType": "Month",
            "BelongsToNextYear": periods[0].start.month != 1,
            "UserDefinedPeriods": False,
            "CreatedDateTime": stamp,
            "LastModifiedDateTime": stamp,
        }
        return Record(self.guid(), fields, {"Details": rows})


def _add(sums: dict[tuple[str, str], Totals], key: tuple[str, str], total: Totals) -> None:
    found = sums.setdefault(key, Totals())
    found.debit += total.debit
    found.credit += total.credit
