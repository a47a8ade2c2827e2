"""The words of Anaplan's answers that decide something (docs/vendors/anaplan.md, sections 4, 6 and 8)."""

from __future__ import annotations

from collections.abc import Mapping

from mlc_pipelines.vocabulary import Vocabulary

RUNNING, COMPLETE, CANCELLED = "running", "complete", "cancelled"

TASK_STATE = Vocabulary(
    "what has become of the task",
    {
        "NOT_STARTED": RUNNING,
        "IN_PROGRESS": RUNNING,
        "CANCELLING": RUNNING,
        "COMPLETE": COMPLETE,
        "CANCELLED": CANCELLED,
    },
)

READ_STATE = Vocabulary(
    "what has become of the read request",
    {"NOT_STARTED": RUNNING, "IN_PROGRESS": RUNNING, "COMPLETE": COMPLETE, "CANCELLED": CANCELLED},
)

IMPORT_TYPE = Vocabulary(
    "whether the import fills a list",
    {"HIERARCHY_DATA": True, "MODULE_DATA": False, "LINE_ITEM_DEFINITION": False, "USERS": False, "VERSIONS": False},
)

SOURCE_TYPE = Vocabulary("whether the import reads a file", {"FILE": True, "": True, "MODEL": False})

DUMP_STATUS = Vocabulary("whether the row was rejected", {"E": True, "W": False})


NO_CHANGES = "hierarchyNoChanges"


def _details(**kinds: str) -> Mapping[str, str]:
    return {word: kind.replace("_", " ") for kind, words in kinds.items() for word in words.split()}


DETAIL = Vocabulary(
    "what came of an action that gives no counts",
    _details(
        done=f"exportSucceeded {NO_CHANGES} hierarchyRowsProcessed hierarchyRowsProcessedWithFailures"
        " lineItemRowsProcessed lineItemRowsProcessedWithFailures taskElementSucceeded usersRowsProcessed"
        " versionsRowsProcessed deleteFromSelectionSucceeded",
        failed="actionFailed connectorError crossCustomerImport deleteFromSelectionFailed failedToLocateEntity"
        " failedToLocateHierarchy failedToLocateModel failedToLocateModule failedToLocateSavedView"
        " hierarchyImportFailed hierarchyImportDuplicateTargetKey importFailedGeneralError internalError missingFields"
        " moduleImportFailed moduleImportNoWriteAccess msgExportCancelled msgImportCancelled notAuthorised"
        " sourceModelArchived uploadedFileNoLongerAvailable",
    ),
)
"""A failure is one whatever `successful` says. What counts come with is proved by them, whatever it is called."""

PLACES: Mapping[str, Vocabulary] = {
    "task.taskState": TASK_STATE,
    "result.details[].type": DETAIL,
    "_Status_ of a failure dump": DUMP_STATUS,
    "imports[].importType": IMPORT_TYPE,
    "importMetadata.type": SOURCE_TYPE,
    "readRequest.requestState": READ_STATE,
}
"""Where they stand, for the documentation."""
