"""Reading Anaplan's task answers (contract anaplan.md, section 6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mlc_pipelines.anaplan.outcomes import ActionCounts, ActionResult, Task
from mlc_pipelines.errors import DataError

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


def read_task(answer: Mapping[str, Any]) -> Task:
    """A task from an answer, in `task` or, as older servers send it, on the top level.

    A state that nobody knows is waited through, until the deadline names it; nobody guesses that it is an end.

    Raises:
        DataError: it has a result, and its state is not one that Anaplan documents.
    """
    task: Mapping[str, Any] = answer.get("task") or answer
    fraction = task.get("progress")
    state = str(task.get("taskState") or STATES[0])
    if state not in STATES and task.get("result"):
        raise DataError(
            f"Task {task['taskId']} has ended in the taskState {state!r}, which is none of {', '.join(STATES)}.",
            hint=_ASK,
        )
    return Task(
        id=str(task["taskId"]),
        state=state,
        created=datetime.fromtimestamp(int(task.get("creationTime") or 0) / 1000, UTC),
        step=str(task.get("currentStep") or ""),
        fraction=float(fraction) if fraction is not None else None,
        result=task.get("result") or {},
        cancelled_by=str(task.get("cancelledBy") or ""),
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


def read_counts(values: Sequence[str | None]) -> ActionCounts:
    """Counts from the flat list `key, value, key, value` of one detail, in whatever order it comes."""
    pairs = dict(zip(values[::2], values[1::2], strict=False))
    if not any(name in pairs for names in _COUNTS.values() for name in names):
        return ActionCounts()

    def count(names: tuple[str, ...]) -> int:
        name = next((name for name in names if name in pairs), "")
        text = str(pairs.get(name) or 0)
        if not re.fullmatch(r"[0-9]+", text):
            raise DataError(f"A task's result has the {name} {text!r}, which is no number of rows.", hint=_ASK)
        return int(text)

    counted: dict[str, Any] = {ours: count(names) for ours, names in _COUNTS.items()}
    return ActionCounts(**counted, reported=True)


def read_result(result: Mapping[str, Any]) -> ActionResult:
    """One result object, without its nested ones.

    Raises:
        DataError: a truth or a count is something else.
    """
    details: Sequence[Mapping[str, Any]] = result.get("details") or []
    counts = ActionCounts()
    for detail in details:
        counts += read_counts(detail.get("values") or [])
        if detail.get("type") == "hierarchyNoChanges":
            counts += ActionCounts(no_changes=True)
    texts = [str(d.get("localMessageText") or d.get("type") or "") for d in details]
    return ActionResult(
        object_id=str(result.get("objectId") or ""),
        name=str(result.get("objectName") or ""),
        successful=_truth(result, "successful") and not any(detail.get("type") in FAILURES for detail in details),
        counts=counts,
        dump_available=_truth(result, "failureDumpAvailable"),
        detail_types=tuple(str(d.get("type") or "") for d in details),
        messages=tuple(text.strip() for text in texts if text.strip()),
    )


def _truth(result: Mapping[str, Any], member: str) -> bool:
    """True or false; left out is false."""
    value = result.get(member, False)
    if not isinstance(value, bool):
        raise DataError(f"A task's result has {member} {value}, and neither true nor false.", hint=_ASK)
    return value
