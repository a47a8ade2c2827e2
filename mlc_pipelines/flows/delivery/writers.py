"""The ways into a model: by an action that reads a file, or by writing list members or cells directly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

import pyarrow as pa

from mlc_pipelines.anaplan import Action, ActionCounts, AnaplanClient, Cell, FileForm, MappingParameter
from mlc_pipelines.clock import Clock
from mlc_pipelines.config import Load, PeriodColumn
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.delivery.file import csv_blocks
from mlc_pipelines.flows.delivery.mapping import fixed_text, number_headers
from mlc_pipelines.flows.delivery.result import Outcome
from mlc_pipelines.flows.delivery.target import Target, own_headers
from mlc_pipelines.store.deliveries import Delivery
from mlc_pipelines.store.locks import Lock
from mlc_pipelines.store.snapshots import Storage


def load_name(load: Load) -> str:
    """How a load is called in keys and messages: `import Load Actuals`, `import Load Plan (Versions: Budget)`.

    What it answers at run time is part of it: the same rows into another version are another load.
    """
    answers = [
        f"{asked}: {answer.period if isinstance(answer, PeriodColumn) else answer.constant}"
        for asked, answer in load.parameters.items()
    ]
    return f"{load.action_kind} {load.action_name}" + (f" ({', '.join(answers)})" if answers else "")


class Carrier(Protocol):
    """One way into a model."""

    @property
    def target(self) -> Target:
        """What it can hold."""
        ...

    def carry(self, delivery: Delivery, alone: Lock) -> Outcome:
        """Bring a delivery's stored rows into the model, once; called again after a crash, it goes on from there.

        Args:
            delivery: what.
            alone: the lock of its load; checked right before each request that writes or starts, and at the end.

        Raises:
            LockLost: it, or the model's lock, was lost; nothing was written or started after that.
            TransientError, OutcomeUnknown: the next run goes on from where this one stopped.
            TaskCancelled: somebody cancelled it; Anaplan rolled it back.
        """
        ...

    def stop(self, delivery: Delivery) -> bool:
        """Undo what is under way for a delivery, as far as that can be done; gives whether nothing of it stays."""
        ...


def open_carrier(
    load: Load,
    entity: Entity,
    client: AnaplanClient,
    storage: Storage,
    clock: Clock,
    *,
    period: Period | None = None,
) -> Carrier:
    """The carrier of a load; what it names is looked up, so that a wrong name is told before anything is sent.

    Args:
        load: what goes where.
        entity: whose rows.
        client: of the tenant's model.
        storage: where deliveries keep their rows.
        clock: time.
        period: for what the action asks at run time; without one nothing can be carried.

    Raises:
        ConfigurationError: the action, list or module does not exist, or the file's headers differ.
    """
    if load.action_kind == "list":
        client.list_members(load.action_name)
        return _ListCarrier(load.action_name, _list_target(load, client), client, storage, clock)
    if load.action_kind == "module":
        return _CellCarrier(load, client, storage, clock)
    action = client.action(load.action_kind, load.action_name)
    answers = [
        MappingParameter(asked, fixed_text(answer, period)) for asked, answer in load.parameters.items() if period
    ]
    form = matching_form(client, action, load)
    target = Target(
        form,
        _member_names(load) if action.into_list else frozenset(),
        into_list=action.into_list,
        replace=load.on_unencodable == "replace",
    )
    return _ActionCarrier(action, target, client, storage, numbers=number_headers(load, entity), answers=answers)


def _list_target(load: Load, client: AnaplanClient) -> Target:
    own = own_headers(load)
    if not client.is_numbered(load.action_name):
        return Target(names=_member_names(load), into_list=True)
    if "name" in own:
        raise ConfigurationError(
            f"{load_name(load)}: it is a numbered list, whose members Anaplan names itself.",
            hint=f"Take the column {own['name']} out, or give it the header of a property.",
        )
    return Target(names=_member_names(load), numbered_code=own.get("code", ""), into_list=True)


def _member_names(load: Load) -> frozenset[str]:
    """Headers of the columns that name members of the list that is loaded."""
    return frozenset(header for name, header in own_headers(load).items() if name in {"name", "code", "parent"})


def matching_form(client: AnaplanClient, action: Action, load: Load) -> FileForm:
    """The import's own file description; a header that only one side has is a fault found before anything is sent.

    Raises:
        ConfigurationError: with the headers that only one side has, or with what can't be served of the file's form.
    """
    form = client.import_source(action).form
    if not form.headers:
        return replace(form, headers=tuple(load.columns))
    unknown = [header for header in load.columns if header not in form.headers]
    missing = [header for header in form.headers if header not in load.columns]
    if unknown or missing:
        parts = [f"the import's file has no column {', '.join(map(repr, unknown))}"] if unknown else []
        parts += [f"no value is configured for its column {', '.join(map(repr, missing))}"] if missing else []
        raise ConfigurationError(
            f"{load_name(load)}: {'; '.join(parts)}.",
            hint=f"The file's columns are: {', '.join(form.headers)}.",
        )
    return form


class _ActionCarrier:
    """By an import or a process that reads a file."""

    def __init__(
        self,
        action: Action,
        target: Target,
        client: AnaplanClient,
        storage: Storage,
        *,
        numbers: Sequence[str],
        answers: Sequence[MappingParameter],
    ) -> None:
        self._action = action
        self.target = target
        self._numbers = numbers
        self._answers = answers
        self._client = client
        self._storage = storage

    def carry(self, delivery: Delivery, alone: Lock) -> Outcome:
        task = self._client.run(
            self._action,
            delivery,
            content=lambda: csv_blocks(self._storage, delivery.sent_path, self.target.form, self._numbers),
            mapping_parameters=self._answers,
            check=alone.check,
        )
        return Outcome.of_task(task)

    def stop(self, delivery: Delivery) -> bool:
        if delivery.task_id is None:
            return False
        return self._client.cancel(self._action, delivery.task_id).cancelled


class _DirectCarrier:
    """Writes that have no task: what is written is written, and writing it again changes nothing."""

    target = Target()

    def stop(self, delivery: Delivery) -> bool:  # noqa: ARG002 - the carrier's signature
        return False


class _ListCarrier(_DirectCarrier):
    """Members of a list, written directly. Writing them twice is writing them once."""

    def __init__(self, list_name: str, target: Target, client: AnaplanClient, storage: Storage, clock: Clock) -> None:
        self._list_name = list_name
        self.target = target
        self._client = client
        self._storage = storage
        self._clock = clock

    def carry(self, delivery: Delivery, alone: Lock) -> Outcome:
        rows = self._storage.table(delivery.sent_path)
        delivery.starting(self._clock.now())
        stored = self._storage.exists(delivery.removed_path)
        gone = self._storage.table(delivery.removed_path) if stored else rows.slice(0, 0)
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
        return Outcome("", successful=True, parts=(counts,), rejected=rejected, members=written)


class _CellCarrier(_DirectCarrier):
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

    def carry(self, delivery: Delivery, alone: Lock) -> Outcome:
        delivery.starting(self._clock.now())
        written = self._client.write_cells(self._load.action_name, self._cells(delivery.sent_path), check=alone.check)
        # A row is a cell of each line item, and is taken when all of them are.
        refused = {each.place // len(self._load.sums): f"{each.kind}: {each.message}" for each in written.failures}
        failures, rows = sorted(refused.items()), written.sent // len(self._load.sums)
        counts = ActionCounts(total=rows, succeeded=rows - len(failures), failed=len(failures), reported=True)
        rejected = _rejected(self._storage.table(delivery.sent_path), failures) if failures else None
        return Outcome("", successful=True, parts=(counts,), rejected=rejected)

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
