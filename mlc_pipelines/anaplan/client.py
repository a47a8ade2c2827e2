"""The Anaplan client: everything that the flows do with one model."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property, partial
from types import TracebackType
from typing import Self

import pyarrow as pa

from mlc_pipelines.anaplan.cells import Cell, CellWrite, cell_dimensions, write_cells
from mlc_pipelines.anaplan.connect import open_hosts
from mlc_pipelines.anaplan.discovery import Discovery, ModelDescription, describe_model
from mlc_pipelines.anaplan.exports import Export, ExportFile, TextRows, open_export
from mlc_pipelines.anaplan.file_form import FileForm
from mlc_pipelines.anaplan.files import Upload
from mlc_pipelines.anaplan.list_load import ListLoad
from mlc_pipelines.anaplan.lists import list_members, load_list
from mlc_pipelines.anaplan.model_lock import HeldModel, model_lock, wait_until_free
from mlc_pipelines.anaplan.outcomes import (
    ACTION_KINDS,
    Action,
    ActionKind,
    ActionProgress,
    ImportSource,
    MappingParameter,
    Task,
    TaskOutcome,
    TaskRecord,
)
from mlc_pipelines.anaplan.ping import ping
from mlc_pipelines.anaplan.rules import BRIEF
from mlc_pipelines.anaplan.runs import Runs
from mlc_pipelines.anaplan.tasks import Tasks
from mlc_pipelines.anaplan.views import open_view
from mlc_pipelines.clock import Clock
from mlc_pipelines.config.anaplan import AnaplanConnection
from mlc_pipelines.findings import Finding
from mlc_pipelines.http import TokenCache
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.deliveries import DeliveryStore

DEADLINE = timedelta(hours=2)
"""How long a model, and then a task, is waited for."""


Check = Callable[[], None]
"""Raises when who calls may not write any more."""


def _nothing() -> None:
    """Nothing besides the model's lock has to be held."""


class AnaplanClient:
    """One tenant's model. Safe to use from several threads.

    Args:
        connection: the `anaplan:` section of the tenant.
        tenant: its name.
        secret: gives the value of a `{secret: NAME}`.
        database: for locks and budgets over processes.
        tokens: the shared token cache.
        clock: time.
        progress: told what an action does.
        how: sizes and compression of what is sent.

    Raises:
        ConfigurationError: a secret is missing or unusable.
    """

    def __init__(
        self,
        connection: AnaplanConnection,
        *,
        tenant: str,
        secret: Callable[[str], str],
        database: Database,
        tokens: TokenCache,
        clock: Clock,
        progress: Callable[[ActionProgress], None] = lambda _: None,
        how: Upload = Upload(),  # noqa: B008 - immutable
    ) -> None:
        self._open = partial(
            open_hosts, connection, tenant=tenant, secret=secret, database=database, tokens=tokens, clock=clock
        )
        self._hosts = self._open()
        self._api = self._hosts.api
        self._database = database
        self._clock = clock
        self._progress = progress
        self._discovery = Discovery(self._api)
        self._how = how

    def action(self, kind: ActionKind, name: str) -> Action:
        """The action of exactly that name.

        Raises:
            ConfigurationError: there is none, with near names, or there are several.
        """
        return self._discovery.action(kind, name)

    def actions(self, kinds: Iterable[ActionKind] = ACTION_KINDS) -> list[Action]:
        """What the model offers."""
        return self._discovery.actions(kinds)

    def import_source(self, action: Action) -> ImportSource:
        """The file that an import reads, or the one file that the imports of a process read.

        Raises:
            ConfigurationError: it reads no file, the process reads several, or the file is of a form not served.
        """
        return self._discovery.import_source(action)

    def export_form(self, action: Action) -> FileForm:
        """The form of the file that an export writes.

        Raises:
            ConfigurationError: it is no table of text, or of a form that is not served.
        """
        return self._discovery.export_form(action)

    def run(
        self,
        action: Action,
        record: TaskRecord,
        *,
        content: Callable[[], Iterator[bytes]] | None = None,
        mapping_parameters: Sequence[MappingParameter] = (),
        deadline: timedelta = DEADLINE,
        check: Check = _nothing,
    ) -> TaskOutcome:
        """Run an action to its end, alone on its model, or take up a run that a crash left behind.

        Args:
            action: what to run.
            record: where the task's life is written down. With a `task_id` that task is waited for: nothing is sent and
                nothing started. With `starting_since` its task is looked for first.
            content: gives the bytes of the file to import, header in the first block; each block ends at a row
                end and has at most 50 MB. Called when an upload begins.
            mapping_parameters: answers to the action's prompts.
            deadline: how long to wait for the model, and then for the task.
            check: called, as the model's lock is checked, right before each request that writes or starts, and at the
                end; raises when the caller may not go on.

        Returns:
            What came of it. `successful` is Anaplan's word; whether every row arrived is in `counts` and `rejected`.

        Raises:
            TaskCancelled: somebody cancelled it; Anaplan rolled it back.
            ModelBusy: the model was not free in time, or is locked.
            TransientError: the deadline has passed; running again waits for the same task.
            OutcomeUnknown: it can't be told whether the action ran, or whether the task of a killed run read its rows.
            LockLost: the model was lost to another run. Nothing was started after that; a task that was before goes on,
                and running again finds out what it read.
        """
        with self._alone(action, check) as model:
            return self._runs(model).run(action, record, content, mapping_parameters, deadline)

    def export(self, action: Action, record: TaskRecord, *, deadline: timedelta = DEADLINE) -> Export:
        """Run an export and read its file whole; see `open_export`."""
        with self.open_export(action, record, deadline=deadline) as file:
            return Export(file.outcome, pa.Table.from_batches(file.batches, file.schema))

    @contextmanager
    def open_export(
        self, action: Action, record: TaskRecord, *, deadline: timedelta = DEADLINE
    ) -> Generator[ExportFile]:
        """Run an export and read its file as a stream; until that is left, none of our runs can run it again.

        Args:
            action: the export.
            record: as for `run`.
            deadline: as for `run`.

        Raises:
            MlcError: as for `run`.
            ConfigurationError: its file is of a form that is not served; the export is not run.
            TaskFailed: the export failed, so that its file is an older one.
            DataError: the file's header can't be read.
        """
        form = self._discovery.export_form(action)
        with self._alone(action) as model:
            outcome = self._runs(model).run(action, record, None, (), deadline)
            with open_export(model.api, action, outcome, form) as file:
                yield file

    @contextmanager
    def read_view(self, module: str, view: str, *, deadline: timedelta = DEADLINE) -> Generator[TextRows]:
        """The rows of a view, of any size, as a stream; see `views.open_view`. The model is ours until it is left."""
        with self._alone() as model:
            wait_until_free(model.api, self._clock, deadline=deadline)
            module_id = self._discovery.module_id(module)
            with open_view(model.api, module, module_id, view, deadline=deadline) as rows:
                yield rows

    def cancel(self, action: Action, task_id: str, *, deadline: timedelta = timedelta(minutes=10)) -> Task:
        """Have Anaplan cancel a task, and wait until it is rolled back or has ended before it could be.

        Raises:
            TransientError: the deadline has passed.
            OutcomeUnknown: Anaplan no longer knows the task.
        """
        return Tasks(self._api, self._clock).cancel(action, task_id, deadline=deadline)

    def list_members(self, list_name: str) -> pa.Table:
        """Members of a list: `id`, `name`, `code`, `parent`, all strings.

        Raises:
            ConfigurationError: the model has no such list.
        """
        return list_members(self._api, self._discovery.model_list(list_name))

    def is_numbered(self, list_name: str) -> bool:
        """Whether Anaplan names the members of a list itself.

        Raises:
            ConfigurationError: the model has no such list.
        """
        return self._discovery.model_list(list_name).metadata.flag("numberedList")

    def load_list(
        self,
        list_name: str,
        rows: pa.Table,
        *,
        remove: Sequence[str] = (),
        deadline: timedelta = DEADLINE,
        check: Check = _nothing,
    ) -> ListLoad:
        """Add, change and remove members of a list directly, without an import action; see `lists.load_list`.

        `check` is as for `run`.
        """
        with self._alone(check=check) as model:
            wait_until_free(model.api, self._clock, deadline=deadline)
            return load_list(model.api, self._discovery.model_list(list_name), rows, remove=remove, how=self._how)

    def cell_dimensions(self, module: str, line_item: str) -> tuple[str, ...]:
        """The dimensions of a module's line item, by name.

        Raises:
            ConfigurationError: the model has no such module or line item.
        """
        return cell_dimensions(self._api, module, self._discovery.module_id(module), line_item)

    def write_cells(
        self,
        module_name: str,
        cells: Iterable[Cell],
        *,
        deadline: timedelta = DEADLINE,
        check: Check = _nothing,
    ) -> CellWrite:
        """Write cells of a module directly, without an import action; see `cells.write_cells`.

        `check` is as for `run`.
        """
        with self._alone(check=check) as model:
            wait_until_free(model.api, self._clock, deadline=deadline)
            return write_cells(model.api, self._discovery.module_id(module_name), cells, how=self._how)

    @cached_property
    def model(self) -> ModelDescription:
        """The model as Anaplan lists it.

        Raises:
            ConfigurationError: this user does not see it; with the right spelling if only the case is wrong.
        """
        return describe_model(self._api)

    @property
    def certificate_expires_at(self) -> datetime | None:
        """The last moment of the certificate that this connection signs in with; None when it uses none."""
        return self._hosts.certificate.expires_at if self._hosts.certificate else None

    def ping(self) -> list[Finding]:
        """Credentials, clocks, workspace, model, rights: each tried live, briefly."""
        hosts = self._open(retry=BRIEF)
        try:
            return ping(hosts, self._clock)
        finally:
            hosts.close()

    def _runs(self, model: HeldModel) -> Runs:
        tasks = Tasks(model.api, self._clock, taken=DeliveryStore(self._database).has_task)
        return Runs(model, self._clock, tasks, self._discovery, progress=self._progress, how=self._how)

    @contextmanager
    def _alone(self, action: Action | None = None, check: Check = _nothing) -> Generator[HeldModel]:
        def waiting(text: str) -> None:
            if action:
                self._progress(ActionProgress(action, "waiting", text))

        with model_lock(self._database, self._api, check=check, waiting=waiting) as model:
            yield model

    def close(self) -> None:
        """End all connections."""
        self._hosts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
