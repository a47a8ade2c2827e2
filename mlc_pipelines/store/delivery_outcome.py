"""What is known of a delivery: of its rows before they are sent, and of Anaplan's answer once it is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from pydantic import TypeAdapter

Disposition = Literal["sent", "excluded", "quarantined", "rejected"]
"""What became of a snapshot's row in a load: rejected rows are sent ones that Anaplan did not take."""

SENT: Final = "sent"
EXCLUDED: Final = "excluded"
QUARANTINED: Final = "quarantined"
REJECTED: Final = "rejected"


@dataclass(frozen=True)
class AccountedRows:
    """The source rows of one control group that have one disposition.

    Attributes:
        group: the control group.
        disposition: what became of them.
        rows: how many.
        amount: of the amount that is followed through the load.
        sums: what they give to each of the load's sum columns, by header.
    """

    group: str
    disposition: Disposition
    rows: int
    amount: Decimal
    sums: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])

    def sum_of(self, header: str) -> Decimal:
        """What they give to a sum column: nothing where none of them was mapped."""
        return self.sums.get(header, Decimal(0))


@dataclass(frozen=True)
class RowCounts:
    """Rows of the file, as Anaplan counted them; `ActionCounts` says what each means."""

    total: int = 0
    succeeded: int = 0
    ignored: int = 0
    failed: int = 0
    invalid: int = 0
    warned: int = 0
    created: int = 0
    updated: int = 0

    @property
    def rejected(self) -> int:
        """Rows that it did not take and of which it says so."""
        return self.failed + self.invalid


@dataclass(frozen=True)
class DeliveryOutcome:
    """What is kept of a delivery.

    Attributes:
        snapshots: ids of what was mapped.
        columns: headers of the rows.
        accounting: every source row, by control group and disposition.
        zero_rows: coordinates that an earlier delivery filled and that are gone, sent as zero.
        unreckoned: what could not be set to zero or deleted, for people.
        reason: why it ended without an answer to its task; empty when there was one.
        task_id: of the task that took its rows; empty for direct writes and before one did.
        successful: Anaplan's own word; True until it says otherwise.
        counts: Anaplan's.
        messages: Anaplan's, without personal data.
        dump_missing: a failure dump that should be there is gone.
    """

    snapshots: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    accounting: tuple[AccountedRows, ...] = ()
    zero_rows: int = 0
    unreckoned: tuple[str, ...] = ()
    reason: str = ""
    task_id: str = ""
    successful: bool = True
    counts: RowCounts = RowCounts()
    messages: tuple[str, ...] = ()
    dump_missing: bool = False

    def rows_of(self, disposition: Disposition) -> list[AccountedRows]:
        """Its groups of one disposition."""
        return [each for each in self.accounting if each.disposition == disposition]


STORED_OUTCOME = TypeAdapter(DeliveryOutcome)
"""Its JSON, amounts as text."""
