"""Batches and their lines, found by key, by id and by period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from mlc_sandbox.acumatica.books.chart import ACCOUNTS
from mlc_sandbox.acumatica.records import Record, Table, Value

POSTED, UNPOSTED, ON_HOLD, BALANCED, VOID = "Posted", "Unposted", "On Hold", "Balanced", "Void"

ZERO = Decimal("0.00")
COST_CODE = "0000"
NO_PROJECT = "X"
_NAMES = {account.code: account.name for account in ACCOUNTS}


@dataclass(slots=True)
class Line:
    """A line of a batch; amounts in the batch's currency and in the base currency."""

    account: str
    subaccount: str
    branch: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    base_debit: Decimal = ZERO
    base_credit: Decimal = ZERO
    text: str | None = None
    reference: str | None = None
    project: str | None = None
    task: str | None = None
    party: str | None = None
    number: int = 0
    more: dict[str, Value] | None = None
    """Qty, UOM, CostCode and the like, by the endpoint's names."""


@dataclass(slots=True)
class Batch(Record):
    """A batch of the general ledger.

    Attributes:
        lines: in order of their numbers.
        rate: base currency for one unit of the batch's.
        kind: type of the document that it comes from, as GL details show it.
    """

    lines: list[Line] = field(default_factory=list[Line])
    rate: Decimal = Decimal(1)
    kind: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Module and batch number."""
        return self.get("Module", str), self.get("BatchNbr", str)

    @property
    def slot(self) -> tuple[str, str]:
        """Ledger and period."""
        return str(self.fields["LedgerID"]), str(self.fields["PostPeriod"])

    @property
    def status(self) -> str:
        """Where it stands."""
        return self.get("Status", str)

    @property
    def modified(self) -> datetime:
        """Its change stamp."""
        return self.get("LastModifiedDateTime", datetime)

    @property
    def day(self) -> date:
        """Its date."""
        return self.get("TransactionDate", date)

    def line_id(self, line: Line) -> str:
        """GUID of a line; it stays the line's as long as the line is there."""
        return f"{self.id[:24]}{line.number:012x}"

    def append(self, lines: Sequence[Line]) -> None:
        """Add lines, numbered onwards."""
        last = max((line.number for line in self.lines), default=0)
        for number, line in enumerate(lines, last + 1):
            line.number = number
        self.lines += lines

    def rows(self, name: str) -> Sequence[Record]:
        """The lines as records."""
        if name != "Details":
            return ()
        return [
            Record(
                self.line_id(line),
                {
                    "Account": line.account,
                    "BranchID": line.branch,
                    "CostCode": COST_CODE if line.task else None,
                    "Description": _NAMES.get(line.account),
                    "CreditAmount": line.credit,
                    "DebitAmount": line.debit,
                    "LineNbr": line.number,
                    "Project": line.project,
                    "ProjectTask": line.task,
                    "Qty": Decimal("0.0"),
                    "ReferenceNbr": line.reference,
                    "Subaccount": line.subaccount,
                    "TransactionDescription": line.text,
                    "VendorOrCustomer": line.party,
                    "NonBillable": False,
                    "IsNonPM": False,
                    **(line.more or {}),
                },
            )
            for line in self.lines
        ]


@dataclass
class Totals:
    """Debit and credit of one account, branch and subaccount over a period, in the base currency."""

    debit: Decimal = ZERO
    credit: Decimal = ZERO


Slice = tuple[str, str, str]
"""Account, branch, subaccount."""


class LedgerTable(Table[Batch]):
    """All batches, besides by ledger and period; totals of posted ones are kept until something of theirs changes."""

    def __init__(self) -> None:
        super().__init__(("Module", "BatchNbr"))
        self._slots: defaultdict[tuple[str, str], dict[str, Batch]] = defaultdict(dict)
        self._totals: dict[tuple[str, str], dict[Slice, Totals]] = {}

    def enter(self, batch: Batch) -> None:
        """Store a new batch."""
        self.add(batch)
        self._slots[batch.slot][batch.id] = batch
        self._totals.pop(batch.slot, None)

    def erase(self, batch: Batch) -> None:
        """Forget a batch."""
        self.remove(batch)
        del self._slots[batch.slot][batch.id]
        self._totals.pop(batch.slot, None)

    def moved(self, batch: Batch, period: str) -> None:
        """Put a batch into another period."""
        del self._slots[batch.slot][batch.id]
        self._totals.pop(batch.slot, None)
        batch.fields["PostPeriod"] = period
        self._slots[batch.slot][batch.id] = batch
        self._totals.pop(batch.slot, None)

    def changed(self, batch: Batch) -> None:
        """Forget what was summed up with this batch."""
        self._totals.pop(batch.slot, None)

    def batches(self, ledger: str, period: str) -> Sequence[Batch]:
        """The batches of a ledger and period, in no order."""
        return list(self._slots[ledger, period].values())

    def all_batches(self) -> Iterator[Batch]:
        """Every batch."""
        for slot in list(self._slots.values()):
            yield from list(slot.values())

    def totals(self, ledger: str, period: str) -> dict[Slice, Totals]:
        """What posted batches of a ledger and period come to."""
        found = self._totals.get((ledger, period))
        if found is None:
            found = self._totals[ledger, period] = self._summed(ledger, period)
        return found

    def _summed(self, ledger: str, period: str) -> dict[Slice, Totals]:
        sums: dict[Slice, Totals] = {}
        for batch in self._slots[ledger, period].values():
            if batch.status != POSTED:
                continue
            for line in batch.lines:
                total = sums.setdefault((line.account, line.branch, line.subaccount), Totals())
                total.debit += line.base_debit
                total.credit += line.base_credit
        return sums
