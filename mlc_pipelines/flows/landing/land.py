"""Land: read an ERP entity as of a period, prove the read complete, keep it as a snapshot."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mlc_pipelines.clock import Clock
from mlc_pipelines.erp.base import ControlTotal, Entity, Source
from mlc_pipelines.errors import IncompleteRead, Unbalanced
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.checks import DEBITS_EQUAL_CREDITS, ROWS_COMPLETE
from mlc_pipelines.flows.landing.control import completed_totals, differences, reported_documents, reports
from mlc_pipelines.flows.landing.read_back import AMOUNTS, FileContent, read_back
from mlc_pipelines.flows.landing.renames import outdated
from mlc_pipelines.flows.text import amount_text, money_text
from mlc_pipelines.store.changes import Pending
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.results import CheckResult
from mlc_pipelines.store.rows import Repaired
from mlc_pipelines.store.snapshots import Snapshot, SnapshotStore, WrittenFile
from mlc_pipelines.store.totals import GroupTotal

READ_TRIES = 3
"""Reads of an entity whose control totals say that the books moved while it was read."""


@dataclass(frozen=True)
class Landed:
    """What a landing gave.

    Attributes:
        snapshot: the new snapshot.
        unchanged: its content equals that of the snapshot before.
        total: rows and amounts of the snapshot; an amount is zero where the entity has no such field.
        checks: what was checked.
        repaired: texts that lack a character.
        seconds: how long it took.
        read: whether all of it was read, or what changed merged into the snapshot before.
        because: why it was read whole, though what changed was asked for; empty else.
    """

    snapshot: Snapshot
    unchanged: bool
    total: GroupTotal
    checks: tuple[CheckResult, ...]
    repaired: Repaired
    seconds: float
    read: Literal["whole", "merged"] = "whole"
    because: str = ""


def land(
    store: SnapshotStore,
    source: Source[Any],
    entity: Entity,
    period: Period,
    *,
    tenant: str,
    run_id: str,
    clock: Clock,
    repeated_by: Mapping[str, Sequence[str]] | None = None,
) -> Landed:
    """Read the entity, compare with the ERP's own totals, and make the read the newest snapshot.

    When the totals differ, the books may have moved between the two queries: both are read again, a few times. A
    snapshot that does not agree with the ERP never becomes the newest one. What was pending of it when the read began
    is so no more.

    Args:
        store: of snapshots.
        source: the tenant's ERP.
        entity: what is read.
        period: as of which.
        tenant: its name.
        run_id: the reading run.
        clock: time.
        repeated_by: facts whose rows repeat fields of this dimension -> these fields. When one of them changed, the
            facts' snapshots are outdated.

    Raises:
        IncompleteRead: rows or amounts still differ, a record came twice, or a required value is missing; the message
            names the groups or records.
        Unbalanced: debit and credit of a ledger differ.
    """
    started = time.monotonic()
    key = PartitionKey(tenant, entity.name, period.key)
    differing: list[str] = []
    for _ in range(READ_TRIES):
        pending = store.changes.pending(tenant, entity.name, period.key)
        written = store.write(
            source.read(entity, period),
            key,
            schema=entity.schema,
            id_fields=entity.key,
            modified=entity.modified,
            extracted_at=clock.now(),
            run_id=run_id,
        )
        try:
            control = source.control(entity, period)
            found = read_proved(store, entity, period, written, control)
            if isinstance(found, FileContent):
                return keep(
                    store,
                    written,
                    completed_totals(control, found.groups),
                    found.total,
                    checks(entity, control, found.total),
                    started=started,
                    includes=pending,
                    outdates=outdated(store, entity, written, repeated_by or {}),
                )
        except BaseException:
            store.discard(written)
            raise
        store.discard(written)
        differing = found
    raise IncompleteRead(
        f"{tenant}: {entity.name} of {period.key}: rows read and the ERP's own totals differ after {READ_TRIES} reads: "
        + "; ".join(differing[:10]),
        hint="If the ERP is being posted to without pause, run again later; else a row-level right of the account may "
        "hide records.",
    )


def read_proved(
    store: SnapshotStore, entity: Entity, period: Period, written: WrittenFile, control: Sequence[ControlTotal]
) -> FileContent | list[str]:
    """What a file holds, read back from it; or else in which groups it differs from what the ERP says.

    Raises:
        Unbalanced, IncompleteRead: as `land`.
    """
    documents = reported_documents(control) is not None
    found = read_back(store.storage, written.path, entity, documents=documents)
    differing = differences(entity, control, found)
    if differing:
        return differing
    _check_balance(entity, period, found.total)
    _check_records(entity, period, found)
    return found


def keep(
    store: SnapshotStore,
    written: WrittenFile,
    control: Sequence[GroupTotal],
    total: GroupTotal,
    checks: Sequence[CheckResult],
    *,
    started: float,
    includes: Sequence[Pending] = (),
    outdates: Mapping[PartitionKey, str] | None = None,
) -> Landed:
    """Make a file that is proven complete the newest snapshot.

    Args:
        store: of snapshots.
        written: the file.
        control: totals by group to keep with it.
        total: of all its rows.
        checks: what was found.
        started: when the landing began, by `time.monotonic`.
        includes: what was pending and is in it.
        outdates: other partitions that have to be read anew because of it, and why.
    """
    before = store.current(written.key)
    snapshot = store.commit(written, control, includes=[each.number for each in includes], outdates=outdates)
    return Landed(
        snapshot=snapshot,
        unchanged=before is not None and before.content_hash == snapshot.content_hash,
        total=total,
        checks=tuple(checks),
        repaired=written.repaired,
        seconds=time.monotonic() - started,
    )


def _check_balance(entity: Entity, period: Period, total: GroupTotal) -> None:
    if entity.debit and entity.credit and total.debit != total.credit:
        raise Unbalanced(
            f"{entity.name} of {period.key}: debit is {money_text(total.debit)}, credit {money_text(total.credit)}.",
            hint="Nothing of it is kept or sent until the books are right.",
        )


def _check_records(entity: Entity, period: Period, found: FileContent) -> None:
    if found.repeated:
        raise IncompleteRead(
            f"{entity.name} of {period.key}: {found.repeated} records came more than once, first "
            f"{found.first_repeated}."
        )


def checks(entity: Entity, control: Sequence[ControlTotal], total: GroupTotal) -> list[CheckResult]:
    """What a proved read was compared with."""
    rows = sum(each.rows or 0 for each in control) if reports(control, "rows") else None
    counts = {"rows_in_erp": rows, "records_in_erp": reported_documents(control)}
    reported = [f"{count} {name.split('_')[0]}" for name, count in counts.items() if count is not None]
    reported += [f"the totals of {name}" for name in AMOUNTS if getattr(entity, name) and reports(control, name)]
    found = [
        ROWS_COMPLETE.result(
            passed=True,
            message=f"{total.rows} rows read; they agree with what the ERP says of them: {', '.join(reported)}."
            + (f" Not proven by it: {entity.unproven}." if entity.unproven else ""),
            detail={"rows_read": total.rows, **{name: count for name, count in counts.items() if count is not None}},
        )
    ]
    if entity.debit and entity.credit:
        found.append(
            DEBITS_EQUAL_CREDITS.result(
                passed=True,
                message=f"Debit and credit are {money_text(total.debit)}.",
                detail={"debit": amount_text(total.debit), "credit": amount_text(total.credit)},
            )
        )
    return found
