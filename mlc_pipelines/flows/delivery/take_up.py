"""A delivery that a crash left in the middle: brought to its end before anything new is sent."""

from __future__ import annotations

import logging
from dataclasses import replace

from mlc_pipelines.errors import LockLost, LostFile, MlcError, ModelBusy, OutcomeUnknown, PermanentError, TaskCancelled
from mlc_pipelines.flows.delivery.run import DeliveryRun
from mlc_pipelines.store import deliveries as states
from mlc_pipelines.store.deliveries import Delivery

_log = logging.getLogger(__name__)

REFUSALS = (PermanentError, ModelBusy, LockLost)
"""Say for certain that the request was not executed, or not sent."""


def take_up(run: DeliveryRun, unsettled: Delivery) -> None:
    """Find out how it ended, or end it; what can't be known of it is made good by sending all rows again."""
    known_task = unsettled.task_id
    if unsettled.outcome.columns != tuple(run.load.columns):
        # Its rows fit neither the load nor the import's file any more.
        _send_all_instead(run, unsettled, "the columns of the load were changed before it was settled")
        return
    if unsettled.overtaken():
        _send_all_instead(run, unsettled, "another delivery wrote before it was settled")
        return
    fence = unsettled.fence
    try:
        outcome = run.writer.write(unsettled, run.alone)
    except TaskCancelled as error:
        # Only the cancelled task was rolled back; of a start that was lost before it nobody knows.
        unsettled.give_up(states.CANCELLED if known_task else states.FAILED, error.message, run.now())
        return
    except (OutcomeUnknown, LostFile) as error:
        _send_all_instead(run, unsettled, error.message)
        return
    except REFUSALS as error:
        settle_refused(run, unsettled, error)
        raise
    found = replace(run.result, outcome=outcome, rows_sent=unsettled.rows_sent)
    sent_anew = unsettled.fence != fence or not outcome.task_id
    if not sent_anew and not any(part.total == unsettled.rows_sent for part in outcome.parts):
        read = f"{found.counts.total} rows" if found.counts.reported else "nobody knows how many rows"
        _send_all_instead(run, unsettled, f"task {outcome.task_id} read {read}, {unsettled.rows_sent} were sent")
        return
    unsettled.settle(found.state, found.answered(unsettled.outcome), run.now())


def settle_refused(run: DeliveryRun, delivery: Delivery, error: MlcError) -> None:
    """A start that was refused leaves no task to look for: one that somebody starts by hand then is not ours."""
    if delivery.state == states.STARTING:
        delivery.give_up(states.FAILED, error.message, run.now())


def _send_all_instead(run: DeliveryRun, unsettled: Delivery, reason: str) -> None:
    """What it wrote can't be known any more. Values are absolute, so sending all of them makes good either way."""
    _log.warning(
        "%s: the delivery of %s can't be taken up, all rows are sent again: %s.",
        run.result.load,
        f"{unsettled.created_at:%Y-%m-%d %H:%M:%S} UTC",
        reason.rstrip("."),
    )
    run.alone.check()
    unsettled.give_up(states.FAILED, reason, run.now())
