"""The OAuth service over HTTP (docs/vendors/anaplan.md, section 2)."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from mlc_sandbox.anaplan.auth.oauth import INTERVAL_SECONDS
from mlc_sandbox.anaplan.routes.envelope import json_response
from mlc_sandbox.anaplan.tenant import AnaplanTenant
from mlc_sandbox.rest.oauth import form, refused
from mlc_sandbox.rest.requests import media_type, origin


def oauth_routes(tenant: AnaplanTenant) -> list[Route]:
    """`/oauth/...`, `/auth/...`, and the page where a person enters a device's code."""

    async def device_code(request: Request) -> Response:
        device, user_code = tenant.oauth.begin_device(await _fields(request))
        address = f"{origin(request)}/activate"
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
        return json_response(tenant.oauth.token(await _fields(request)))

    async def authorize(request: Request) -> Response:
        fields = dict(request.query_params)
        answer = {"code": tenant.oauth.begin_code(fields)} | ({"state": fields["state"]} if "state" in fields else {})
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
    content_type, body = request.headers.get("content-type", ""), await request.body()
    if media_type(content_type) != "application/json":
        return form(content_type, body)
    try:
        fields = json.loads(body)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise refused("invalid_request", "The body is neither JSON nor a form.")
    return fields
