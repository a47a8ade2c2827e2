"""Discovery: workspaces, models and users (docs/vendors/anaplan.md, section 4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from mlc_sandbox.anaplan.model import Model
from mlc_sandbox.anaplan.routes.call import Call, tenant_route
from mlc_sandbox.anaplan.routes.envelope import ApiError
from mlc_sandbox.anaplan.tenant import AnaplanTenant
from mlc_sandbox.rest.requests import origin

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


async def _workspaces(call: Call) -> Response:
    entries = [_workspace_body(call, workspace_id) for workspace_id in call.tenant.workspaces]
    return call.page("workspace", "workspaces", entries, strict_sort=True)


async def _workspace(call: Call) -> Response:
    if call.param("workspace_id") not in call.tenant.workspaces:
        raise ApiError(404)
    return call.envelope("workspace", workspace=_workspace_body(call, call.param("workspace_id")))


def _workspace_body(call: Call, workspace_id: str) -> dict[str, Any]:
    body: dict[str, Any] = {"id": workspace_id, "name": call.tenant.workspaces[workspace_id].name, "active": True}
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
    base = origin(call.request)
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
    """As observed, a model is not readable under its workspace (docs/vendors/anaplan.md, section 4)."""
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
