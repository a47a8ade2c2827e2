"""Deliver: mapped rows to Anaplan as a file, imported once, every row accounted for.

The order is what makes a crash harmless: rows stored, delivery written down, intent to start stored, task started,
task id stored, polled. Whoever runs the same load again finds what the killed run left and brings it to its end first.

Only rows that changed since the last accepted delivery are sent, and zeros for coordinates that are gone: after any
sequence of snapshots the model holds what a full load of the last one would leave.
"""

from __future__ import annotations

from dataclasses import replace

from mlc_pipelines.anaplan import ListLoad, TaskOutcome, UnrecordedTask
from mlc_pipelines.config import ClearingAction, Load
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.errors import MlcError, TaskCancelled, TaskFailed
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.delivery.columns import load_name, personal_headers
from mlc_pipelines.flows.delivery.context import DeliveryContext, landed_snapshots, same_label_periods
from mlc_pipelines.flows.delivery.members import changed_members
from mlc_pipelines.flows.delivery.rejections import join_to_sources
from mlc_pipelines.flows.delivery.result import DeliveryResult
from mlc_pipelines.flows.delivery.rows import previous_deliveries, store_removed, store_sent, store_target
from mlc_pipelines.flows.delivery.run import DeliveryRun
from mlc_pipelines.flows.delivery.take_up import REFUSALS, settle_refused, take_up
from mlc_pipelines.store import deliveries as states
from mlc_pipelines.store.deliveries import Delivery, NewDelivery, new_delivery_id
from mlc_pipelines.store.delivery_files import DeliveryFiles
from mlc_pipelines.store.delivery_outcome import DeliveryOutcome
from mlc_pipelines.store.keys import LoadKey


def deliver(context: DeliveryContext, load: Load, entity: Entity, period: Period) -> DeliveryResult:
    """Send the newest snapshot of an entity and period through one load.

    What it returns may still be red: `report.failure` weighs it. Codes without a place in the model block the load
    before anything is sent, when it says `on_unmapped: fail`.

    Raises:
        ConfigurationError: the action or a file header does not exist, or the entity was never landed.
        TransientError, OutcomeUnknown: the next run goes on from where this one stopped.
        TaskCancelled: somebody cancelled the import; Anaplan rolled it back.
    """
    runtime = context.runtime
    periods = same_label_periods(load, context.calendar, period)
    key = LoadKey(context.tenant.tenant, entity.name, periods[0].key, load_name(load))
    # Held from before the snapshots are chosen: a run that mapped older ones must not come after one with newer ones.
    with runtime.deliveries.alone(key) as alone:
        run = DeliveryRun(
            context=context,
            load=load,
            entity=entity,
            period=period,
            key=key,
            alone=alone,
            snapshots=landed_snapshots(context, entity, period, periods),
            writer=context.open_writer(load, entity, context.anaplan, runtime, period),
            result=DeliveryResult(
                load_name(load),
                personal_headers(load, entity),
                members=ListLoad() if load.action_kind == "list" else None,
            ),
        )
        _deliver(run)
    return run.result


def _deliver(run: DeliveryRun) -> None:
    for unsettled in run.context.runtime.deliveries.unsettled(run.key):
        take_up(run, unsettled)
    delivery_id = new_delivery_id()
    files = DeliveryFiles.of(delivery_id)
    mapper = run.mapper(run.members())
    store_target(run, mapper, files)
    if run.result.blocked:
        run.storage.remove(files.target)
        return
    previous = previous_deliveries(run)
    file_hash = store_sent(run, mapper, files, previous)
    delivery = run.result.delivery = _prepare(run, delivery_id, file_hash)
    removing = store_removed(run, delivery, previous)
    run.alone.check()
    if not run.result.rows_sent and not removing:
        delivery.settle(states.ACCEPTED, delivery.outcome, run.now())
        return
    if isinstance(run.load.absent, ClearingAction):
        _clear(run, run.load.absent.action)
    _write(run, delivery)


def _prepare(run: DeliveryRun, delivery_id: str, file_hash: str) -> Delivery:
    result, anaplan = run.result, run.context.tenant.anaplan
    return run.context.runtime.deliveries.prepare(
        NewDelivery(
            run.key,
            delivery_id,
            workspace_id=anaplan.workspace_id,
            model_id=anaplan.model_id,
            snapshot_id=run.snapshots[-1].id,
            file_hash=file_hash,
            rows_sent=result.rows_sent,
            fence=run.alone.fence,
            outcome=DeliveryOutcome(
                snapshots=tuple(snapshot.id for snapshot in run.snapshots),
                columns=tuple(run.load.columns),
                accounting=result.accounting.rows(),
                zero_rows=result.zero_rows,
                unreckoned=result.unreckoned,
            ),
            run_id=run.context.run_id,
            created_at=run.now(),
        )
    )


def _clear(run: DeliveryRun, action_name: str) -> None:
    """Run the clearing action; the import must not go on top of figures that are still there."""
    client = run.context.anaplan
    outcome = client.run(client.action("action", action_name), UnrecordedTask(), check=run.alone.check)
    if not outcome.successful:
        raise TaskFailed(
            f"{load_name(run.load)}: the clearing action {action_name} failed: {'; '.join(outcome.messages)}.",
            hint="Nothing was imported; the figures of the delivery before may be gone in part.",
        )


def _write(run: DeliveryRun, delivery: Delivery) -> None:
    """Bring the rows into the model, and settle the delivery by what Anaplan says of them."""
    try:
        outcome = run.writer.write(delivery, run.alone)
    except TaskCancelled as error:
        delivery.give_up(states.CANCELLED, error.message, run.now())
        raise
    except REFUSALS as error:
        settle_refused(run, delivery, error)
        raise
    except Exception:
        raise  # the next run goes on from here
    except BaseException:
        _stop(run, delivery)
        raise
    _account_for(run, delivery, outcome)
    accounted = replace(delivery.outcome, accounting=run.result.accounting.rows())
    delivery.settle(run.result.state, run.result.answered(accounted), run.now())


def _account_for(run: DeliveryRun, delivery: Delivery, outcome: TaskOutcome) -> None:
    """Note what came of the rows; join the rejected ones to their source records."""
    result = run.result
    result.outcome = outcome
    if outcome.members is not None:
        result.members = outcome.members
        result.changed_members = changed_members(run.load, result.personal, outcome.members)
    if outcome.rejected is not None and outcome.rejected.num_rows:
        mapper = run.mapper({})
        batches = run.source_batches(mapper)
        result.rejected_rows = join_to_sources(outcome.rejected, mapper, batches, result.accounting)
        run.storage.write(delivery.files.rejected, outcome.rejected)


def _stop(run: DeliveryRun, delivery: Delivery) -> None:
    """The run was interrupted: have Anaplan roll back, so that nobody's model is left half loaded behind it."""
    try:
        rolled_back = run.writer.stop(delivery)
    except MlcError:
        return  # the next run finds the task and goes on from there
    if rolled_back:
        delivery.give_up(states.CANCELLED, "the run was interrupted", run.now())
