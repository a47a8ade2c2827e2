"""Land an export of the Anaplan model as a snapshot, as an entity of the ERP is landed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.anaplan import AnaplanClient, UnrecordedTask
from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import ConfigurationError, DataError, IncompleteRead
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.landing.land import Landed
from mlc_pipelines.store.results import CheckResult
from mlc_pipelines.store.snapshots import SOURCE_ID, SnapshotStore, WrittenFile

_compute: Any = pc

PLAN = "approved_plan"
"""Name of the snapshots of a tenant's plan."""


def land_export(
    store: SnapshotStore,
    client: AnaplanClient,
    export: str,
    period: Period,
    *,
    entity: str,
    figures: Sequence[str],
    tenant: str,
    run_id: str,
    clock: Clock,
) -> Landed:
    """Run an export and make its file the newest snapshot of `entity` as of the period; memory stays flat.

    All columns are text, as they stand in the file. Its control total is the number of rows in the file; Anaplan gives
    none of its own (its `rowCount` is an estimate: docs/vendors/anaplan.md, section 4).

    Args:
        store: where the snapshot goes.
        client: of the tenant's model.
        export: the action's exact name.
        period: as of which the figures are.
        entity: the snapshot's name; none of an ERP entity's.
        figures: columns with what is planned; all others together tell rows apart, and make `_source_id`.
        tenant: whose.
        run_id: the run that asks.
        clock: time.

    Raises:
        ConfigurationError: the model has no such export, or its file no such column.
        DataError: the file has no header, a column twice, or a ragged row.
        IncompleteRead: a row came twice, or rows are missing in the snapshot.
        MlcError: as for `AnaplanClient.run`.
    """
    started = time.monotonic()
    action = client.action("export", export)
    run = UnrecordedTask()  # an export changes nothing: one that a crash left behind runs anew
    extracted_at = clock.now()
    counted = _Counted()
    with client.open_export(action, run) as file:
        _check_columns(export, file.schema, figures)
        written = store.write(
            counted.through(file.batches),
            folder=f"{tenant}/{entity}/{period.key}",
            schema=file.schema,
            key=[name for name in file.schema.names if name not in figures],
            modified=None,
            extracted_at=extracted_at,
            run_id=run_id,
        )
    try:
        _check_rows(store, written, counted.rows, export)
        before = store.current(tenant, entity, period.key)
        snapshot = store.commit(
            written,
            tenant=tenant,
            entity=entity,
            period=period.key,
            control=[{"group": "", "rows": counted.rows, "amount": "0", "debit": "0", "credit": "0"}],
            extracted_at=extracted_at,
            run_id=run_id,
        )
    except BaseException:
        store.discard(written)
        raise
    complete = CheckResult(
        "rows_complete",
        passed=True,
        message=f"{snapshot.rows} rows kept, {counted.rows} in the file of task {run.task_id}.",
        detail={"rows_read": snapshot.rows, "rows_in_file": counted.rows, "task_id": run.task_id},
    )
    return Landed(
        snapshot=snapshot,
        unchanged=before is not None and before.content_hash == snapshot.content_hash,
        debit=Decimal(0),
        credit=Decimal(0),
        amount=Decimal(0),
        checks=(complete,),
        repaired=written.repaired,
        seconds=time.monotonic() - started,
    )


class _Counted:
    """Counts the rows of a file while they pass."""

    def __init__(self) -> None:
        self.rows = 0

    def through(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            self.rows += batch.num_rows
            yield batch


def _check_columns(export: str, schema: pa.Schema, figures: Sequence[str]) -> None:
    if not schema.names:
        raise DataError(f"The file of export {export!r} is empty.", hint="Run the export in Anaplan and look at it.")
    twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
    if twice:
        raise DataError(
            f"The file of export {export!r} has columns of the same name: {', '.join(twice)}.",
            hint="Have a model builder give the export a tabular layout.",
        )
    missing = [name for name in figures if name not in schema.names]
    if missing:
        raise ConfigurationError(
            f"The file of export {export!r} has no column {', '.join(missing)}.",
            hint=f"It has: {', '.join(schema.names)}.",
        )


def _check_rows(store: SnapshotStore, written: WrittenFile, rows: int, export: str) -> None:
    """As many rows in the snapshot as in the export's file, and none twice."""
    ids = pa.chunked_array([b.column(SOURCE_ID) for b in store.storage.batches(written.path, [SOURCE_ID])], pa.string())
    if len(ids) != rows:
        raise IncompleteRead(f"The file of export {export!r} has {rows} rows, but its snapshot {len(ids)}.")
    counts = _compute.value_counts(ids)
    repeated = counts.filter(_compute.greater(counts.field("counts"), 1))
    if len(repeated):
        raise IncompleteRead(
            f"{len(repeated)} rows of export {export!r} came more than once, first "
            f"{repeated.field('values')[0].as_py()}.",
            hint="Have a model builder export all dimensions that tell its rows apart.",
        )
