"""Anaplan: actions run once and to their end, files, failure dumps, lists, cells, exports."""

from mlc_pipelines.anaplan.cells import Cell, CellFailure, CellWrite
from mlc_pipelines.anaplan.client import AnaplanClient
from mlc_pipelines.anaplan.connect import login
from mlc_pipelines.anaplan.device_login import DeviceCode
from mlc_pipelines.anaplan.exports import Export
from mlc_pipelines.anaplan.file_form import FileForm
from mlc_pipelines.anaplan.files import Upload
from mlc_pipelines.anaplan.list_load import ListLoad, MemberChange, MemberFailure
from mlc_pipelines.anaplan.maintenance import maintenance_until, start_after
from mlc_pipelines.anaplan.outcomes import (
    Action,
    ActionCounts,
    ActionKind,
    ActionProgress,
    ActionResult,
    ImportSource,
    MappingParameter,
    Task,
    TaskOutcome,
    TaskRecord,
    UnrecordedTask,
)

__all__ = [
    "Action",
    "ActionCounts",
    "ActionKind",
    "ActionProgress",
    "ActionResult",
    "AnaplanClient",
    "Cell",
    "CellFailure",
    "CellWrite",
    "DeviceCode",
    "Export",
    "FileForm",
    "ImportSource",
    "ListLoad",
    "MappingParameter",
    "MemberChange",
    "MemberFailure",
    "Task",
    "TaskOutcome",
    "TaskRecord",
    "UnrecordedTask",
    "Upload",
    "login",
    "maintenance_until",
    "start_after",
]
