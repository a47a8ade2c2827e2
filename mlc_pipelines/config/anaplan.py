"""How to reach an Anaplan model."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from mlc_pipelines.config.base import BaseUrl, ConfigModel, Name, SecretRef, refused


class BasicAuth(ConfigModel):
    """User and password of an exception user (docs/vendors/anaplan.md, section 1.1)."""

    method: Literal["basic"]
    user: Name
    password: SecretRef


class CertificateAuth(ConfigModel):
    """A CA certificate and its key, both PEM (docs/vendors/anaplan.md, section 1.2).

    Attributes:
        format: what is signed: v2 is a time stamp and random bytes, v1 random bytes only.
    """

    method: Literal["certificate"]
    certificate: SecretRef
    private_key: SecretRef
    format: Literal["v1", "v2"] = "v2"


class OAuthDeviceAuth(ConfigModel):
    """A device client; `mlc anaplan login` stores its refresh token (docs/vendors/anaplan.md, section 2)."""

    method: Literal["oauth_device"]
    client_id: Name
    refresh_token: SecretRef


class OAuthCodeAuth(ConfigModel):
    """An authorization code client with a refresh token already granted (docs/vendors/anaplan.md, section 2)."""

    method: Literal["oauth_code"]
    client_id: Name
    client_secret: SecretRef
    refresh_token: SecretRef


AnaplanAuth = Annotated[BasicAuth | CertificateAuth | OAuthDeviceAuth | OAuthCodeAuth, Field(discriminator="method")]


def _object_id(value: str, *, upper: bool, what: str) -> str:
    if not re.fullmatch(r"[0-9A-Fa-f]{32}", value):
        raise refused(f"is not a {what} id", "Copy the 32 digits and letters a-f from the model's address in Anaplan.")
    right = value.upper() if upper else value.lower()
    if value != right:
        # Path parameters are case sensitive (docs/vendors/anaplan.md, section 3): the wrong case is answered as
        # unknown.
        raise refused(f"must be in {'upper' if upper else 'lower'} case, as {what} ids are", f"Write {right}.")
    return value


WorkspaceId = Annotated[str, AfterValidator(lambda value: _object_id(value, upper=False, what="workspace"))]
ModelId = Annotated[str, AfterValidator(lambda value: _object_id(value, upper=True, what="model"))]


class AnaplanConnection(ConfigModel):
    """The `anaplan:` section of a tenant.

    Attributes:
        api_url: Integration API, without `/2/0`; regions have hosts of their own (docs/vendors/anaplan.md, section 0).
        auth_url: authentication service.
        app_url: OAuth.
        workspace_id: 32 hexadecimal digits in lower case.
        model_id: 32 hexadecimal digits in upper case.
        auth: one of the four ways to sign in.
        requests_per_minute: our share of the 600 of the whole Anaplan tenant (docs/vendors/anaplan.md, section 8);
            300 by default.
    """

    api_url: BaseUrl = "https://api.anaplan.com"
    auth_url: BaseUrl = "https://auth.anaplan.com"
    app_url: BaseUrl = "https://us1a.app.anaplan.com"
    workspace_id: WorkspaceId
    model_id: ModelId
    auth: AnaplanAuth
    requests_per_minute: int = Field(default=300, ge=1, le=600)
