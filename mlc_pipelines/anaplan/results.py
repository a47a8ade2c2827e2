"""Reading Anaplan's task answers (contract anaplan.md, section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mlc_pipelines.anaplan.outcomes import ActionCounts, ActionResult, Task
from mlc_pipelines.errors import DataError
from mlc_pipelines.http import Answer

STATES = ("NOT_STARTED", "IN_PROGRESS", "COMPLETE", "CANCELLING", "CANCELLED")
"""What a task may be in; the third and the last are ends."""

FAILURES = frozenset(
    {
        *("actionFailed", "connectorError", "crossCustomerImport", "deleteFromSelectionFailed", "failedToLocateEntity"),
        *("failedToLocateHierarchy", "failedToLocateModel", "failedToLocateModule", "failedToLocateSavedView"),
        *("hierarchyImportFailed", "hierarchyImportDuplicateTargetKey", "importFailedGeneralError", "internalError"),
        *("missingFields", "moduleImportFailed", "moduleImportNoWriteAccess", "msgExportCancelled"),
        *("msgImportCancelled", "notAuthorised", "sourceModelArchived", "uploadedFileNoLongerAvailable"),
    }
)
"""Types of details that say that an action failed, whatever `successful` says. Others decide nothing: counts do."""

_ASK = "Look into the model's history in Anaplan for what was done, then run it again with --full."
_LATEST = 4_102_444_800_000  # the year 2100


def read_task(answer: Answer) -> Task:
    """A task from an answer, in `task` or, as older servers send it, on the top level.

    A state that nobody knows is waited through, until the deadline names it; nobody guesses that it is an end.

    Raises:
        DataError: it has another shape; or it has a result, and its state is not one that Anaplan documents.
    """
    task = answer.inner("task") or answer
    state, result = task.text("taskState") or STATES[0], task.inner("result")
    if state not in STATES and result:
        raise DataError(
            f"Task {task.needed('taskId')} has ended in the taskState {state!r}, which is none of {', '.join(STATES)}.",
            hint=_ASK,
        )
    return Task(
        id=task.needed("taskId"),
        state=state,
        created=datetime.fromtimestamp(min(max(task.whole("creationTime"), 0), _LATEST) / 1000, UTC),
        step=task.text("currentStep"),
        fraction=task.number("progress"),
        result=result,
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


def read_result(result: Answer) -> ActionResult:
    """One result object, without its nested ones.

    Raises:
        DataError: it has another shape: what can't be told is never taken for a success.
    """
    details = result.listed("details")
    counts = ActionCounts()
    for detail in details:
        counts += read_counts(detail)
        if detail.get("type") == "hierarchyNoChanges":
            counts += ActionCounts(no_changes=True)
    texts = [detail.text("localMessageText") or detail.text("type") for detail in details]
    return ActionResult(
        object_id=result.text("objectId"),
        name=result.text("objectName"),
        successful=result.flag("successful") and not any(detail.text("type") in FAILURES for detail in details),
        counts=counts,
        dump_available=result.flag("failureDumpAvailable"),
        detail_types=tuple(detail.text("type") for detail in details),
        messages=tuple(text.strip() for text in texts if text.strip()),
    )
