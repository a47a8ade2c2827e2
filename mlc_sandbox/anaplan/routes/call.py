"""What happens to every call of the Integration API before its own function runs.

See docs/vendors/anaplan.md, sections 3 and 8.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mlc_sandbox.anaplan.auth.users import User
from mlc_sandbox.anaplan.model import Model
from mlc_sandbox.anaplan.routes import envelope
from mlc_sandbox.anaplan.routes.auth import bad_credential
from mlc_sandbox.anaplan.routes.envelope import ApiError
from mlc_sandbox.anaplan.tenant import AnaplanTenant

Waits = Literal["never", "while busy", "always"]
_TICK = 0.005
_STATE_CODES = {"ARCHIVED": 422, "LOCKED": 423, "MAINTENANCE": 424, "PRODUCTION_MAINTENANCE": 424}


@dataclass
class Call:
    """A call that was let in."""

    tenant: AnaplanTenant
    request: Request
    user: User

    def param(self, name: str) -> str:
        """A part of the path."""
        return self.request.path_params[name]

    def query(self, name: str) -> str:
        """A query parameter; empty when absent."""
        return self.request.query_params.get(name, "")

    def flag(self, name: str) -> bool:
        """A query parameter that is `true`."""
        return self.query(name).lower() == "true"

    async def json(self) -> Any:
        """The body; numbers are exact.

        Raises:
            ApiError: 415 when it is not declared as JSON, 400 when it is none.
        """
        if self.request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise ApiError(415)
        try:
            return json.loads(await self.request.body(), parse_float=Decimal)
        except ValueError:
            raise ApiError(400, "The body is not valid JSON") from None

    async def fields(self) -> dict[str, Any]:
        """The body, which has to be an object."""
        body = await self.json()
        if not isinstance(body, dict):
            raise ApiError(400, "The body is not a JSON object")
        return body

    def envelope(self, kind: str, **payload: Any) -> Response:
        """An answer that is not a page of a list."""
        return envelope.json_response(envelope.envelope(self.request, kind, payload, model_id=self._model_id))

    def page(self, kind: str, key: str, entries: Sequence[Mapping[str, Any]], *, strict_sort: bool = False) -> Response:
        """One page of a list."""
        body = envelope.page(
            self.request, kind, key, entries, model_id=self._model_id, cap=self.tenant.page_cap, strict_sort=strict_sort
        )
        return envelope.json_response(body)

    @property
    def _model_id(self) -> str:
        return self.request.path_params.get("model_id", "")


@dataclass
class ModelCall(Call):
    """A call to a model that the user has access to."""

    model: Model


CallFunction = Callable[[Call], Awaitable[Response]]
ModelFunction = Callable[[ModelCall], Awaitable[Response]]


@dataclass(frozen=True)
class ModelEndpoint:
    """A resource under a model; it is served under both URL forms.

    Attributes:
        method: HTTP method.
        path: after `/models/{model_id}`.
        function: answers it.
        waits: `while busy` waits for running tasks unless the switch `hang_while_busy` is off; `always` regardless,
            because it changes the model; `never` answers at once.
        in_any_state: also when the model is archived, locked or offline.
    """

    method: str
    path: str
    function: ModelFunction
    waits: Waits = "while busy"
    in_any_state: bool = False


def tenant_route(tenant: AnaplanTenant, method: str, path: str, function: CallFunction) -> Route:
    """A resource that belongs to no model."""

    async def serve(request: Request) -> Response:
        user = _let_in(tenant, request)
        return user if isinstance(user, Response) else await function(Call(tenant, request, user))

    return Route(f"/2/0{path}", serve, methods=[method])


def model_routes(tenant: AnaplanTenant, endpoint: ModelEndpoint) -> list[Route]:
    """A resource of a model under both URL forms."""

    async def serve(request: Request) -> Response:
        user = _let_in(tenant, request)
        if isinstance(user, Response):
            return user
        model = _model(tenant, request, user)
        if not endpoint.in_any_state:
            if model.active_state in _STATE_CODES:
                raise ApiError(_STATE_CODES[model.active_state])
            model.is_open = True
        if endpoint.waits == "always":
            # Read before the wait: nothing may come between the model being free and the write.
            await request.body()
        await model.queue.settle()
        if endpoint.waits == "always" or (endpoint.waits == "while busy" and tenant.hang_while_busy):
            await _until_free(model)
        return await endpoint.function(ModelCall(tenant, request, user, model))

    prefixes = ("/2/0/workspaces/{workspace_id}/models/{model_id}", "/2/0/models/{model_id}")
    return [Route(prefix + endpoint.path, serve, methods=[endpoint.method]) for prefix in prefixes]


def _let_in(tenant: AnaplanTenant, request: Request) -> User | Response:
    seconds = tenant.seconds_to_wait()
    if seconds:
        raise ApiError(429, headers={"Retry-After": str(seconds)} if tenant.send_retry_after else None)
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    token = tenant.tokens.find(value.strip()) if scheme in {"AnaplanAuthToken", "Bearer"} else None
    return bad_credential("The token is missing, unknown or expired.") if token is None else token.user


def _model(tenant: AnaplanTenant, request: Request, user: User) -> Model:
    model = tenant.models.get(request.path_params["model_id"])
    workspace_id = request.path_params.get("workspace_id")
    if model is None or (workspace_id is not None and workspace_id != model.spec.workspace.id):
        raise ApiError(404)
    if not user.may_use(model.id):
        raise ApiError(404)
    return model


async def _until_free(model: Model) -> None:
    while model.queue.is_busy:  # noqa: ASYNC110 - the clock may be moved from another thread at any time
        await asyncio.sleep(_TICK)
