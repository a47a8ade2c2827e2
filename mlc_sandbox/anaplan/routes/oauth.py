"""The OAuth service over HTTP (docs/vendors/anaplan.md, section 2)."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from mlc_sandbox.anaplan.auth.oauth import INTERVAL_SECONDS, OAuthError
from mlc_sandbox.anaplan.routes.envelope import json_response
from mlc_sandbox.anaplan.tenant import AnaplanTenant


def oauth_routes(tenant: AnaplanTenant) -> list[Route]:
    """`/oauth/...`, `/auth/...`, and the page where a person enters a device's code."""

    async def device_code(request: Request) -> Response:
        try:
            device, user_code = tenant.oauth.begin_device(await _fields(request))
        except OAuthError as error:
            return _error(error, tenant)
        address = f"{request.url.scheme}://{request.url.netloc}/activate"
        return json_response(
            {
                "device_code": device,
                "user_code": user_code,
                "verification_uri": address,
                "verification_uri_complete": f"{address}?{urlencode({'user_code': user_code})}",
                "expires_in": 900,
                "interval": INTERVAL_SECONDS,
            }
        )

    async def token(request: Request) -> Response:
        try:
            return json_response(tenant.oauth.token(await _fields(request)))
        except OAuthError as error:
            return _error(error, tenant)

    async def authorize(request: Request) -> Response:
        fields = dict(request.query_params)
        try:
            code = tenant.oauth.begin_code(fields)
        except OAuthError as error:
            return _error(error, tenant)
        answer = {"code": code} | ({"state": fields["state"]} if "state" in fields else {})
        return RedirectResponse(f"{fields['redirect_uri']}?{urlencode(answer)}", 302)

    async def prelogin(request: Request) -> Response:
        target = html.escape(f"/auth/authorize?{request.url.query}")
        return HTMLResponse(f'<!doctype html><title>Log in</title><a href="{target}">Log in to the sandbox</a>')

    async def activate(request: Request) -> Response:
        user_code = request.query_params.get("user_code", "")
        try:
            tenant.oauth.approve(user_code)
        except KeyError:
            return HTMLResponse("<!doctype html><title>Activate</title>No device waits for this code.", 404)
        return HTMLResponse("<!doctype html><title>Activate</title>The device is approved.")

    return [
        Route("/oauth/device/code", device_code, methods=["POST"]),
        Route("/oauth/token", token, methods=["POST"]),
        Route("/auth/authorize", authorize, methods=["GET"]),
        Route("/auth/prelogin", prelogin, methods=["GET"]),
        Route("/activate", activate, methods=["GET"]),
    ]


async def _fields(request: Request) -> Mapping[str, Any]:
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode()))
    try:
        fields = json.loads(body)
    except ValueError:
        raise OAuthError("invalid_request", "The body is neither JSON nor a form.") from None
    if kind != "application/json" or not isinstance(fields, dict):
        raise OAuthError("invalid_request", "The body is neither JSON nor a form.")
    return fields


def _error(error: OAuthError, tenant: AnaplanTenant) -> Response:
    status = tenant.pending_status if error.error == "authorization_pending" else error.status
    return json_response({"error": error.error, "error_description": error.description}, status)
