"""What an action reports: the task's result and the failure dump (docs/vendors/anaplan.md, section 6)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mlc_sandbox.anaplan.imports.tabular import Rejection


@dataclass
class Counts:
    """Rows of an import by what became of them. Warned rows were taken."""

    created: int = 0
    updated: int = 0
    warned_created: int = 0
    warned_updated: int = 0
    failed: int = 0
    ignored: int = 0
    renamed: int = 0

    @property
    def successful(self) -> int:
        """Rows taken without a warning."""
        return self.created + self.updated

    @property
    def warned(self) -> int:
        """Rows taken with a warning."""
        return self.warned_created + self.warned_updated

    @property
    def total(self) -> int:
        """All rows."""
        return self.successful + self.warned + self.failed + self.ignored


@dataclass
class Result:
    """What one action did.

    Attributes:
        successful: as Anaplan sees it: also true when rows were refused.
        details: entries of `result.details`.
        dump: the failure dump as CSV; None when every row was taken or ignored.
        nested: results of a process's actions.
        object_id: id of the action.
        object_name: its name.
        output: content of an export.
    """

    successful: bool
    details: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    dump: bytes | None = None
    nested: list[Result] | None = None
    object_id: str = ""
    object_name: str = ""
    output: bytes | None = None

    def body(self) -> dict[str, Any]:
        """As the task's `result`."""
        body: dict[str, Any] = {
            "successful": self.successful,
            "failureDumpAvailable": self.dump is not None,
            "objectId": self.object_id,
            "objectName": self.object_name,
            "details": self.details,
        }
        if self.nested is not None:
            body["nestedResults"] = [result.body() for result in self.nested]
        return body


def detail(kind: str, text: str, *, occurrences: int = 0, values: Sequence[str] = ()) -> dict[str, Any]:
    """One entry of `result.details`."""
    return {"type": kind, "occurrences": occurrences, "localMessageText": text, "values": list(values)}


def failure(kind: str, text: str) -> Result:
    """The result of an action that could not be done at all."""
    return Result(successful=False, details=[detail(kind, text)])


def list_result(name: str, counts: Counts, rejections: list[Rejection], header: list[str], changes: int) -> Result:
    """The result of a list import."""
    if counts.failed or counts.warned:
        kind, text = "hierarchyRowsProcessedWithFailures", _failures_text(name, counts)
    else:
        kind = "hierarchyRowsProcessed" if changes else "hierarchyNoChanges"
        text = (
            f"{name}: {counts.successful} ({counts.created}/{counts.updated}) rows successful, "
            f"{counts.ignored} ignored "
        )
    values = _pairs(
        hierarchyName=name,
        successRowCount=counts.successful,
        successCreateCount=counts.created,
        successUpdateCount=counts.updated,
        warningsRowCount=counts.warned,
        warningsCreateCount=counts.warned_created,
        warningsUpdateCount=counts.warned_updated,
        failedCount=counts.failed,
        ignoredCount=counts.ignored,
        totalRowCount=counts.total,
        totalCreateCount=counts.created + counts.warned_created,
        totalUpdateCount=counts.updated + counts.warned_updated,
        invalidCount=0,
        updatedCount=counts.updated + counts.warned_updated,
        renamedCount=counts.renamed,
        createdCount=counts.created + counts.warned_created,
    )
    return _import_result(detail(kind, text, values=values), rejections, header)


def module_result(name: str, counts: Counts, rejections: list[Rejection], header: list[str]) -> Result:
    """The result of a module import. Its wording is our choice, for lack of a sample."""
    kind = "lineItemRowsProcessedWithFailures" if counts.failed or counts.warned else "lineItemRowsProcessed"
    values = _pairs(
        successRowCount=counts.successful,
        warningsRowCount=counts.warned,
        failedCount=counts.failed,
        ignoredCount=counts.ignored,
        totalRowCount=counts.total,
    )
    return _import_result(detail(kind, _failures_text(name, counts), values=values), rejections, header)


def _import_result(main: dict[str, Any], rejections: list[Rejection], header: list[str]) -> Result:
    kinds = Counter(kind for rejection in rejections for kind in rejection.kinds)
    samples: dict[str, str] = {}
    for rejection in rejections:
        for kind, text in zip(rejection.kinds, rejection.errors, strict=True):
            samples.setdefault(kind, text)
    details = [main, *(detail(kind, samples[kind], occurrences=number) for kind, number in kinds.items())]
    return Result(successful=True, details=details, dump=_dump(header, rejections) if rejections else None)


def _failures_text(name: str, counts: Counts) -> str:
    return (
        f"{name}: {counts.successful} ({counts.created}/{counts.updated}) rows successful, "
        f"{counts.warned} ({counts.warned_created}/{counts.warned_updated}) rows has warnings, "
        f"{counts.failed} failed, {counts.ignored} ignored"
    )


def _pairs(**values: str | int) -> list[str]:
    return [text for key, value in values.items() for text in (key, str(value))]


def _dump(header: list[str], rejections: list[Rejection]) -> bytes:
    widest = max(len(rejection.errors) for rejection in rejections)
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["_Status_", *header, "_Line_", *(f"_Error_{number + 1}_" for number in range(widest))])
    for rejection in sorted(rejections, key=lambda entry: entry.line):
        errors = rejection.errors + [""] * (widest - len(rejection.errors))
        writer.writerow([rejection.status, *rejection.values, rejection.line, *errors])
    return text.getvalue().encode()
