"""Land an export of the Anaplan model as a snapshot, as an entity of the ERP is landed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pyarrow as pa

from mlc_pipelines.anaplan import AnaplanClient, UnrecordedTask
from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import ConfigurationError, DataError, IncompleteRead
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.checks import ROWS_COMPLETE
from mlc_pipelines.flows.landing.land import Landed, keep
from mlc_pipelines.flows.landing.read_back import FileContent, read_back_rows
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.snapshots import SnapshotStore
from mlc_pipelines.store.totals import GroupTotal


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
            PartitionKey(tenant, entity, period.key),
            schema=file.schema,
            id_fields=[name for name in file.schema.names if name not in figures],
            modified=None,
            extracted_at=extracted_at,
            run_id=run_id,
        )
    try:
        found = read_back_rows(store.storage, written.path)
        _check_rows(found, counted.rows, export)
        complete = ROWS_COMPLETE.result(
            passed=True,
            message=f"{found.total.rows} rows kept, {counted.rows} in the file of task {run.task_id}.",
            detail={"rows_read": found.total.rows, "rows_in_file": counted.rows, "task_id": run.task_id},
        )
        return keep(store, written, [GroupTotal("", counted.rows)], found.total, [complete], started=started)
    except BaseException:
        store.discard(written)
        raise


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
            hint=f"It has: {', '.join(schema.names)}. If those are the page selectors of a grid, have a model builder "
            "give the export a tabular layout.",
        )


def _check_rows(found: FileContent, rows: int, export: str) -> None:
    """As many rows in the snapshot as in the export's file, and none twice."""
    if found.total.rows != rows:
        raise IncompleteRead(f"The file of export {export!r} has {rows} rows, but its snapshot {found.total.rows}.")
    if found.repeated:
        raise IncompleteRead(
            f"{found.repeated} rows of export {export!r} came more than once, first {found.first_repeated}.",
            hint="Have a model builder export all dimensions that tell its rows apart.",
        )
