"""Discovery: workspaces, models, users, and the actions of a model (contract anaplan.md, section 4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from mlc_pipelines.sandbox.anaplan.action_spec import ClearSpec, ExportSpec, ImportSpec, ListImport
from mlc_pipelines.sandbox.anaplan.call import Call, ModelCall, ModelEndpoint, tenant_route
from mlc_pipelines.sandbox.anaplan.envelope import ApiError
from mlc_pipelines.sandbox.anaplan.model import Model
from mlc_pipelines.sandbox.anaplan.render import export_header, export_table
from mlc_pipelines.sandbox.anaplan.tenant import AnaplanTenant

_CREATED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def tenant_routes(tenant: AnaplanTenant) -> list[Route]:
    """Resources that belong to no model."""
    return [
        tenant_route(tenant, "GET", "/workspaces", _workspaces),
        tenant_route(tenant, "GET", "/workspaces/{workspace_id}", _workspace),
        tenant_route(tenant, "GET", "/workspaces/{workspace_id}/models", _models),
        tenant_route(tenant, "GET", "/workspaces/{workspace_id}/models/{model_id}", _not_allowed),
        tenant_route(tenant, "GET", "/models", _models),
        tenant_route(tenant, "GET", "/models/{model_id}", _model),
        tenant_route(tenant, "GET", "/users", _users),
        tenant_route(tenant, "GET", "/users/{user_id}", _user),
    ]


def discovery_endpoints() -> list[ModelEndpoint]:
    """Lists and metadata of actions; they answer at once while the model is busy (contract anaplan.md, section 8)."""
    return [
        ModelEndpoint("GET", "/imports", _imports, waits="never"),
        ModelEndpoint("GET", "/imports/{entry_id}", _import_metadata, waits="never"),
        ModelEndpoint("GET", "/exports", _exports, waits="never"),
        ModelEndpoint("GET", "/exports/{entry_id}", _export_metadata, waits="never"),
        ModelEndpoint("GET", "/actions", _actions, waits="never"),
        ModelEndpoint("GET", "/processes", _processes, waits="never"),
        ModelEndpoint("GET", "/processes/{entry_id}", _process_metadata, waits="never"),
    ]


async def _workspaces(call: Call) -> Response:
    entries = [_workspace_body(call, workspace_id) for workspace_id in call.tenant.workspaces]
    return call.page("workspace", "workspaces", entries, strict_sort=True)


async def _workspace(call: Call) -> Response:
    if call.param("workspace_id") not in call.tenant.workspaces:
        raise ApiError(404)
    return call.envelope("workspace", workspace=_workspace_body(call, call.param("workspace_id")))


def _workspace_body(call: Call, workspace_id: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": workspace_id,
        "name": call.tenant.workspaces[workspace_id].name,
        "active": True,
    }
    if call.flag("tenantDetails"):
        body |= {"sizeAllowance": 1_073_741_824, "currentSize": 123_456_789}
    return body


async def _models(call: Call) -> Response:
    workspace_id = call.request.path_params.get("workspace_id")
    if workspace_id is not None and workspace_id not in call.tenant.workspaces:
        raise ApiError(404)
    models = [
        _model_body(call, model)
        for model in call.tenant.models.values()
        if workspace_id in {None, model.spec.workspace.id} and call.user.may_use(model.id)
    ]
    return call.page("model", "models", models, strict_sort=True)


async def _model(call: Call) -> Response:
    model = call.tenant.models.get(call.param("model_id"))
    if model is None:
        raise ApiError(404)
    await model.queue.settle()
    body = _model_body(call, model)
    if call.flag("modelDetails"):
        body["modelTransactionRunning"] = model.queue.running is not None
    return call.envelope("model", model=body)


def _model_body(call: Call, model: Model) -> dict[str, Any]:
    workspace = model.spec.workspace
    base = f"{call.request.url.scheme}://{call.request.url.netloc}"
    body: dict[str, Any] = {
        "id": model.id,
        "name": model.spec.name,
        "activeState": model.active_state,
        "currentWorkspaceId": workspace.id,
        "currentWorkspaceName": workspace.name,
        "modelUrl": f"{base}/core3/anaplan/framework.jsp?selectedWorkspaceId={workspace.id}&selectedModelId={model.id}",
        "categoryValues": [],
    }
    if call.flag("modelDetails"):
        body |= {
            "lastSavedSerialNumber": model.changes,
            "lastModifiedByUserGuid": call.user.guid,
            "memoryUsage": 1_048_576,
            "isoCreationDate": _timestamp(_CREATED),
            "lastModified": _timestamp(_CREATED),
        }
    return body


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


async def _not_allowed(call: Call) -> Response:
    """As observed, a model is not readable under its workspace (contract anaplan.md, section 4)."""
    del call
    raise ApiError(405)


async def _users(call: Call) -> Response:
    return call.page("user", "users", [user.body() for user in call.tenant.users.values()], strict_sort=True)


async def _user(call: Call) -> Response:
    wanted = call.param("user_id")
    for user in call.tenant.users.values():
        if wanted == user.guid or (wanted == "me" and user == call.user):
            return call.envelope("user", user=user.body())
    raise ApiError(404)


def _import_type(spec: ImportSpec) -> str:
    return "HIERARCHY_DATA" if isinstance(spec, ListImport) else "MODULE_DATA"


def _import_body(model: Model, import_id: str) -> dict[str, Any]:
    spec = model.catalogue.imports[import_id]
    return {
        "id": import_id,
        "name": spec.name,
        "importDataSourceId": model.catalogue.file_of_import[import_id],
        "importType": _import_type(spec),
    }


async def _imports(call: ModelCall) -> Response:
    entries = [_import_body(call.model, import_id) for import_id in call.model.catalogue.imports]
    return call.page("import", "imports", entries)


async def _import_metadata(call: ModelCall) -> Response:
    spec = _entry(call.model.catalogue.imports, call)
    if spec.from_module is not None:
        source: dict[str, Any] = {
            "headerNames": export_header(call.model.state, ExportSpec(spec.name, spec.from_module))
        }
    else:
        file = call.model.catalogue.files[call.model.catalogue.file_of_import[call.param("entry_id")]]
        source = {
            "textEncoding": file.encoding,
            "columnSeparator": file.separator,
            "textDelimiter": file.delimiter,
            "headerRow": 1,
            "firstDataRow": 2,
            "decimalSeparator": file.decimal_separator,
            "headerNames": list(file.headers),
        }
    source["columnCount"] = len(source["headerNames"])
    metadata = {"name": spec.name, "type": "FILE" if spec.from_module is None else "MODEL", "source": source}
    return call.envelope("importMetadata", importMetadata=metadata)


def _export_body(export_id: str, spec: ExportSpec) -> dict[str, Any]:
    return {
        "id": export_id,
        "name": spec.name,
        "exportType": spec.layout,
        "exportFormat": "text/csv",
        "encoding": spec.encoding,
        "layout": spec.layout,
    }


async def _exports(call: ModelCall) -> Response:
    exports = call.model.catalogue.exports
    return call.page("export", "exports", [_export_body(export_id, spec) for export_id, spec in exports.items()])


async def _export_metadata(call: ModelCall) -> Response:
    spec = _entry(call.model.catalogue.exports, call)
    state = call.model.state
    dimensions = state.module_spec(spec.source).dimensions
    header = export_header(state, spec)
    formats = {entry.line_item.name: entry.line_item.format for entry in call.model.catalogue.line_items.values()}
    metadata = {
        "columnCount": len(header),
        "dataTypes": ["ENTITY" if name in dimensions else formats.get(name, "TEXT") for name in header],
        "delimiter": '"',
        "encoding": spec.encoding,
        "exportFormat": "text/csv",
        "headerNames": header,
        "listNames": [name if name in dimensions else "" for name in header],
        "rowCount": export_table(state, spec).num_rows,
        "separator": spec.separator,
    }
    return call.envelope("exportMetadata", exportMetadata=metadata)


async def _actions(call: ModelCall) -> Response:
    entries = [
        {
            "id": action_id,
            "name": spec.name,
            "actionType": "CLEAR_DATA" if isinstance(spec, ClearSpec) else "DELETE_BY_SELECTION",
        }
        for action_id, spec in call.model.catalogue.actions.items()
    ]
    return call.page("action", "actions", entries)


async def _processes(call: ModelCall) -> Response:
    entries = [{"id": process_id, "name": spec.name} for process_id, spec in call.model.catalogue.processes.items()]
    return call.page("process", "processes", entries)


async def _process_metadata(call: ModelCall) -> Response:
    spec = _entry(call.model.catalogue.processes, call)
    catalogue = call.model.catalogue
    actions: list[dict[str, Any]] = []
    for step in spec.steps:
        kind, action_id = catalogue.action_by_name(step)
        body: dict[str, Any] = {"id": action_id, "name": step, "actionType": "DELETE_BY_SELECTION"}
        if kind == "imports":
            body = _import_body(call.model, action_id) | {"actionType": "IMPORT"}
            if call.flag("showImportDataSource"):
                source_type = "FILE" if catalogue.imports[action_id].from_module is None else "MODEL"
                body["importDataSource"] = {
                    "importDataSourceId": body["importDataSourceId"],
                    "type": source_type,
                }
        elif kind == "exports":
            body = _export_body(action_id, catalogue.exports[action_id]) | {"actionType": "EXPORT"}
        actions.append(body)
    return call.envelope("process", processMetadata={"name": spec.name, "actions": actions})


def _entry(entries: dict[str, Any], call: ModelCall) -> Any:
    entry = entries.get(call.param("entry_id"))
    if entry is None:
        raise ApiError(404)
    return entry
