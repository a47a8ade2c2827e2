"""The authentication service (docs/vendors/anaplan.md, section 1)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mlc_sandbox.anaplan.auth.certificates import Malformed, Refused, user_of_certificate
from mlc_sandbox.anaplan.auth.tokens import AccessToken
from mlc_sandbox.anaplan.auth.users import User
from mlc_sandbox.anaplan.contents.catalogue import hex_id
from mlc_sandbox.anaplan.routes.envelope import json_response
from mlc_sandbox.anaplan.tenant import AnaplanTenant
from mlc_sandbox.rest.requests import origin


def auth_routes(tenant: AnaplanTenant) -> list[Route]:
    """`/token/...`."""
    service = _AuthService(tenant)
    return [
        Route("/token/authenticate", service.authenticate, methods=["POST"]),
        Route("/token/refresh", service.refresh, methods=["POST"]),
        Route("/token/validate", service.validate, methods=["GET"]),
        Route("/token/logout", service.logout, methods=["POST"]),
    ]


def bad_credential(message: str = "Invalid credentials.") -> Response:
    """401 as the authentication service says it, and by our choice the Integration API too."""
    return json_response({"status": "FAILURE_BAD_CREDENTIAL", "statusMessage": message}, 401)


def _bad_header() -> Response:
    return json_response({"status": "FAILURE_BAD_HEADER", "statusMessage": "Invalid header. Verify the header."}, 400)


class _AuthService:
    def __init__(self, tenant: AnaplanTenant) -> None:
        self._tenant = tenant

    async def authenticate(self, request: Request) -> Response:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        body = await request.body()
        if scheme == "Basic":
            user = self._user_of_password(value)
            if user is None:
                return _bad_header()
        elif scheme == "CACertificate":
            try:
                user = user_of_certificate(
                    self._tenant.users.values(),
                    value.strip(),
                    body,
                    self._tenant.clock.now(),
                    v1=self._tenant.certificate_v1,
                )
            except Malformed:
                return _bad_header()
            except Refused as error:
                return bad_credential(str(error))
        else:
            return _bad_header()
        if isinstance(user, str):
            return bad_credential(user)
        token = self._tenant.tokens.mint(user)
        return json_response(self._token_body(request, token, "Login successful"), 201)

    async def refresh(self, request: Request) -> Response:
        token = self._token(request)
        if token is None:
            return self._no_token(request)
        self._tenant.tokens.extend(token)
        return json_response(self._token_body(request, token, "Token refreshed"))

    async def validate(self, request: Request) -> Response:
        token = self._token(request)
        if token is None:
            return self._no_token(request)
        return json_response(
            {
                **self._status(request, "Token validated"),
                "tokenInfo": {"expiresAt": _milliseconds(token), "tokenId": token.id},
                "userInfo": {
                    "userGuid": token.user.guid,
                    "userId": token.user.email,
                    "customerGuid": hex_id("customer").lower(),
                },
            }
        )

    async def logout(self, request: Request) -> Response:
        token = self._token(request)
        if token is None:
            return bad_credential()
        self._tenant.tokens.kill(token)
        return Response(status_code=204)

    def _user_of_password(self, value: str) -> User | str | None:
        """The user; or a text when the credentials are wrong; or None when the header is malformed."""
        try:
            email, colon, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return None
        if not colon:
            return None
        user = self._tenant.users.get(email)
        if user is None or not user.password or user.password != password:
            return "Wrong user or password."
        return user

    def _token(self, request: Request) -> AccessToken | None:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        return self._tenant.tokens.find(value.strip()) if scheme == "AnaplanAuthToken" else None

    def _no_token(self, request: Request) -> Response:
        scheme = request.headers.get("authorization", "").partition(" ")[0]
        return bad_credential() if scheme == "AnaplanAuthToken" else _bad_header()

    def _token_body(self, request: Request, token: AccessToken, message: str) -> dict[str, Any]:
        return {
            **self._status(request, message),
            "tokenInfo": {
                "expiresAt": _milliseconds(token),
                "tokenId": token.id,
                "tokenValue": token.value,
                "refreshTokenId": token.refresh_id,
                # Announced with v2 of the certificates: clients have to leave alone what they don't know.
                "refreshToken": f"refresh.{token.refresh_id}",
            },
        }

    @staticmethod
    def _status(request: Request, message: str) -> dict[str, Any]:
        base = origin(request)
        return {"meta": {"validationUrl": f"{base}/token/validate"}, "status": "SUCCESS", "statusMessage": message}


def _milliseconds(token: AccessToken) -> int:
    return int(token.expires_at.timestamp() * 1000)
