"""Reading Anaplan's task answers (contract anaplan.md, section 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mlc_pipelines.anaplan.outcomes import ActionCounts, ActionResult, Task


def read_task(answer: Mapping[str, Any]) -> Task:
    """A task from an answer, in `task` or, as older servers send it, on the top level."""
    task: Mapping[str, Any] = answer.get("task") or answer
    fraction = task.get("progress")
    return Task(
        id=str(task["taskId"]),
        state=str(task.get("taskState") or "NOT_STARTED"),
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
        return next((int(pairs[name] or 0) for name in names if name in pairs), 0)

    counted: dict[str, Any] = {ours: count(names) for ours, names in _COUNTS.items()}
    return ActionCounts(**counted, reported=True)


def read_result(result: Mapping[str, Any]) -> ActionResult:
    """One result object, without its nested ones."""
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
        successful=bool(result.get("successful")),
        counts=counts,
        dump_available=bool(result.get("failureDumpAvailable")),
        detail_types=tuple(str(d.get("type") or "") for d in details),
        messages=tuple(text.strip() for text in texts if text.strip()),
    )
