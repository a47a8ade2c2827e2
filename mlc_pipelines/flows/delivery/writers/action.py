"""By an import or a process that reads a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlc_pipelines.anaplan import Action, AnaplanClient, FileForm, MappingParameter, TaskOutcome
from mlc_pipelines.config import Load
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.flows.delivery.columns import load_name
from mlc_pipelines.flows.delivery.file import csv_blocks
from mlc_pipelines.flows.delivery.target import Target
from mlc_pipelines.flows.delivery.writers.base import member_names
from mlc_pipelines.store.deliveries import Delivery
from mlc_pipelines.store.locks import Lock
from mlc_pipelines.store.storage import Storage


def action_target(client: AnaplanClient, action: Action, load: Load) -> Target:
    """What the file of an import can hold.

    Raises:
        ConfigurationError: a header that only one side has, or a form that can't be served.
    """
    return Target(
        _matching_form(client, action, load),
        member_names(load) if action.into_list else frozenset(),
        into_list=action.into_list,
        replace=load.on_unencodable == "replace",
    )


def _matching_form(client: AnaplanClient, action: Action, load: Load) -> FileForm:
    """The import's own file description; a header that only one side has is a fault found before anything is sent."""
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


class ActionWriter:
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

    def write(self, delivery: Delivery, alone: Lock) -> TaskOutcome:
        """See `Writer.write`."""
        return self._client.run(
            self._action,
            delivery,
            content=lambda: csv_blocks(self._storage, delivery.files.sent, self.target.form, self._numbers),
            mapping_parameters=self._answers,
            check=alone.check,
        )

    def stop(self, delivery: Delivery) -> bool:
        """See `Writer.stop`."""
        if delivery.task_id is None:
            return False
        return self._client.cancel(self._action, delivery.task_id).cancelled
