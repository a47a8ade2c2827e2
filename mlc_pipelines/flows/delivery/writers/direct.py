"""By writing list members or cells directly, through the transactional API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import pyarrow as pa

from mlc_pipelines.anaplan import ActionCounts, AnaplanClient, Cell, TaskOutcome
from mlc_pipelines.clock import Clock
from mlc_pipelines.config import Load
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.flows.delivery.columns import load_name, own_headers
from mlc_pipelines.flows.delivery.target import Target
from mlc_pipelines.flows.delivery.writers.base import member_names
from mlc_pipelines.store.deliveries import Delivery
from mlc_pipelines.store.locks import Lock
from mlc_pipelines.store.storage import Storage


def list_target(load: Load, client: AnaplanClient) -> Target:
    """What a list can hold.

    Raises:
        ConfigurationError: it is a numbered list, and the load names its members.
    """
    own = own_headers(load)
    if not client.is_numbered(load.action_name):
        return Target(names=member_names(load), into_list=True)
    if "name" in own:
        raise ConfigurationError(
            f"{load_name(load)}: it is a numbered list, whose members Anaplan names itself.",
            hint=f"Take the column {own['name']} out, or give it the header of a property.",
        )
    return Target(names=member_names(load), numbered_code=own.get("code", ""), into_list=True)


class _DirectWriter:
    """Writes that have no task: what is written is written, and writing it again changes nothing."""

    target = Target()

    def stop(self, delivery: Delivery) -> bool:  # noqa: ARG002 - the writer's signature
        """See `Writer.stop`."""
        return False


class ListWriter(_DirectWriter):
    """Members of a list, written directly. Writing them twice is writing them once."""

    def __init__(self, list_name: str, target: Target, client: AnaplanClient, storage: Storage, clock: Clock) -> None:
        self._list_name = list_name
        self.target = target
        self._client = client
        self._storage = storage
        self._clock = clock

    def write(self, delivery: Delivery, alone: Lock) -> TaskOutcome:
        """See `Writer.write`."""
        rows = self._storage.table(delivery.files.sent)
        delivery.starting(self._clock.now())
        stored = self._storage.exists(delivery.files.removed)
        gone = self._storage.table(delivery.files.removed) if stored else rows.slice(0, 0)
        written = self._client.load_list(self._list_name, rows, remove=gone[0].to_pylist(), check=alone.check)
        failures = [(failure.row, f"{failure.kind}: {failure.message}") for failure in written.failures]
        counts = ActionCounts(
            total=rows.num_rows,
            succeeded=rows.num_rows - len(failures),
            failed=len(failures) + len(written.not_removed),
            created=written.added,
            updated=written.updated,
            reported=True,
        )
        parts = [_rejected(rows, failures), _not_removed(rows, gone.column_names[0], written.not_removed)]
        found = [part for part in parts if part is not None]
        rejected = pa.concat_tables(found) if found else None
        return TaskOutcome("", successful=True, counts=counts, rejected=rejected, members=written)


class CellWriter(_DirectWriter):
    """Cells of a module, written directly: each sum column is a line item, every other column a dimension.

    Raises:
        ConfigurationError: the model has no such module or line item, or the line item has other dimensions.
    """

    def __init__(self, load: Load, client: AnaplanClient, storage: Storage, clock: Clock) -> None:
        if not load.sums:
            raise ConfigurationError(
                f"{load_name(load)}: no column has a sum.",
                hint="A module is written cell by cell: a column with `sum` names the line item.",
            )
        columns = [header for header in load.columns if header not in load.sums]
        for line_item in load.sums:
            dimensions = client.cell_dimensions(load.action_name, line_item)
            if dimensions and set(dimensions) != set(columns):
                raise ConfigurationError(
                    f"{load_name(load)}: its columns besides {', '.join(load.sums)} are {', '.join(columns)}; the "
                    f"dimensions of line item {line_item} are {', '.join(dimensions)}.",
                    hint="Give each dimension a column of its name, and no other columns.",
                )
        self._load = load
        self._client = client
        self._storage = storage
        self._clock = clock

    def write(self, delivery: Delivery, alone: Lock) -> TaskOutcome:
        """See `Writer.write`."""
        delivery.starting(self._clock.now())
        written = self._client.write_cells(self._load.action_name, self._cells(delivery.files.sent), check=alone.check)
        # A row is a cell of each line item, and is taken when all of them are.
        refused = {each.place // len(self._load.sums): f"{each.kind}: {each.message}" for each in written.failures}
        failures, rows = sorted(refused.items()), written.sent // len(self._load.sums)
        counts = ActionCounts(total=rows, succeeded=rows - len(failures), failed=len(failures), reported=True)
        rejected = _rejected(self._storage.table(delivery.files.sent), failures) if failures else None
        return TaskOutcome("", successful=True, counts=counts, rejected=rejected)

    def _cells(self, path: str) -> Iterator[Cell]:
        for batch in self._storage.batches(path):
            for row in batch.to_pylist():
                amounts = {line_item: Decimal(row.pop(line_item)) for line_item in self._load.sums}
                for line_item, amount in amounts.items():
                    yield Cell(line_item=line_item, coordinates=row, value=amount)


def _rejected(rows: pa.Table, failures: Sequence[tuple[int, str]]) -> pa.Table | None:
    """Rows that were not taken, in the form of a failure dump."""
    if not failures:
        return None
    places = [place for place, _ in failures]
    told = {"line": [place + 1 for place in places], "status": ["E"] * len(places)}
    columns = {name: rows[name].take(pa.array(places)) for name in rows.column_names}
    return pa.table({**told, "errors": [error for _, error in failures], **columns})


def _not_removed(rows: pa.Table, code: str, failures: Sequence[tuple[str, str]]) -> pa.Table | None:
    """Members that stayed against our will; in the same form, but with a code only: they are no rows of the file."""
    if not failures:
        return None
    told = {"line": pa.nulls(len(failures), pa.int64()), "status": ["E"] * len(failures)}
    reasons = [f"not removed: {reason}" for _, reason in failures]
    empty = {name: pa.nulls(len(failures), pa.string()) for name in rows.column_names}
    return pa.table({**told, "errors": reasons, **empty, code: [code for code, _ in failures]})
