"""The tie-out of a load in figures: by control group, and in all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

_ZERO = Decimal(0)


@dataclass
class GroupTieOut:
    """The totals of one control group (an account, a vendor) on its way from the ERP into the model.

    Attributes:
        erp: the ERP's own total.
        snapshot: total of the landed rows, read back from the file.
        excluded: left out by the load's `where`, on purpose.
        quarantined: kept back for want of a map entry or list member.
        sent, rejected: of the rows sent to Anaplan.
    """

    erp: Decimal = _ZERO
    snapshot: Decimal = _ZERO
    excluded: Decimal = _ZERO
    quarantined: Decimal = _ZERO
    sent: Decimal = _ZERO
    rejected: Decimal = _ZERO

    @property
    def accepted(self) -> Decimal:
        """Taken by Anaplan."""
        return self.sent - self.rejected

    @property
    def difference(self) -> Decimal:
        """What the ERP has and the model does not, apart from what was left out on purpose."""
        return self.erp - self.excluded - self.accepted

    @property
    def ties(self) -> bool:
        """ERP = snapshot = left out + sent, and all of it accepted."""
        whole = self.excluded + self.quarantined + self.sent
        return self.erp == self.snapshot == whole and self.difference == 0


@dataclass(frozen=True)
class TieOut:
    """The tie-out of one load.

    Attributes:
        entity, load: what is tied out.
        measure: the field whose totals are compared, or `rows` when the load carries no amount.
        lines: per control group.
        problems: what can't be seen in the lines: rows ignored without a word, a file total that differs.
        as_of: when the ERP was read, ISO 8601.
        debit, credit: the ERP's totals of the two sides, where the entity is a ledger.
    """

    entity: str
    load: str
    measure: str
    lines: Mapping[str, GroupTieOut]
    problems: tuple[str, ...] = ()
    as_of: str = ""
    debit: Decimal | None = None
    credit: Decimal | None = None

    @property
    def total(self) -> GroupTieOut:
        """Over all groups."""
        return GroupTieOut(
            **{name: sum((getattr(line, name) for line in self.lines.values()), _ZERO) for name in vars(GroupTieOut())}
        )

    @property
    def differing(self) -> dict[str, GroupTieOut]:
        """The groups that do not tie."""
        return {group: line for group, line in self.lines.items() if not line.ties}

    @property
    def ties(self) -> bool:
        """Everything agrees."""
        return not self.differing and not self.problems

    @property
    def gross(self) -> Decimal:
        """The ERP's totals without their signs: those of a ledger cancel each other."""
        return sum((abs(line.erp) for line in self.lines.values()), _ZERO)

    @property
    def gross_difference(self) -> Decimal:
        """Differences without their signs: two that cancel each other still count."""
        return sum((abs(line.difference) for line in self.lines.values()), _ZERO)
