"""What one delivery gave, and how people are told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pyarrow as pa

from mlc_pipelines.anaplan import ActionCounts, ListLoad, TaskOutcome
from mlc_pipelines.config import Load
from mlc_pipelines.errors import MlcError, RowsRejected, TaskFailed, UnmappedCodes
from mlc_pipelines.flows.delivery.mapping import EXCLUDED, QUARANTINED, REJECTED, SENT, Accounting, Unmapped
from mlc_pipelines.flows.delivery.rejections import commonest_reasons
from mlc_pipelines.flows.text import amount_text, money_text
from mlc_pipelines.store import deliveries as states
from mlc_pipelines.store.deliveries import Delivery
from mlc_pipelines.store.results import CheckResult

MASK = "(personal)"
"""Stands where personal data would."""


@dataclass(frozen=True)
class Outcome:
    """What Anaplan said of the rows it was sent, by whichever way.

    Attributes:
        task_id: of the action that took them; empty for direct writes.
        successful: Anaplan's own word.
        parts: row counts, one for each import that ran.
        rejected: failure dump, with `line`, `status`, `errors` and the file's columns, or None.
        dump_missing: a dump that should be there is gone.
        messages: for people.
        members: what became of a list's members; None for other ways.
    """

    task_id: str
    successful: bool
    parts: tuple[ActionCounts, ...]
    rejected: pa.Table | None = None
    dump_missing: bool = False
    messages: tuple[str, ...] = ()
    members: ListLoad | None = None

    @classmethod
    def of_task(cls, task: TaskOutcome) -> Outcome:
        """The outcome of an import or process."""
        parts = tuple(part.counts for part in task.nested) or (task.counts,)
        return cls(task.task_id, task.successful, parts, task.rejected, task.dump_missing, task.messages)

    @property
    def counts(self) -> ActionCounts:
        """Rows over all parts."""
        return sum(self.parts, ActionCounts())


@dataclass
class Delivered:
    """What one load gave; figures for people and checks.

    Attributes:
        load: `import Load Actuals`.
        personal: headers of columns with personal data, which are never shown.
        delivery: None when the load was blocked.
        blocked: nothing was sent because of unmapped codes.
        rows_read: rows of the snapshots that were mapped.
        rows_state: rows that the model is to hold; fewer than were read when rows are summed.
        rows_sent: rows of the file: those of the state that the model did not hold yet, and the zero rows.
        zero_rows: coordinates that an earlier delivery filled and that are gone, sent as zero.
        unreckoned: what could not be set to zero or deleted, since the rows of an earlier delivery are lost.
        accounting: source rows and amounts per control group and fate.
        rejected_rows: first rejected file rows with their source records and reasons.
        members: what became of the members of a directly written list; None for other loads.
        changed_members: the first that were renamed, moved or removed, for people; no personal data.
    """

    load: str
    personal: frozenset[str]
    delivery: Delivery | None = None
    blocked: bool = False
    rows_read: int = 0
    rows_state: int = 0
    rows_sent: int = 0
    zero_rows: int = 0
    unreckoned: tuple[str, ...] = ()
    accounting: Accounting = field(default_factory=Accounting)
    rejected_rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    members: ListLoad | None = None
    changed_members: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    outcome: Outcome | None = None
    seconds: float = 0.0

    @property
    def counts(self) -> ActionCounts:
        """Rows of the file by Anaplan's counts; none when nothing was sent."""
        return self.outcome.counts if self.outcome else ActionCounts()

    @property
    def rows_accepted(self) -> int:
        """Rows of the file that Anaplan took; all of them when it says only that it held them already."""
        if self.outcome and self.all_accepted and not self.counts.reported:
            return self.rows_sent
        return self.counts.succeeded

    @property
    def rows_unchanged(self) -> int:
        """Rows of the state that the model holds already."""
        return 0 if self.blocked else self.rows_state - (self.rows_sent - self.zero_rows)

    @property
    def amount_sent(self) -> Decimal:
        """Amount of the source rows that the state is made of, sent now or held by the model already."""
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
    def checks(self) -> tuple[CheckResult, ...]:
        """Codes mapped, rows accepted."""
        return (self._codes_mapped(), self._rows_accepted())

    @property
    def state(self) -> str:
        """How the delivery ended."""
        if self.outcome is not None and not self.outcome.successful:
            return states.FAILED
        return states.ACCEPTED if self.all_accepted else states.PARTIAL

    def figures(self) -> dict[str, Any]:
        """What is kept of the rows, amounts as text; known before they are sent but for the rejected ones."""
        return {
            "zero_rows": self.zero_rows,
            "unreckoned": list(self.unreckoned),
            "amount_sent": amount_text(self.amount_sent),
            "amount_accepted": amount_text(self.amount_accepted),
            "accounting": [
                {
                    "group": group,
                    "fate": fate,
                    "rows": rows,
                    "amount": amount_text(self.accounting.amounts[group, fate]),
                    "sums": {
                        header: amount_text(amount)
                        for (of, how, header), amount in self.accounting.sums.items()
                        if (of, how) == (group, fate)
                    },
                }
                for (group, fate), rows in sorted(self.accounting.rows.items())
            ],
        }

    def told(self) -> dict[str, Any]:
        """What is kept of Anaplan's answer."""
        outcome = self.outcome
        return {
            "task_id": outcome.task_id if outcome else None,
            "successful": outcome.successful if outcome else True,
            "counts": vars(outcome.counts) if outcome else {},
            "messages": list(self.messages),
            "dump_missing": outcome.dump_missing if outcome else False,
        }

    @property
    def unmapped(self) -> list[Unmapped]:
        """Values without a place in the model, those with the largest amounts first; personal ones are masked."""
        found = sorted(self.accounting.unmapped.values(), key=lambda each: (-abs(each.amount), each.column, each.value))
        return [replace(each, value=MASK) if each.column in self.personal else each for each in found]

    def _codes_mapped(self) -> CheckResult:
        return CheckResult(
            "codes_mapped",
            passed=not self.accounting.unmapped,
            message=self._unmapped_words() if self.accounting.unmapped else self._mapped_words(),
            detail={
                "texts_replaced": sum(self.accounting.replaced.values()),
                "quarantined_rows": self.accounting.total_rows(QUARANTINED),
                "quarantined_amount": amount_text(self.accounting.total_amount(QUARANTINED)),
                "excluded_rows": self.accounting.total_rows(EXCLUDED),
            },
        )

    def _mapped_words(self) -> str:
        counts = ", ".join(f"{rows} in {header}" for header, rows in self.accounting.replaced.items())
        sent = f" Texts sent with ? for letters that the import's encoding lacks: {counts}." if counts else ""
        return f"Every code has a place in the model.{sent}"

    def _unmapped_words(self, limit: int = 10) -> str:
        found = self.unmapped
        shown = [
            f"{each.column} {each.value!r}{'' if each.value else ' (empty)'} ({each.reason.words}; {each.rows} rows, "
            f"{money_text(each.amount)}, first record {each.record})"
            for each in found[:limit]
        ]
        more = f" and {len(found) - limit} more" if len(found) > limit else ""
        return f"{len(found)} codes without a place in the model: {', '.join(shown)}{more}."

    def _rows_accepted(self) -> CheckResult:
        if self.blocked:
            return CheckResult("rows_accepted", passed=False, message="Nothing was sent: codes are unmapped.")
        if self.outcome is None:
            words = [f"Nothing to send: the model holds the {self.rows_state} rows already", *self.unreckoned]
            return CheckResult("rows_accepted", passed=True, message="; ".join(words) + ".")
        counts = self.outcome.counts
        fates = f"{self.rows_accepted} accepted, {counts.failed} rejected, {counts.ignored} ignored"
        words = [f"{self.rows_sent} rows sent: {fates}, {counts.warned} with warnings", *self.unreckoned]
        if not counts.reported and not counts.no_changes:
            words.append("Anaplan gave no counts")
        if not self.outcome.successful:
            words.append(f"the task failed: {'; '.join(self.messages)}")
        if self.outcome.dump_missing:
            words.append(f"the failure dump of task {self.outcome.task_id} is gone")
        if self.outcome.rejected is not None:
            words += map(self.masked, commonest_reasons(self.outcome.rejected))
        return CheckResult(
            "rows_accepted",
            passed=self.all_accepted,
            message="; ".join(words) + ".",
            detail={"load": self.load, "task_id": self.outcome.task_id, **vars(counts)},
            tables={"Rejected rows": self.shown_rejections[:_SHOWN_BY_CHECK]},
        )


_SHOWN_BY_CHECK = 10
"""Rejected rows in the check's own metadata."""


def failure(load: Load, result: Delivered) -> MlcError | None:
    """Why the asset is red, or None: what checks found, weighed by the load's `on_unmapped` and `on_rejected`."""
    mapped, accepted = result.checks
    if result.blocked:
        remedies = dict.fromkeys(found.reason.remedy for found in result.unmapped)
        by_hand = "A member that was deleted in Anaplan by hand comes back by `mlc run --full`."
        hint = " ".join(["Nothing was sent.", *remedies, by_hand])
        return UnmappedCodes(f"{result.load}: {mapped.message}", hint=hint)
    if result.outcome is not None and not result.outcome.successful:
        return TaskFailed(f"{result.load}: {accepted.message}")
    if accepted.passed or load.on_rejected == "warn":
        return None
    listed = "The rejected rows are listed in the metadata."
    ignored = (
        "Anaplan does not say which rows it ignored: such as change nothing, have a key that was there already, or are "
        "for cells that take no values. Look into the import's log in Anaplan."
    )
    hint = listed if result.rejected_rows or not result.counts.ignored else ignored
    return RowsRejected(f"{result.load}: {accepted.message}", hint=hint)
