"""Tie out: the ERP's own totals against the snapshot, the sent and the accepted rows, group by group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.config import Load
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.delivery.columns import load_name, tied_amount
from mlc_pipelines.flows.delivery.context import DeliveryContext, same_label_periods
from mlc_pipelines.flows.landing.read_back import group_totals
from mlc_pipelines.flows.text import money_text
from mlc_pipelines.flows.tie_out.totals import GroupTieOut, TieOut
from mlc_pipelines.store.deliveries import Delivery
from mlc_pipelines.store.delivery_outcome import REJECTED, SENT, AccountedRows
from mlc_pipelines.store.keys import LoadKey
from mlc_pipelines.store.snapshots import Snapshot

_compute: Any = pc
_ZERO = Decimal(0)
_SIDES = ("debit", "credit")

NOTHING_DELIVERED = "nothing was delivered yet"


@dataclass
class _Figures:
    """Totals by group, while they are added up."""

    lines: dict[str, GroupTieOut] = field(default_factory=dict[str, GroupTieOut])

    def add(self, group: str, name: str, amount: Decimal) -> None:
        line = self.lines.setdefault(group, GroupTieOut())
        setattr(line, name, getattr(line, name) + amount)


def tie_out(
    context: DeliveryContext, entity: Entity, load: Load, period: Period, *, unread: bool = False
) -> list[TieOut]:
    """Compare what one load of one period did with what the ERP said when it was read; once for each of its sums.

    Args:
        context: the partition's.
        entity: what is tied out.
        load: which of its loads.
        period: of which period.
        unread: the ERP could not be read just now, so that what is known of it may be out of date.
    """
    periods = same_label_periods(load, context.calendar, period)
    snapshots = context.newest_snapshots(entity, periods)
    key = LoadKey(context.tenant.tenant, entity.name, periods[0].key, load_name(load))
    delivery = context.runtime.deliveries.newest_settled(key)
    if not snapshots:
        return [TieOut(entity.name, load_name(load), "rows", {}, ("was never landed",))]
    measured: list[tuple[str, str | None]] = [(header, field) for header, field in load.sums.items()]
    as_of = min(snapshot.extracted_at for snapshot in snapshots).isoformat(timespec="seconds")
    totals = [total for snapshot in snapshots for total in snapshot.control]
    sides = {name: sum((getattr(t, name) for t in totals), _ZERO) for name in _SIDES if getattr(entity, name)}
    results: list[TieOut] = []
    for header, summed in measured or [("", tied_amount(load, entity))]:
        measure = next((n for n in ("amount", "debit", "credit") if summed and getattr(entity, n) == summed), "")
        figures = _Figures()
        for snapshot in snapshots:
            _add_snapshot(context, figures, snapshot, entity, measure, summed=summed)
        problems: list[str] = []
        if delivery is not None:
            _add_delivery(figures, delivery, header, by_rows=not summed)
            problems = list(_problems(context, delivery, snapshots, header))
        elif any(snapshot.rows for snapshot in snapshots):
            problems = [NOTHING_DELIVERED]
        if unread:
            problems.append(f"could not be read now, its figures are those of {as_of}")
        shown = measure or summed or "rows"
        results.append(TieOut(entity.name, load_name(load), shown, figures.lines, tuple(problems), as_of, **sides))
    return results


def _add_snapshot(
    context: DeliveryContext, figures: _Figures, snapshot: Snapshot, entity: Entity, measure: str, *, summed: str | None
) -> None:
    amounts = {"amount": summed} if summed else {}
    landed = group_totals(context.runtime.snapshots.storage, snapshot.path, entity, amounts).values()
    for total in landed:
        figures.add(total.group, "snapshot", total.amount if summed else Decimal(total.rows))
    if summed and not measure:
        # The ERP gives no total of this field: what was landed stands for it, and its rows were compared when it was.
        for total in landed:
            figures.add(total.group, "erp", total.amount)
        return
    for total in snapshot.control:
        figures.add(total.group, "erp", Decimal(getattr(total, measure or "rows")))


def _add_delivery(figures: _Figures, delivery: Delivery, header: str, *, by_rows: bool) -> None:
    for rows in delivery.outcome.accounting:
        figures.add(rows.group, rows.disposition, _figure(rows, header, by_rows=by_rows))


def _figure(rows: AccountedRows, header: str, *, by_rows: bool) -> Decimal:
    if header:
        return rows.sum_of(header)
    return Decimal(rows.rows) if by_rows else rows.amount


def _problems(
    context: DeliveryContext, delivery: Delivery, snapshots: Sequence[Snapshot], header: str
) -> Iterable[str]:
    outcome = delivery.outcome
    if {snapshot.id for snapshot in snapshots} != set(outcome.snapshots):
        yield "the newest snapshot was not delivered yet"
    if not outcome.successful:
        what = f"task {delivery.task_id}" if delivery.task_id else "the newest delivery"
        yield f"{what} failed" + (f": {outcome.reason.rstrip('.')}" if outcome.reason else "")
    if outcome.counts.ignored:
        yield f"Anaplan ignored {outcome.counts.ignored} rows without saying which"
    if outcome.counts.rejected and (outcome.dump_missing or not outcome.rows_of(REJECTED)):
        yield f"Anaplan rejected {outcome.counts.rejected} rows whose source records are not known"
    if not header:
        return
    in_file = _file_total(context, delivery, header)
    sent = sum((rows.sum_of(header) for rows in outcome.rows_of(SENT)), _ZERO)
    if in_file != sent:
        yield f"the file holds {money_text(in_file)}, its source rows {money_text(sent)}"


def _file_total(context: DeliveryContext, delivery: Delivery, header: str) -> Decimal:
    """The amounts as they stand in the file, summed again."""
    total = _ZERO
    for batch in context.runtime.snapshots.storage.batches(delivery.files.target, [header]):
        numbers = batch.column(header).cast(pa.decimal128(38, 6))
        total += _compute.sum(numbers).as_py() or _ZERO
    return total
