"""Opening the hosts of Anaplan: who we are, how many requests we may make, which answers are tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.auth import (
    RENEW_BEFORE,
    SCHEME,
    authentication_service,
    basic_credentials,
    oauth_refresh,
)
from mlc_pipelines.anaplan.certificate import Certificate
from mlc_pipelines.anaplan.device_login import DeviceCode, device_login
from mlc_pipelines.anaplan.rules import PATIENT, RULES, describe
from mlc_pipelines.clock import Clock
from mlc_pipelines.config import set_again
from mlc_pipelines.config.anaplan import AnaplanConnection, BasicAuth, CertificateAuth, OAuthCodeAuth, OAuthDeviceAuth
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.http import MEGABYTE, HttpClient, Retry, Timeouts, TokenAuth, TokenCache, TokenIssuer
from mlc_pipelines.limits import Gate, RequestBudget
from mlc_pipelines.store.db import Database

# Calls that wait for a busy model look like a hang (docs/vendors/anaplan.md, section 8).
_TIMEOUTS = Timeouts(read=120.0, whole=900.0)

# A list of a million members, some 150 bytes each, is the most of one answer (docs/vendors/anaplan.md, section 8).
_LARGEST = 256 * MEGABYTE

_BASIC = "Check anaplan.auth.user and its password; with single sign-on it has to be an exception user."
_CERTIFICATE = "The certificate has to be registered for the user, and valid."


@dataclass(frozen=True)
class Hosts:
    """The open connections of one tenant.

    Attributes:
        api: the model.
        certificate: of the log-in, where it is one.
        close: ends all connections.
    """

    api: ModelApi
    certificate: Certificate | None
    close: Callable[[], None]


def open_hosts(
    connection: AnaplanConnection,
    *,
    tenant: str,
    secret: Callable[[str], str],
    database: Database,
    tokens: TokenCache,
    clock: Clock,
    retry: Retry = PATIENT,
) -> Hosts:
    """Clients of the authentication host and of the API host; no request is sent yet.

    The token is kept per tenant of ours, so that a tenant without the right password can't use another's token. The
    request budget is kept per Anaplan user (certificate, OAuth client): Anaplan's limit holds for the whole of a
    customer, whose id isn't known before the first log-in, and an integration's user belongs to one customer, while a
    workspace is only a part of it. So all tenants of ours that share a user share one budget, over all processes.

    Args:
        connection: the `anaplan:` section of the tenant.
        tenant: its name.
        secret: gives the value of a `{secret: NAME}`.
        database: for the budget.
        tokens: for the token.
        clock: ours.
        retry: how patiently to try again.

    Raises:
        ConfigurationError: a secret is missing or unusable.
    """
    certificate: Certificate | None = None
    auth = connection.auth
    auth_host = sign_in_host(
        connection.app_url if isinstance(auth, OAuthDeviceAuth | OAuthCodeAuth) else connection.auth_url, clock=clock
    )
    issuer: TokenIssuer
    credentials = ""  # of OAuth the issuer itself sees whether the vault has another refresh token
    match auth:
        case BasicAuth():
            identity, credentials = auth.user, secret(auth.password.secret)
            remedy = f"{_BASIC} {set_again(tenant, auth.password)}"
            issuer = authentication_service(auth_host, basic_credentials(auth.user, credentials), clock, remedy)
        case CertificateAuth():
            credentials = secret(auth.private_key.secret)
            pair = set_again(tenant, auth.certificate, auth.private_key)
            certificate = Certificate(secret(auth.certificate.secret), credentials, pair)
            identity = certificate.fingerprint
            signed = certificate.credentials(auth.format, clock)
            issuer = authentication_service(auth_host, signed, clock, f"{_CERTIFICATE} {pair}")
        case OAuthDeviceAuth() | OAuthCodeAuth():
            identity = auth.client_id
            issuer = oauth_refresh(
                auth_host,
                client_id=auth.client_id,
                client_secret=secret(auth.client_secret.secret) if isinstance(auth, OAuthCodeAuth) else None,
                stored=secret(auth.refresh_token.secret),
                remedy=_new_grant(tenant, auth),
                clock=clock,
            )
    token_name = f"anaplan {tenant} {connection.auth_url} {auth.method} {identity}"
    budget = RequestBudget(database, f"anaplan {connection.auth_url} {identity}", connection.requests_per_minute, clock)
    api_host = HttpClient(
        connection.api_url,
        auth=TokenAuth(tokens, token_name, issuer, scheme=SCHEME, renew_before=RENEW_BEFORE, credentials=credentials),
        rules=RULES,
        describe=describe,
        retry=retry,
        clock=clock,
        gate=Gate(budget, None),
        timeout=_TIMEOUTS,
        largest=_LARGEST,
    )

    def close() -> None:
        api_host.close()
        auth_host.close()

    api = ModelApi(api_host, workspace_id=connection.workspace_id, model_id=connection.model_id, clock=clock)
    return Hosts(api, certificate, close)


def _new_grant(tenant: str, auth: OAuthDeviceAuth | OAuthCodeAuth) -> str:
    if isinstance(auth, OAuthDeviceAuth):
        return f"Sign in again by `mlc anaplan login {tenant}`, which stores {auth.refresh_token.secret}."
    return f"Have it granted anew. {set_again(tenant, auth.refresh_token, auth.client_secret)}"


def sign_in_host(url: str, *, clock: Clock) -> HttpClient:
    """A client of the authentication or the app host, where requests carry their own credentials."""
    return HttpClient(url, describe=describe, clock=clock)


def login(connection: AnaplanConnection, *, show: Callable[[DeviceCode], None], clock: Clock) -> str:
    """The refresh token of an `oauth_device` connection, granted by a person in a browser.

    Args:
        connection: the `anaplan:` section of the tenant.
        show: shows the address and the code.
        clock: time.

    Raises:
        ConfigurationError: the connection signs in another way.
        AuthenticationError: refused, or not approved in time.
    """
    if not isinstance(connection.auth, OAuthDeviceAuth):
        raise ConfigurationError(
            f"anaplan.auth.method is {connection.auth.method}, which needs no log-in by a person.",
            hint="Set it to oauth_device to use the device grant.",
        )
    with sign_in_host(connection.app_url, clock=clock) as host:
        return device_login(host, client_id=connection.auth.client_id, show=show, clock=clock)
