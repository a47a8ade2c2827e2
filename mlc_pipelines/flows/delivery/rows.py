"""The rows of a delivery: all that the model is to hold, those of them that are sent, and members to delete."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.config import ClearingAction
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.flows.delivery.columns import load_name, own_headers
from mlc_pipelines.flows.delivery.file import store_rows
from mlc_pipelines.flows.delivery.hierarchy import parents_first
from mlc_pipelines.flows.delivery.lost_rows import without_lost
from mlc_pipelines.flows.delivery.mapping import Mapper
from mlc_pipelines.flows.delivery.members import members_gone
from mlc_pipelines.flows.delivery.previous import PreviousDelivery, PreviousRows, zero_rows
from mlc_pipelines.flows.delivery.run import DeliveryRun
from mlc_pipelines.store import deliveries as states
from mlc_pipelines.store.deliveries import Delivery
from mlc_pipelines.store.delivery_files import DeliveryFiles

_compute: Any = pc


def store_target(run: DeliveryRun, mapper: Mapper, files: DeliveryFiles) -> None:
    """Map the snapshots; keep all rows that the model is to hold."""
    result = run.result
    tables = mapper.tables(run.source_batches(mapper))
    none = pa.schema([(header, pa.string()) for header in mapper.headers]).empty_table()
    if run.load.sums:
        tables = iter([next(tables, none)])
    elif run.entity.kind == "dimension":
        tables = iter([parents_first(pa.concat_tables([none, *tables]))])
    result.rows_target, _ = store_rows(run.storage, files.target, tables, mapper.headers)
    result.rows_read = sum(snapshot.rows for snapshot in run.snapshots)
    result.accounting = mapper.accounting
    unmapped = mapper.accounting.unmapped.values()
    stops = run.load.on_unmapped == "fail" or any(found.reason.stops for found in unmapped)
    result.blocked = bool(unmapped) and stops


def previous_deliveries(run: DeliveryRun) -> list[Delivery]:
    """Deliveries whose figures the model may hold; a full load does without those whose rows are lost."""
    previous = run.context.runtime.deliveries.since_last_accepted(run.key)
    if not run.context.full:
        return previous
    known, run.result.unreckoned = without_lost(run.storage, previous, run.result.accounting)
    return known


def store_sent(run: DeliveryRun, mapper: Mapper, files: DeliveryFiles, previous: Sequence[Delivery]) -> str:
    """Keep the rows to send: those that changed, and zeros for coordinates that are gone; gives their hash."""
    storage, result = run.storage, run.result
    target = (pa.Table.from_batches([batch]) for batch in storage.batches(files.target))
    base = _base(run, previous)
    tables = PreviousRows(storage.batches(base.files.target)).changed(target) if base else target
    if run.load.sums and run.load.absent == "zero":
        present = storage.table(files.target)
        filled = (_left_behind(run, delivery) for delivery in previous)
        zeros = mapper.existing(zero_rows(filled, present, mapper.coordinates, *run.load.sums))
        result.zero_rows = zeros.num_rows
        tables = chain(tables, [zeros])
    result.rows_sent, file_hash = store_rows(storage, files.sent, tables, mapper.headers)
    return file_hash


def _base(run: DeliveryRun, previous: Sequence[Delivery]) -> Delivery | None:
    """The delivery whose rows the model holds for certain; None when all rows have to be sent.

    That is so when the last delivery was not accepted whole, when a full one is wanted or rows are cleared first,
    and when the load's columns, model or rows went elsewhere before.
    """
    if not previous or previous[0].state != states.ACCEPTED:
        return None
    base = previous[0]
    if run.context.full or isinstance(run.load.absent, ClearingAction):
        return None
    same_place = base.model_id == run.context.tenant.anaplan.model_id
    return base if same_place and base.outcome.columns == tuple(run.load.columns) else None


def _left_behind(run: DeliveryRun, previous: Delivery) -> PreviousDelivery:
    """What an earlier delivery left in the model."""
    rows = run.storage.table(previous.files.target)
    # A process may have several imports of the same file: what one rejects another may have taken.
    if run.load.action_kind == "process" or not run.storage.exists(previous.files.rejected):
        return PreviousDelivery(rows)
    rejected = run.storage.table(previous.files.rejected)
    return PreviousDelivery(rows, rejected.filter(_compute.equal(rejected["status"], "E")))


def store_removed(run: DeliveryRun, delivery: Delivery, previous: Sequence[Delivery]) -> bool:
    """Keep the codes of members to delete, so that a run that takes this delivery up deletes them too.

    Returns:
        Whether there are any.

    Raises:
        ConfigurationError: nothing would be left of the list, or what came after a replayed snapshot would go.
    """
    if not run.load.remove_missing:
        return False
    storage, code = run.storage, own_headers(run.load)["code"]
    here = [each for each in previous if each.model_id == delivery.model_id]
    gone = members_gone(storage, here, storage.table(delivery.files.target), code)
    if gone and not run.result.rows_target:
        raise ConfigurationError(
            f"{load_name(run.load)}: {run.entity.name} has no rows, so all {len(gone)} members would be deleted.",
            hint="Look why the ERP gives none; if that is right, delete them in Anaplan.",
        )
    if gone and run.context.replays:
        raise ConfigurationError(
            f"{load_name(run.load)}: snapshot {run.context.replays.id} lacks {len(gone)} members of the list, which"
            f" would be deleted with all that people entered for them, such as {', '.join(gone[:3])}.",
            hint="Take `remove_missing` out of the load to replay it; without --snapshot the newest one is delivered.",
        )
    if gone:
        storage.write(delivery.files.removed, pa.table({code: gone}))
    return bool(gone)
