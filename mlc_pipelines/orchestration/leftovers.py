"""What crashed runs left: runs that would be shown as started for ever, and files that no row names."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster import DagsterRunStatus as Status

from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.store.leftover_files import sweep_files

_log = logging.getLogger(__name__)

_UNFINISHED = [Status.NOT_STARTED, Status.STARTING, Status.STARTED, Status.CANCELING]

_ENDED = "The process of this run ended without a word. What it began, the next run of the same partition settles."

_COMING_UP = timedelta(minutes=5)
"""A run that Dagster's daemon has launched may need so long until its first step holds its lock."""


def run_lock(run_id: str) -> str:
    """The name of the lock that a run holds while its process lives."""
    return f"run {run_id}"


def sweep(runtime: Runtime, instance: dg.DagsterInstance) -> None:
    """Settle what crashed runs left; others that start at the same time leave it to the first.

    A run is dead when nobody holds its lock. Files are swept that are older than every run that lives.
    """
    with runtime.database.try_lock("leftovers") as mine:
        if mine:
            _sweep(runtime, instance)


def sweep_leftovers(runtime: Runtime) -> None:
    """`sweep` on the instance that `prepare_instance` has prepared."""
    with dg.DagsterInstance.get() as instance:
        sweep(runtime, instance)


def _sweep(runtime: Runtime, instance: dg.DagsterInstance) -> None:
    now = runtime.snapshots.storage.now()  # by the clock that the files' times are by
    records = instance.get_run_records(dg.RunsFilter(statuses=_UNFINISHED))
    dead = [record for record in records if _is_dead(runtime, record, now)]
    for record in dead:
        if record.dagster_run.status == Status.CANCELING:
            instance.report_run_canceled(record.dagster_run, message=_ENDED)
        else:
            instance.report_run_failed(record.dagster_run, _ENDED)
    alive = [record for record in records if record not in dead]
    files, size = sweep_files(runtime.database, runtime.snapshots.storage, before=_oldest(alive, now))
    if dead or files:
        _log.warning(
            "Swept what crashed runs left: %d runs that were shown as running, %d files that no row names (%.1f MB).",
            len(dead),
            files,
            size / 1e6,
        )


def _is_dead(runtime: Runtime, record: dg.RunRecord, now: datetime) -> bool:
    launched = ".dagster/grpc_info" in record.dagster_run.tags
    if (launched or record.dagster_run.status == Status.NOT_STARTED) and now - _created(record) < _COMING_UP:
        return False
    with runtime.database.try_lock(run_lock(record.dagster_run.run_id)) as free:
        return free is not None


def _oldest(alive: Iterable[dg.RunRecord], now: datetime) -> datetime:
    return min((_created(record) for record in alive), default=now)


def _created(record: dg.RunRecord) -> datetime:
    return record.create_timestamp if record.create_timestamp.tzinfo else record.create_timestamp.replace(tzinfo=UTC)
