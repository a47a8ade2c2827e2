"""Every row of a snapshot accounted for: what became of it in a load, counted while rows are mapped."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from mlc_pipelines.flows.delivery.target import Reason
from mlc_pipelines.store.delivery_outcome import AccountedRows, Disposition


@dataclass(frozen=True)
class Unmapped:
    """A value without a map entry or a list member, with what hangs on it.

    Attributes:
        column: header of the Anaplan file's column.
        value: the ERP's code, or the mapped code that the list lacks.
        reason: which map or list lacks it, or what Anaplan can't hold of it.
        rows, amount: of the quarantined rows with this value.
        record: source id of the first of them.
    """

    column: str
    value: str
    reason: Reason
    rows: int
    amount: Decimal
    record: str


@dataclass
class _Tally:
    rows: int = 0
    amount: Decimal = Decimal(0)
    sums: dict[str, Decimal] = field(default_factory=dict[str, Decimal])


@dataclass
class Accounting:
    """Rows and amounts of one load, per control group and disposition; filled while rows are mapped.

    Attributes:
        replaced: by header, the texts that were sent with a question mark for a letter that the encoding lacks.
        unmapped: by header and value, what has no place in the model.
    """

    replaced: dict[str, int] = field(default_factory=dict[str, int])
    unmapped: dict[tuple[str, str], Unmapped] = field(default_factory=dict[tuple[str, str], Unmapped])
    _tallies: dict[tuple[str, Disposition], _Tally] = field(default_factory=dict[tuple[str, Disposition], _Tally])

    def add(self, group: str, disposition: Disposition, rows: int, amount: Decimal) -> None:
        """Count rows of one group."""
        tally = self._tally(group, disposition)
        tally.rows += rows
        tally.amount += amount

    def add_sum(self, group: str, disposition: Disposition, header: str, amount: Decimal) -> None:
        """Count what rows of one group give to a sum column."""
        sums = self._tally(group, disposition).sums
        sums[header] = sums.get(header, Decimal(0)) + amount

    def add_unmapped(self, found: Unmapped) -> None:
        """Count rows with one unmapped value."""
        key = (found.column, found.value)
        before = self.unmapped.get(key)
        if before:
            found = replace(before, rows=before.rows + found.rows, amount=before.amount + found.amount)
        self.unmapped[key] = found

    def add_replaced(self, header: str, count: int) -> None:
        """Count texts that lost a letter."""
        self.replaced[header] = self.replaced.get(header, 0) + count

    def groups(self, disposition: Disposition) -> set[str]:
        """The control groups that have rows of one disposition."""
        return {group for group, each in self._tallies if each == disposition}

    def total_rows(self, disposition: Disposition) -> int:
        """Rows of one disposition over all groups."""
        return sum(tally.rows for (_, each), tally in self._tallies.items() if each == disposition)

    def total_amount(self, disposition: Disposition) -> Decimal:
        """Amount of one disposition over all groups."""
        return sum((tally.amount for (_, each), tally in self._tallies.items() if each == disposition), Decimal(0))

    def rows(self) -> tuple[AccountedRows, ...]:
        """All of it, as it is kept with a delivery."""
        return tuple(
            AccountedRows(group, disposition, tally.rows, tally.amount, dict(tally.sums))
            for (group, disposition), tally in sorted(self._tallies.items(), key=lambda each: each[0])
        )

    def _tally(self, group: str, disposition: Disposition) -> _Tally:
        return self._tallies.setdefault((group, disposition), _Tally())
