"""Land: read an ERP entity as of a period, prove the read complete, keep it as a snapshot."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.clock import Clock
from mlc_pipelines.erp.base import ControlTotal, Entity, FiscalWindow, Source
from mlc_pipelines.errors import IncompleteRead, Unbalanced
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.landing.control import (
    AMOUNTS,
    GroupTotal,
    agreed,
    as_json,
    differences,
    group_totals,
    record_differences,
    said_records,
    says,
    sum_of,
)
from mlc_pipelines.flows.text import amount_text, money_text
from mlc_pipelines.store.results import CheckResult
from mlc_pipelines.store.rows import Repaired
from mlc_pipelines.store.snapshots import SOURCE_ID, Snapshot, SnapshotStore, WrittenFile

_compute: Any = pc

READ_TRIES = 3
"""Reads of an entity whose control totals say that the books moved while it was read."""


@dataclass(frozen=True)
class Landed:
    """What a landing gave.

    Attributes:
        snapshot: the new snapshot.
        unchanged: its content equals that of the snapshot before.
        debit, credit, amount: totals of the snapshot; zero where the entity has no such field.
        checks: what was checked.
        repaired: texts that lack a character.
        seconds: how long it took.
    """

    snapshot: Snapshot
    unchanged: bool
    debit: Decimal
    credit: Decimal
    amount: Decimal
    checks: tuple[CheckResult, ...]
    repaired: Repaired
    seconds: float


def window(period: Period) -> FiscalWindow:
    """The period as a source needs it."""
    return FiscalWindow(period.key, period.start, period.end, period.adjustment)


def land(
    store: SnapshotStore, source: Source, entity: Entity, period: Period, *, tenant: str, run_id: str, clock: Clock
) -> Landed:
    """Read the entity, compare with the ERP's own totals, and make the read the newest snapshot.

    When the totals differ, the books may have moved between the two queries: both are read again, a few times. A
    snapshot that does not agree with the ERP never becomes the newest one.

    Raises:
        IncompleteRead: rows or amounts still differ, a record came twice, or a required value is missing; the message
            names the groups or records.
        Unbalanced: debit and credit of a ledger differ.
    """
    started = time.monotonic()
    differing: list[str] = []
    for _ in range(READ_TRIES):
        extracted_at = clock.now()
        written = store.write(
            source.read(entity, window(period)),
            folder=f"{tenant}/{entity.name}/{period.key}",
            schema=entity.schema,
            key=entity.key,
            modified=entity.modified,
            extracted_at=extracted_at,
            run_id=run_id,
        )
        try:
            control = source.control(entity, window(period))
            read = group_totals(store, written.path, entity)
            differing = differences(entity, control, read) + record_differences(store, written, entity, control)
            if not differing:
                total = sum_of(read.values())
                _check_balance(entity, period, total)
                _check_records(store, written, entity, period)
                before = store.current(tenant, entity.name, period.key)
                snapshot = store.commit(
                    written,
                    tenant=tenant,
                    entity=entity.name,
                    period=period.key,
                    control=[as_json(each) for each in agreed(control, read)],
                    extracted_at=extracted_at,
                    run_id=run_id,
                )
                checks = _checks(entity, snapshot, control, total)
                return _landed(
                    snapshot, before, checks, total, repaired=written.repaired, seconds=time.monotonic() - started
                )
        except BaseException:
            store.discard(written)
            raise
        store.discard(written)
    raise IncompleteRead(
        f"{tenant}: {entity.name} of {period.key}: rows read and the ERP's own totals differ after {READ_TRIES} reads: "
        + "; ".join(differing[:10]),
        hint="If the ERP is being posted to without pause, run again later; else a row-level right of the account may "
        "hide records.",
    )


def _check_balance(entity: Entity, period: Period, total: GroupTotal) -> None:
    if entity.debit and entity.credit and total.debit != total.credit:
        raise Unbalanced(
            f"{entity.name} of {period.key}: debit is {money_text(total.debit)}, credit {money_text(total.credit)}.",
            hint="Nothing of it is kept or sent until the books are right.",
        )


def _check_records(store: SnapshotStore, written: WrittenFile, entity: Entity, period: Period) -> None:
    """No record twice."""
    ids = [batch.column(SOURCE_ID) for batch in store.storage.batches(written.path, [SOURCE_ID])]
    if not ids:
        return
    counts = _compute.value_counts(pa.chunked_array(ids))
    repeated = counts.filter(_compute.greater(counts.field("counts"), 1))
    if len(repeated):
        raise IncompleteRead(
            f"{entity.name} of {period.key}: {len(repeated)} records came more than once, first "
            f"{repeated.field('values')[0].as_py()}."
        )


def _landed(
    snapshot: Snapshot,
    before: Snapshot | None,
    checks: Sequence[CheckResult],
    total: GroupTotal,
    *,
    repaired: Repaired,
    seconds: float,
) -> Landed:
    return Landed(
        snapshot=snapshot,
        unchanged=before is not None and before.content_hash == snapshot.content_hash,
        debit=total.debit,
        credit=total.credit,
        amount=total.amount,
        checks=tuple(checks),
        repaired=repaired,
        seconds=seconds,
    )


def _checks(
    entity: Entity, snapshot: Snapshot, control: Sequence[ControlTotal], total: GroupTotal
) -> list[CheckResult]:
    rows = sum(each.rows or 0 for each in control) if says(control, "rows") else None
    counts = {"rows_in_erp": rows, "records_in_erp": said_records(control)}
    said = [f"{count} {name.split('_')[0]}" for name, count in counts.items() if count is not None]
    said += [f"the totals of {name}" for name in AMOUNTS if getattr(entity, name) and says(control, name)]
    checks = [
        CheckResult(
            "rows_complete",
            passed=True,
            message=f"{snapshot.rows} rows read; they agree with what the ERP says of them: {', '.join(said)}."
            + (f" Not proven by it: {entity.unproven}." if entity.unproven else ""),
            detail={"rows_read": snapshot.rows, **{name: count for name, count in counts.items() if count is not None}},
        )
    ]
    if entity.debit and entity.credit:
        checks.append(
            CheckResult(
                "debits_equal_credits",
                passed=True,
                message=f"Debit and credit are {money_text(total.debit)}.",
                detail={"debit": amount_text(total.debit), "credit": amount_text(total.credit)},
            )
        )
    return checks
