"""What the ERP says of a read against what the snapshot file holds: compared exactly, and kept by group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.erp.base import ControlTotal, Entity
from mlc_pipelines.flows.text import amount_text, as_text, money_text
from mlc_pipelines.store.snapshots import SnapshotStore, WrittenFile

_compute: Any = pc

AMOUNTS = ("amount", "debit", "credit")
"""What a control total may sum, by the entity's attribute that names the field."""


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
    amounts = {name: getattr(entity, name) for name in AMOUNTS if getattr(entity, name)}
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


def field_totals(store: SnapshotStore, path: str, entity: Entity, field: str) -> dict[str, Decimal]:
    """Totals of any number of a snapshot file per control group, read back from the file."""
    totals: dict[str, Decimal] = {}
    for batch in store.storage.batches(path, [field, *([entity.control_by] if entity.control_by else [])]):
        groups = pa.repeat("", batch.num_rows)
        if entity.control_by:
            groups = _compute.fill_null(as_text(batch.column(entity.control_by)), "")
        table = pa.table({"group": groups, "amount": _compute.fill_null(batch.column(field), 0)})
        for row in table.group_by("group", use_threads=False).aggregate([("amount", "sum")]).to_pylist():
            totals[row["group"]] = totals.get(row["group"], Decimal(0)) + row["amount_sum"]
    return totals


def differences(entity: Entity, control: Sequence[ControlTotal], read: dict[str, GroupTotal]) -> list[str]:
    """What differs between what the ERP says and what the file holds, one sentence a group."""
    whole, groups = _parted(control)
    found = _differences(entity, groups, read) if groups else []
    return found + ([] if groups and not whole else _differences(entity, whole, {"": sum_of(read.values())}))


def _differences(entity: Entity, control: Sequence[ControlTotal], read: dict[str, GroupTotal]) -> list[str]:
    erp = {total.group or "": total for total in control}
    # A group that the ERP has no total of has nothing in it, in those measures that it has totals of.
    zeros: dict[str, Any] = {name: 0 for name in ("rows", *AMOUNTS) if not control or _any_says(control, name)}
    found: list[str] = []
    for group in sorted({*erp, *read}):
        theirs, ours = erp.get(group) or ControlTotal(group, **zeros), read.get(group, GroupTotal())
        parts = [f"{theirs.rows} rows in the ERP, {ours.rows} read"] if theirs.rows not in (None, ours.rows) else []
        parts += [
            f"{name} {money_text(said)} in the ERP, {money_text(getattr(ours, name))} read"
            for name in AMOUNTS
            if getattr(entity, name) and (said := getattr(theirs, name)) not in (None, getattr(ours, name))
        ]
        if parts:
            found.append(f"{group or entity.name}: {', '.join(parts)}")
    return found


def record_differences(
    store: SnapshotStore, written: WrittenFile, entity: Entity, control: Sequence[ControlTotal]
) -> list[str]:
    """Whether there are as many documents as the ERP counts, where it counts those."""
    said = said_records(control)
    if said is None:
        return []
    header = list(entity.key[:-1])
    found: set[tuple[Any, ...]] = set()
    for batch in store.storage.batches(written.path, header):
        table = pa.table([batch.column(name) for name in header], names=header).group_by(header).aggregate([])
        found.update(zip(*(table.column(name).to_pylist() for name in header), strict=True))
    return [] if len(found) == said else [f"{entity.name}: {said} records in the ERP, {len(found)} read"]


def agreed(control: Sequence[ControlTotal], read: dict[str, GroupTotal]) -> list[tuple[str, GroupTotal]]:
    """The ERP's totals by group, and where it doesn't say, those of the read that agrees with all that it does say."""
    said = {total.group or "": total for total in _parted(control)[1]}
    return [(group, _completed(said.get(group), read.get(group, GroupTotal()))) for group in sorted({*said, *read})]


def _completed(said: ControlTotal | None, read: GroupTotal) -> GroupTotal:
    figures = {name: getattr(said, name, None) for name in ("rows", *AMOUNTS)}
    return replace(read, **{name: figure for name, figure in figures.items() if figure is not None})


def _parted(control: Sequence[ControlTotal]) -> tuple[list[ControlTotal], list[ControlTotal]]:
    """The total of the whole, and those of groups."""
    return [each for each in control if each.group is None], [each for each in control if each.group is not None]


def says(control: Sequence[ControlTotal], name: str) -> bool:
    """Whether the ERP gives that figure, of the whole or of groups."""
    return not control or _any_says(control, name)


def _any_says(control: Sequence[ControlTotal], name: str) -> bool:
    return any(getattr(total, name) is not None for total in control)


def said_records(control: Sequence[ControlTotal]) -> int | None:
    """How many documents the ERP counts, None when it counts none."""
    counts = [total.records for total in control if total.records is not None]
    return sum(counts) if counts else None


def sum_of(totals: Iterable[GroupTotal]) -> GroupTotal:
    """All groups together."""
    totals = list(totals)
    return GroupTotal(
        sum(total.rows for total in totals),
        sum((total.amount for total in totals), Decimal(0)),
        sum((total.debit for total in totals), Decimal(0)),
        sum((total.credit for total in totals), Decimal(0)),
    )


def as_json(group_total: tuple[str, GroupTotal]) -> dict[str, Any]:
    """A group and its total as they are kept; amounts as text."""
    group, total = group_total
    return {
        "group": group,
        "rows": total.rows,
        **{name: amount_text(getattr(total, name)) for name in AMOUNTS},
    }
