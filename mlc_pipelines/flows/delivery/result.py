"""What one delivery gave, in figures."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

from mlc_pipelines.anaplan import ActionCounts, ListLoad, TaskOutcome
from mlc_pipelines.flows.delivery.accounting import Accounting, Unmapped
from mlc_pipelines.store import deliveries as states
from mlc_pipelines.store.deliveries import Delivery
from mlc_pipelines.store.delivery_outcome import REJECTED, SENT, DeliveryOutcome, RowCounts

MASK = "(personal)"
"""Stands where personal data would."""


@dataclass
class DeliveryResult:
    """What one load gave; figures for people and checks.

    Attributes:
        load: `import Load Actuals`.
        personal: headers of columns with personal data, which are never shown.
        delivery: None when the load was blocked.
        blocked: nothing was sent because of unmapped codes.
        rows_read: rows of the snapshots that were mapped.
        rows_target: rows that the model is to hold; fewer than were read when rows are summed.
        rows_sent: rows of the file: those that the model did not hold yet, and the zero rows.
        zero_rows: coordinates that an earlier delivery filled and that are gone, sent as zero.
        unreckoned: what could not be set to zero or deleted, since the rows of an earlier delivery are lost.
        accounting: source rows and amounts per control group and disposition.
        rejected_rows: first rejected file rows with their source records and reasons.
        members: what became of the members of a directly written list; None for other loads.
        changed_members: the first that were renamed, moved or removed, for people; no personal data.
        outcome: Anaplan's answer; None when nothing was sent.
    """

    load: str
    personal: frozenset[str]
    delivery: Delivery | None = None
    blocked: bool = False
    rows_read: int = 0
    rows_target: int = 0
    rows_sent: int = 0
    zero_rows: int = 0
    unreckoned: tuple[str, ...] = ()
    accounting: Accounting = field(default_factory=Accounting)
    rejected_rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    members: ListLoad | None = None
    changed_members: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    outcome: TaskOutcome | None = None

    @property
    def counts(self) -> ActionCounts:
        """Rows of the file by Anaplan's counts; none when nothing was sent."""
        return sum(self.outcome.parts, ActionCounts()) if self.outcome else ActionCounts()

    @property
    def rows_accepted(self) -> int:
        """Rows of the file that Anaplan took; all of them when it says only that it held them already."""
        if self.outcome and self.all_accepted and not self.counts.reported:
            return self.rows_sent
        return self.counts.succeeded

    @property
    def rows_unchanged(self) -> int:
        """Rows that the model is to hold and holds already."""
        return 0 if self.blocked else self.rows_target - (self.rows_sent - self.zero_rows)

    @property
    def amount_sent(self) -> Decimal:
        """Amount of the source rows that the model is to hold, sent now or held by it already."""
        return self.accounting.total_amount(SENT)

    @property
    def amount_accepted(self) -> Decimal:
        """Amount of those that Anaplan took."""
        return self.amount_sent - self.accounting.total_amount(REJECTED)

    @property
    def all_accepted(self) -> bool:
        """Every row of the file was imported: none ignored, rejected or taken with a warning, none unaccounted for."""
        if self.outcome is None:
            return True
        parts = self.outcome.parts
        clean = all(part.clean for part in parts)
        whole = any(part.total == self.rows_sent or (part.no_changes and not part.reported) for part in parts)
        return self.outcome.successful and clean and whole

    @property
    def messages(self) -> tuple[str, ...]:
        """Anaplan's messages, without the personal data that it quotes in them."""
        return tuple(map(self.masked, self.outcome.messages)) if self.outcome else ()

    def masked(self, text: str) -> str:
        """A text of Anaplan's without the personal values of the rejected rows, which are what it quotes."""
        rejected = self.outcome.rejected if self.outcome else None
        if rejected is None:
            return text
        headers = [header for header in rejected.column_names if header in self.personal]
        values = {value for header in headers for value in rejected[header].to_pylist() if value}
        for value in sorted(values, key=len, reverse=True):
            text = text.replace(value, MASK)
        return text

    @property
    def shown_rejections(self) -> list[dict[str, Any]]:
        """The first rejected rows with Anaplan's reason and the ERP's records, without personal data."""
        return [
            {name: MASK if name in self.personal else value for name, value in row.items()}
            | {"reason": self.masked(row["reason"])}
            for row in self.rejected_rows
        ]

    @property
    def unmapped(self) -> list[Unmapped]:
        """Values without a place in the model, those with the largest amounts first; personal ones are masked."""
        found = sorted(self.accounting.unmapped.values(), key=lambda each: (-abs(each.amount), each.column, each.value))
        return [replace(each, value=MASK) if each.column in self.personal else each for each in found]

    @property
    def state(self) -> str:
        """How the delivery ended."""
        if self.outcome is not None and not self.outcome.successful:
            return states.FAILED
        return states.ACCEPTED if self.all_accepted else states.PARTIAL

    def answered(self, prepared: DeliveryOutcome) -> DeliveryOutcome:
        """What is kept of the delivery, with Anaplan's answer in it."""
        if self.outcome is None:
            return prepared
        return replace(
            prepared,
            task_id=self.outcome.task_id,
            successful=self.outcome.successful,
            counts=RowCounts(**{each.name: getattr(self.counts, each.name) for each in fields(RowCounts)}),
            messages=self.messages,
            dump_missing=self.outcome.dump_missing,
        )
