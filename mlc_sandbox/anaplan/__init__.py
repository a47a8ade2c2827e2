"""Anaplan's Integration API v2.0, authentication service and OAuth service as one real server on loopback.

Declare models with the classes of `spec`, start an `AnaplanSandbox`, and look at what a client did to it.
"""

from __future__ import annotations

from mlc_sandbox.anaplan.auth.oauth import OAuthClient
from mlc_sandbox.anaplan.auth.users import User
from mlc_sandbox.anaplan.server import AnaplanSandbox
from mlc_sandbox.anaplan.spec.actions import (
    ClearSpec,
    DeleteSpec,
    ExportSpec,
    FileSpec,
    ListImport,
    ModuleImport,
    ProcessSpec,
)
from mlc_sandbox.anaplan.spec.model import (
    LINE_ITEMS,
    TIME,
    VALUES,
    VERSIONS,
    LineItemSpec,
    ListSpec,
    MemberSpec,
    ModelSpec,
    ModuleSpec,
    ViewSpec,
    WorkspaceSpec,
)
from mlc_sandbox.anaplan.tasks.queue import Task

__all__ = [
    "LINE_ITEMS",
    "TIME",
    "VALUES",
    "VERSIONS",
    "AnaplanSandbox",
    "ClearSpec",
    "DeleteSpec",
    "ExportSpec",
    "FileSpec",
    "LineItemSpec",
    "ListImport",
    "ListSpec",
    "MemberSpec",
    "ModelSpec",
    "ModuleImport",
    "ModuleSpec",
    "OAuthClient",
    "ProcessSpec",
    "Task",
    "User",
    "ViewSpec",
    "WorkspaceSpec",
]
