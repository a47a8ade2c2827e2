"""A red step in the run's log: the words that were meant for people, without Dagster's class names and stack traces.

A step that fails on purpose raises `Failure`, which says all there is to say. Dagster adds the exception's class and
the calls that led to it, twice, in the two longest entries of a red run. What nobody foresaw keeps them.
"""

from __future__ import annotations

from typing import Any

from dagster import EventLogEntry
from dagster_postgres import PostgresEventLogStorage
from dagster_shared.error import SerializableErrorInfo


class PlainFailures(PostgresEventLogStorage):
    """dagster-postgres' event log, with failures in words."""

    def store_event(self, event: EventLogEntry) -> None:
        """Store it, a failure in its own words."""
        super().store_event(in_words(event))


def in_words(event: EventLogEntry) -> EventLogEntry:
    """The event; a failure that was raised on purpose, of a step or of its run, says its words and nothing else."""
    dagster_event: Any = event.dagster_event
    data: Any = dagster_event.event_specific_data if dagster_event else None
    step: Any = getattr(data, "first_step_failure_event", None)
    failure = getattr(step.event_specific_data if step else data, "user_failure_data", None)
    if failure is None or not getattr(data, "error", None):
        return event
    words = SerializableErrorInfo(message=f"{failure.description}\n", stack=[], cls_name=None)
    changed: dict[str, Any] = {"error": words}
    if step:
        step_data = step.event_specific_data._replace(error=words)
        changed["first_step_failure_event"] = step._replace(event_specific_data=step_data)
    return event._replace(dagster_event=dagster_event._replace(event_specific_data=data._replace(**changed)))
