"""Anaplan as a server on loopback."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mlc_sandbox.anaplan.auth.oauth import OAuthClient
from mlc_sandbox.anaplan.auth.users import User
from mlc_sandbox.anaplan.routes.actions import discovery_endpoints
from mlc_sandbox.anaplan.routes.auth import auth_routes
from mlc_sandbox.anaplan.routes.call import model_routes
from mlc_sandbox.anaplan.routes.dimensions import dimension_endpoints
from mlc_sandbox.anaplan.routes.envelope import ApiError, error_response
from mlc_sandbox.anaplan.routes.files import file_endpoints
from mlc_sandbox.anaplan.routes.lists import list_endpoints
from mlc_sandbox.anaplan.routes.model import model_endpoints
from mlc_sandbox.anaplan.routes.modules import module_endpoints
from mlc_sandbox.anaplan.routes.oauth import oauth_routes
from mlc_sandbox.anaplan.routes.read_requests import ReadRequests
from mlc_sandbox.anaplan.routes.tasks import task_endpoints
from mlc_sandbox.anaplan.routes.tenant import tenant_routes
from mlc_sandbox.anaplan.spec.model import ModelSpec
from mlc_sandbox.anaplan.tenant import AnaplanTenant
from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.recording import ASGIApp, Receive, Send
from mlc_sandbox.rest.refusals import Refusal
from mlc_sandbox.serving import SandboxServer


class AnaplanSandbox(AnaplanTenant, SandboxServer):
    """An Anaplan tenant as one server: `url` is the base of the Integration API, the authentication and OAuth services.

        with AnaplanSandbox([spec], [User("robot@acme.example", "secret")], clock=clock) as sandbox:
            ...
            assert sandbox.model("Group Planning").module("GL").cells == {...}
            assert [task.action_name for task in sandbox.tasks] == ["Load Accounts", "Load Actuals"]

    The switches are the attributes of `AnaplanTenant`; `log`, `faults` and `clock` those of `SandboxServer`.
    """

    def __init__(
        self,
        models: Sequence[ModelSpec],
        users: Sequence[User],
        *,
        oauth_clients: Sequence[OAuthClient] = (),
        port: int = 0,
        clock: SandboxClock,
    ) -> None:
        """Prepare the tenant; `start` or the context manager lets it listen.

        Args:
            models: what it holds.
            users: who may log in, by password or certificate.
            oauth_clients: applications registered for OAuth.
            port: where to listen; 0 takes any free port.
            clock: the time that everything lives by.
        """
        AnaplanTenant.__init__(self, models, users, clock, oauth_clients)
        SandboxServer.__init__(self, _app(self), port=port, clock=clock)


def _app(tenant: AnaplanTenant) -> ASGIApp:
    endpoints = [
        *discovery_endpoints(),
        *file_endpoints(),
        *task_endpoints(),
        *list_endpoints(),
        *module_endpoints(),
        *dimension_endpoints(),
        *ReadRequests().endpoints(),
        *model_endpoints(),
    ]
    routes = [*auth_routes(tenant), *oauth_routes(tenant), *tenant_routes(tenant)]
    for endpoint in endpoints:
        routes += model_routes(tenant, endpoint)
    app = Starlette(
        routes=routes, exception_handlers={ApiError: _api_error, Refusal: _refused, HTTPException: _http_error}
    )
    app.state.now = tenant.clock.now  # for the errors' time stamps

    async def serve(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        # A slash at the end makes no difference (docs/vendors/anaplan.md, section 3).
        if scope["path"].endswith("/"):
            scope["path"] = scope["path"].rstrip("/")
        await app(scope, receive, send)

    return serve


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - Starlette picks this function by the error's class
    return error_response(request, error)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - Starlette picks this function by the error's class
    return error.response()


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette picks this function by the error's class
    return error_response(request, ApiError(error.status_code, error.detail))
