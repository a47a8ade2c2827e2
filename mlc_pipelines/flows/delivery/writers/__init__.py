"""The ways into a model: by an action that reads a file, or by writing list members or cells directly."""

from __future__ import annotations

from mlc_pipelines.anaplan import AnaplanClient, MappingParameter
from mlc_pipelines.config import Load
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.delivery.columns import fixed_text, number_headers
from mlc_pipelines.flows.delivery.writers.action import ActionWriter, action_target
from mlc_pipelines.flows.delivery.writers.base import Writer
from mlc_pipelines.flows.delivery.writers.direct import CellWriter, ListWriter, list_target
from mlc_pipelines.flows.runtime import Runtime

__all__ = ["Writer", "open_writer"]


def open_writer(
    load: Load,
    entity: Entity,
    client: AnaplanClient,
    runtime: Runtime,
    period: Period | None = None,
) -> Writer:
    """The writer of a load; what it names is looked up, so that a wrong name is told before anything is sent.

    Args:
        load: what goes where.
        entity: whose rows.
        client: of the tenant's model.
        runtime: gives time, and the place where deliveries keep their rows.
        period: for what the action asks at run time; without one nothing can be written.

    Raises:
        ConfigurationError: the action, list or module does not exist, or the file's headers differ.
    """
    storage, clock = runtime.snapshots.storage, runtime.clock
    if load.action_kind == "list":
        client.list_members(load.action_name)
        return ListWriter(load.action_name, list_target(load, client), client, storage, clock)
    if load.action_kind == "module":
        return CellWriter(load, client, storage, clock)
    action = client.action(load.action_kind, load.action_name)
    answers = [
        MappingParameter(asked, fixed_text(answer, period)) for asked, answer in load.parameters.items() if period
    ]
    target = action_target(client, action, load)
    return ActionWriter(action, target, client, storage, numbers=number_headers(load, entity), answers=answers)
