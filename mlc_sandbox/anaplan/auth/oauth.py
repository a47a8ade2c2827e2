"""OAuth clients and grants (docs/vendors/anaplan.md, section 2)."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from mlc_sandbox.anaplan.auth.tokens import LIFETIME, TokenStore
from mlc_sandbox.anaplan.auth.users import User
from mlc_sandbox.rest.expiring import Expiring
from mlc_sandbox.rest.oauth import refused

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
INTERVAL_SECONDS = 5
_DEVICE_LIFETIME = timedelta(seconds=900)
_CODE_LIFETIME = timedelta(seconds=600)
_SCOPES = ("openid", "profile", "email", "offline_access")


@dataclass(frozen=True)
class OAuthClient:
    """A client registered in Anaplan's administration.

    Attributes:
        client_id: 32 lower-case hex digits.
        kind: device and authorization-code clients are separate registrations.
        user: e-mail of the user who approves in an authorization-code flow.
        secret: of an authorization-code client.
        redirect_uri: of an authorization-code client.
        rotatable: each refresh returns a new refresh token and kills the old one.
        refresh_lifetime: seconds that a rotatable refresh token lives.
    """

    client_id: str
    kind: Literal["device", "code"] = "device"
    user: str = ""
    secret: str = field(default="", repr=False)
    redirect_uri: str = ""
    rotatable: bool = True
    refresh_lifetime: float = 43_000


@dataclass
class _Grant:
    client: OAuthClient
    scopes: Sequence[str]
    user: User | None = None


@dataclass(kw_only=True)
class _Device(_Grant):
    expires_at: datetime
    user_code: str
    denied: bool = False
    interval: float = INTERVAL_SECONDS
    polled_at: datetime | None = None


class OAuthService:
    """Device, authorization-code and refresh grants.

    Attributes:
        auto_approve: switch: a device code is approved as soon as it is asked for, by the first user.
        pending_status: switch: HTTP status of `authorization_pending`.
    """

    def __init__(
        self, clients: Sequence[OAuthClient], users: Mapping[str, User], tokens: TokenStore, now: Callable[[], datetime]
    ) -> None:
        self.auto_approve = False
        self.pending_status = 403
        self._clients = {client.client_id: client for client in clients}
        self._users = users
        self._tokens = tokens
        self._now = now
        self._devices: dict[str, _Device] = {}
        self._codes = Expiring[_Grant](now)
        self._refreshes = Expiring[_Grant](now)

    def approve(self, user_code: str, email: str = "") -> None:
        """A person enters the code that a device shows.

        Args:
            user_code: as shown.
            email: who; the first user when empty.

        Raises:
            KeyError: no device waits for this code.
        """
        self._waiting(user_code).user = self._users[email] if email else next(iter(self._users.values()))

    def deny(self, user_code: str) -> None:
        """A person refuses a device."""
        self._waiting(user_code).denied = True

    def begin_device(self, fields: Mapping[str, Any]) -> tuple[str, str]:
        """Device code and user code for a device client."""
        client = self._client(fields)
        if client.kind != "device":
            raise refused("unauthorized_client", "The client is not allowed the device grant.", 403)
        device_code = secrets.token_urlsafe(24)
        letters = string.ascii_uppercase + string.digits
        user_code = "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(2))
        self._devices[device_code] = _Device(
            client=client, scopes=_granted(fields), user_code=user_code, expires_at=self._now() + _DEVICE_LIFETIME
        )
        if self.auto_approve:
            self.approve(user_code)
        return device_code, user_code

    def begin_code(self, fields: Mapping[str, Any]) -> str:
        """An authorization code, as if the client's user had logged in and agreed."""
        client = self._client(fields)
        if client.kind != "code" or fields.get("response_type") != "code":
            raise refused("unauthorized_client", "The client is not allowed the code grant.", 403)
        if fields.get("redirect_uri") != client.redirect_uri:
            raise refused("invalid_request", "The redirect_uri is not registered.")
        code = secrets.token_urlsafe(24)
        user = self._users[client.user]
        self._codes.put(code, _Grant(client, _granted(fields), user), _CODE_LIFETIME)
        return code

    def token(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to `POST /oauth/token`.

        Raises:
            Refusal: no token.
        """
        client = self._client(fields)
        grant_type = fields.get("grant_type")
        if client.kind == "code" and fields.get("client_secret") != client.secret:
            raise refused("unauthorized_client", "Wrong client secret.", 401)
        if grant_type == DEVICE_GRANT:
            return self._answer(self._device_grant(client, str(fields.get("device_code", ""))))
        if grant_type == "authorization_code":
            grant = self._codes.pop(str(fields.get("code", "")))
            if grant is None or grant.client != client:
                raise refused("invalid_grant", "Unknown or used code.", 403)
            if fields.get("redirect_uri") != client.redirect_uri:
                raise refused("invalid_grant", "Wrong redirect_uri.", 403)
            return self._answer(grant)
        if grant_type == "refresh_token":
            return self._refresh(client, str(fields.get("refresh_token", "")))
        raise refused("invalid_request", f"Unknown grant_type {grant_type}.")

    def _device_grant(self, client: OAuthClient, device_code: str) -> _Grant:
        grant = self._devices.get(device_code)
        if grant is None or grant.client != client:
            raise refused("invalid_grant", "Unknown device code.", 403)
        now = self._now()
        if grant.expires_at <= now:
            raise refused("expired_token", "The device code has expired.", 403)
        if grant.denied:
            raise refused("access_denied", "The user refused.", 403)
        if grant.user is None:
            # A second of grace: clients sleep the interval and the network is quick.
            too_early = grant.polled_at and (now - grant.polled_at).total_seconds() < grant.interval - 1
            grant.polled_at = now
            if too_early:
                grant.interval += INTERVAL_SECONDS
                raise refused("slow_down", "Polled too often.", 403)
            raise refused("authorization_pending", "The user has not decided yet.", self.pending_status)
        del self._devices[device_code]
        return grant

    def _refresh(self, client: OAuthClient, refresh_token: str) -> dict[str, Any]:
        grant = self._refreshes.get(refresh_token)
        if grant is None or grant.client != client:
            raise refused("invalid_grant", "Unknown or invalid refresh token.", 403)
        if not client.rotatable:
            return self._answer(grant, refresh_token)
        self._refreshes.pop(refresh_token)
        return self._answer(grant)

    def _answer(self, grant: _Grant, refresh_token: str = "") -> dict[str, Any]:
        assert grant.user is not None  # noqa: S101 - only approved grants come here
        body: dict[str, Any] = {
            "access_token": self._tokens.mint(grant.user).value,
            "id_token": secrets.token_urlsafe(40),
            "scope": " ".join(grant.scopes),
            "expires_in": int(LIFETIME.total_seconds()),
            "token_type": "Bearer",
        }
        if "offline_access" in grant.scopes:
            body["refresh_token"] = refresh_token or secrets.token_urlsafe(32)
            lifetime = grant.client.refresh_lifetime if grant.client.rotatable else 365 * 86_400
            self._refreshes.put(
                body["refresh_token"], _Grant(grant.client, grant.scopes, grant.user), timedelta(seconds=lifetime)
            )
        return body

    def _client(self, fields: Mapping[str, Any]) -> OAuthClient:
        client = self._clients.get(str(fields.get("client_id", "")))
        if client is None:
            raise refused("unauthorized_client", "Unknown client.", 401)
        return client

    def _waiting(self, user_code: str) -> _Device:
        for grant in self._devices.values():
            if grant.user_code == user_code:
                return grant
        raise KeyError(user_code)


def _granted(fields: Mapping[str, Any]) -> list[str]:
    asked = str(fields.get("scope", "")).split()
    unknown = [scope for scope in asked if scope not in _SCOPES]
    if unknown or not asked:
        raise refused("invalid_request", f"Unknown scope {' '.join(unknown)}.")
    # As observed, `profile` is dropped without a word.
    return [scope for scope in ("openid", "email", "offline_access") if scope in asked]
