"""Reading Anaplan's task answers (docs/vendors/anaplan.md, section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mlc_pipelines.anaplan.outcomes import ActionCounts, ActionResult, Task
from mlc_pipelines.anaplan.words import DETAIL, NO_CHANGES
from mlc_pipelines.http import Answer

_LATEST = 4_102_444_800_000  # the year 2100


def read_task(answer: Answer) -> Task:
    """A task from an answer, in `task` or, as older servers send it, on the top level.

    A start may be answered without a state.

    Raises:
        DataError: it has another shape.
    """
    task = answer.inner("task") or answer
    return Task(
        id=task.needed("taskId"),
        state=task.text("taskState"),
        created=datetime.fromtimestamp(min(max(task.whole("creationTime"), 0), _LATEST) / 1000, UTC),
        step=task.text("currentStep"),
        fraction=task.number("progress"),
        result=task.inner("result"),
        cancelled_by=task.text("cancelledBy"),
    )


# Anaplan's names of the counts; a list import has all of them, a module import only the first five.
_COUNTS: Mapping[str, tuple[str, ...]] = {
    "total": ("totalRowCount",),
    "succeeded": ("successRowCount",),
    "ignored": ("ignoredCount",),
    "failed": ("failedCount",),
    "warned": ("warningsRowCount",),
    "invalid": ("invalidCount",),
    "created": ("createdCount", "successCreateCount"),
    "updated": ("updatedCount", "successUpdateCount"),
}


def read_counts(detail: Answer) -> ActionCounts:
    """Counts from the flat list `key, value, key, value` of one detail, in whatever order it comes.

    Raises:
        DataError: a count is no number.
    """
    values = detail.texts("values")
    pairs = detail.of(dict(zip(values[::2], values[1::2], strict=False)))
    if not any(name in pairs for names in _COUNTS.values() for name in names):
        return ActionCounts()

    def count(names: tuple[str, ...]) -> int:
        return next((pairs.count(name) for name in names if name in pairs), 0)

    counted: dict[str, Any] = {ours: count(names) for ours, names in _COUNTS.items()}
    return ActionCounts(**counted, reported=True)


def read_result(result: Answer, task_id: str) -> ActionResult:
    """One result object, without its nested ones.

    Args:
        result: of the answer.
        task_id: for messages.

    Raises:
        DataError: it has another shape: what can't be told is never taken for a success.
    """
    details = result.listed("details")
    counts = ActionCounts()
    for detail in details:
        counts += read_counts(detail)
        if detail.get("type") == NO_CHANGES:
            counts += ActionCounts(no_changes=True)
    types = tuple(detail.text("type") for detail in details)
    failed = any(DETAIL.words.get(each) == "failed" for each in types)
    successful = result.flag("successful") and not failed
    if successful and not counts.reported:
        for each in types:
            DETAIL.one(each, f"Task {task_id} says that it was successful without counts, and the type of a detail")
    texts = [detail.text("localMessageText") or detail.text("type") for detail in details]
    return ActionResult(
        object_id=result.text("objectId"),
        name=result.text("objectName"),
        successful=successful,
        counts=counts,
        dump_available=result.flag("failureDumpAvailable"),
        detail_types=types,
        messages=tuple(text.strip() for text in texts if text.strip()),
    )
