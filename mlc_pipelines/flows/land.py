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
from mlc_pipelines.flows.text import amount_text, as_text, money_text
from mlc_pipelines.store.results import CheckResult
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
        seconds: how long it took.
    """

    snapshot: Snapshot
    unchanged: bool
    debit: Decimal
    credit: Decimal
    amount: Decimal
    checks: tuple[CheckResult, ...]
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
    differences: list[str] = []
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
            differences = _differences(entity, control, group_totals(store, written.path, entity))
            if not differences:
                total = _sum(control)
                _check_balance(entity, period, total)
                _check_records(store, written, entity, period)
                before = store.current(tenant, entity.name, period.key)
                snapshot = store.commit(
                    written,
                    tenant=tenant,
                    entity=entity.name,
                    period=period.key,
                    control=[_as_json(each) for each in control],
                    extracted_at=extracted_at,
                    run_id=run_id,
                )
                return _landed(entity, snapshot, before, total, time.monotonic() - started)
        except BaseException:
            store.discard(written)
            raise
        store.discard(written)
    raise IncompleteRead(
        f"{tenant}: {entity.name} of {period.key}: rows read and the ERP's own totals differ after {READ_TRIES} reads: "
        + "; ".join(differences[:10]),
        hint="If the ERP is being posted to without pause, run again later; else a row-level right of the account may "
        "hide records.",
    )


def group_totals(store: SnapshotStore, path: str, entity: Entity) -> dict[str, ControlTotal]:
    """Rows and amounts of a snapshot file per control group, read back from the file; one group `""` without groups."""
    amounts = {name: getattr(entity, name) for name in ("amount", "debit", "credit") if getattr(entity, name)}
    columns = sorted({*amounts.values(), *([entity.control_by] if entity.control_by else [entity.key[0]])})
    totals: dict[str, ControlTotal] = {}
    for batch in store.storage.batches(path, columns):
        groups = (
            _compute.fill_null(as_text(batch.column(entity.control_by)), "")
            if entity.control_by
            else pa.repeat("", batch.num_rows)
        )
        table = pa.table(
            {"group": groups, **{name: _compute.fill_null(batch.column(f), Decimal(0)) for name, f in amounts.items()}}
        )
        grouped = table.group_by("group", use_threads=False).aggregate(
            [("group", "count"), *[(name, "sum") for name in amounts]]
        )
        for row in grouped.to_pylist():
            before = totals.get(row["group"], ControlTotal(row["group"], 0))
            totals[row["group"]] = ControlTotal(
                row["group"],
                before.rows + row["group_count"],
                **{name: getattr(before, name) + row[f"{name}_sum"] for name in amounts},
            )
    return totals


def _differences(entity: Entity, control: Sequence[ControlTotal], read: dict[str, ControlTotal]) -> list[str]:
    """What differs between the ERP's totals and the file's, one sentence a group."""
    zero = ControlTotal("", 0)
    if all(total.group is None for total in control):
        read = {"": _sum(list(read.values()))}
    erp = {total.group or "": total for total in control}
    found: list[str] = []
    for group in sorted({*erp, *read}):
        theirs, ours = erp.get(group, zero), read.get(group, zero)
        parts = [f"{theirs.rows} rows in the ERP, {ours.rows} read"] if theirs.rows != ours.rows else []
        parts += [
            f"{name} {money_text(getattr(theirs, name))} in the ERP, {money_text(getattr(ours, name))} read"
            for name in ("amount", "debit", "credit")
            if getattr(entity, name) and getattr(theirs, name) != getattr(ours, name)
        ]
        if parts:
            found.append(f"{group or entity.name}: {', '.join(parts)}")
    return found


def _sum(totals: Sequence[ControlTotal]) -> ControlTotal:
    return ControlTotal(
        "",
        sum(total.rows for total in totals),
        sum((total.amount for total in totals), Decimal(0)),
        sum((total.debit for total in totals), Decimal(0)),
        sum((total.credit for total in totals), Decimal(0)),
    )


def _check_balance(entity: Entity, period: Period, total: ControlTotal) -> None:
    if entity.debit and entity.credit and total.debit != total.credit:
        raise Unbalanced(
            f"{entity.name} of {period.key}: debit is {money_text(total.debit)}, credit {money_text(total.credit)}.",
            hint="Nothing of it is kept or sent until the books are right.",
        )


def _check_records(store: SnapshotStore, written: WrittenFile, entity: Entity, period: Period) -> None:
    """No record twice, no required value missing."""
    required = [f.name for f in entity.fields if f.required]
    ids: list[pa.Array] = []
    for batch in store.storage.batches(written.path, [SOURCE_ID, *required]):
        ids.append(batch.column(SOURCE_ID))
        for name in required:
            if batch.column(name).null_count:
                record = batch.column(SOURCE_ID).filter(_compute.is_null(batch.column(name)))[0].as_py()
                raise IncompleteRead(
                    f"{entity.name} of {period.key}: record {record} has no {name}, which every record must have.",
                    hint="Look at the record in the ERP; a missing right on that field has the same effect.",
                )
    if not ids:
        return
    counts = _compute.value_counts(pa.chunked_array(ids))
    repeated = counts.filter(_compute.greater(counts.field("counts"), 1))
    if len(repeated):
        raise IncompleteRead(
            f"{entity.name} of {period.key}: {len(repeated)} records came more than once, first "
            f"{repeated.field('values')[0].as_py()}."
        )


def _landed(entity: Entity, snapshot: Snapshot, before: Snapshot | None, total: ControlTotal, seconds: float) -> Landed:
    return Landed(
        snapshot=snapshot,
        unchanged=before is not None and before.content_hash == snapshot.content_hash,
        debit=total.debit,
        credit=total.credit,
        amount=total.amount,
        checks=tuple(_checks(entity, snapshot, total)),
        seconds=seconds,
    )


def _checks(entity: Entity, snapshot: Snapshot, total: ControlTotal) -> list[CheckResult]:
    checks = [
        CheckResult(
            "rows_complete",
            passed=True,
            message=f"{snapshot.rows} rows read, {total.rows} in the ERP.",
            detail={"rows_read": snapshot.rows, "rows_in_erp": total.rows},
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


def _as_json(total: ControlTotal) -> dict[str, Any]:
    return {
        "group": total.group or "",
        "rows": total.rows,
        **{name: amount_text(getattr(total, name)) for name in ("amount", "debit", "credit")},
    }
