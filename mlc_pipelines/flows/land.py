"""Land: read an ERP entity as of a period, prove the read complete, keep it as a snapshot."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
            read = group_totals(store, written.path, entity)
            differences = _differences(entity, control, read) + _record_differences(store, written, entity, control)
            if not differences:
                total = _sum(list(read.values()))
                _check_balance(entity, period, total)
                _check_records(store, written, entity, period)
                before = store.current(tenant, entity.name, period.key)
                snapshot = store.commit(
                    written,
                    tenant=tenant,
                    entity=entity.name,
                    period=period.key,
                    control=[_as_json(each) for each in _agreed(control, read)],
                    extracted_at=extracted_at,
                    run_id=run_id,
                )
                checks = _checks(entity, snapshot, control, total)
                return _landed(snapshot, before, checks, total, time.monotonic() - started)
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


@dataclass(frozen=True)
class GroupTotal:
    """What a snapshot file holds of one control group.

    Attributes:
        rows: how many.
        amount, debit, credit: sums; zero where the entity has no such field.
    """

    rows: int = 0
    amount: Decimal = Decimal(0)
    debit: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)


def group_totals(store: SnapshotStore, path: str, entity: Entity) -> dict[str, GroupTotal]:
    """Rows and amounts of a snapshot file per control group, read back from the file; one group `""` without groups."""
    amounts = {name: getattr(entity, name) for name in ("amount", "debit", "credit") if getattr(entity, name)}
    columns = sorted({*amounts.values(), *([entity.control_by] if entity.control_by else [entity.key[0]])})
    totals: dict[str, GroupTotal] = {}
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
            before = totals.get(row["group"], GroupTotal())
            totals[row["group"]] = GroupTotal(
                before.rows + row["group_count"],
                **{name: getattr(before, name) + row[f"{name}_sum"] for name in amounts},
            )
    return totals


_AMOUNTS = ("amount", "debit", "credit")


def _differences(entity: Entity, control: Sequence[ControlTotal], read: dict[str, GroupTotal]) -> list[str]:
    """What differs between what the ERP says and what the file holds, one sentence a group."""
    if _is_of_the_whole(control):
        read = {"": _sum(list(read.values()))}
    erp = {total.group or "": total for total in control}
    # A group that the ERP has no total of has nothing in it, in those measures that it has totals of.
    zeros: dict[str, Any] = {name: 0 for name in ("rows", *_AMOUNTS) if _says(control, name)}
    found: list[str] = []
    for group in sorted({*erp, *read}):
        theirs, ours = erp.get(group) or ControlTotal(group, **zeros), read.get(group, GroupTotal())
        parts = [f"{theirs.rows} rows in the ERP, {ours.rows} read"] if theirs.rows not in (None, ours.rows) else []
        parts += [
            f"{name} {money_text(said)} in the ERP, {money_text(getattr(ours, name))} read"
            for name in _AMOUNTS
            if getattr(entity, name) and (said := getattr(theirs, name)) not in (None, getattr(ours, name))
        ]
        if parts:
            found.append(f"{group or entity.name}: {', '.join(parts)}")
    return found


def _record_differences(
    store: SnapshotStore, written: WrittenFile, entity: Entity, control: Sequence[ControlTotal]
) -> list[str]:
    """Whether there are as many documents as the ERP counts, where it counts those."""
    said = _said_records(control)
    if said is None:
        return []
    header = list(entity.key[:-1])
    found: set[tuple[Any, ...]] = set()
    for batch in store.storage.batches(written.path, header):
        table = pa.table([batch.column(name) for name in header], names=header).group_by(header).aggregate([])
        found.update(zip(*(table.column(name).to_pylist() for name in header), strict=True))
    return [] if len(found) == said else [f"{entity.name}: {said} records in the ERP, {len(found)} read"]


def _agreed(control: Sequence[ControlTotal], read: dict[str, GroupTotal]) -> list[tuple[str, GroupTotal]]:
    """The ERP's totals by group, and where it doesn't say, those of the read that agrees with all that it does say."""
    if _is_of_the_whole(control):
        return list(read.items())
    return [
        (
            total.group or "",
            replace(
                read.get(total.group or "", GroupTotal()),
                **{name: said for name in ("rows", *_AMOUNTS) if (said := getattr(total, name)) is not None},
            ),
        )
        for total in control
    ]


def _is_of_the_whole(control: Sequence[ControlTotal]) -> bool:
    return all(total.group is None for total in control)


def _says(control: Sequence[ControlTotal], name: str) -> bool:
    return all(getattr(total, name) is not None for total in control)


def _said_records(control: Sequence[ControlTotal]) -> int | None:
    counts = [total.records for total in control if total.records is not None]
    return sum(counts) if counts else None


def _sum(totals: Sequence[GroupTotal]) -> GroupTotal:
    return GroupTotal(
        sum(total.rows for total in totals),
        sum((total.amount for total in totals), Decimal(0)),
        sum((total.debit for total in totals), Decimal(0)),
        sum((total.credit for total in totals), Decimal(0)),
    )


def _check_balance(entity: Entity, period: Period, total: GroupTotal) -> None:
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


def _landed(
    snapshot: Snapshot, before: Snapshot | None, checks: Sequence[CheckResult], total: GroupTotal, seconds: float
) -> Landed:
    return Landed(
        snapshot=snapshot,
        unchanged=before is not None and before.content_hash == snapshot.content_hash,
        debit=total.debit,
        credit=total.credit,
        amount=total.amount,
        checks=tuple(checks),
        seconds=seconds,
    )


def _checks(
    entity: Entity, snapshot: Snapshot, control: Sequence[ControlTotal], total: GroupTotal
) -> list[CheckResult]:
    rows = sum(each.rows or 0 for each in control) if _says(control, "rows") else None
    counts = {"rows_in_erp": rows, "records_in_erp": _said_records(control)}
    said = [f"{count} {name.split('_')[0]}" for name, count in counts.items() if count is not None]
    said += [f"the totals of {name}" for name in _AMOUNTS if getattr(entity, name) and _says(control, name)]
    checks = [
        CheckResult(
            "rows_complete",
            passed=True,
            message=f"{snapshot.rows} rows read; they agree with what the ERP says of them: {', '.join(said)}.",
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


def _as_json(agreed: tuple[str, GroupTotal]) -> dict[str, Any]:
    group, total = agreed
    return {
        "group": group,
        "rows": total.rows,
        **{name: amount_text(getattr(total, name)) for name in _AMOUNTS},
    }
