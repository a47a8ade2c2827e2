"""Authentication of requests by a shared token."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import timedelta

import httpx

from mlc_pipelines.http.rules import reauthentication_wanted
from mlc_pipelines.http.tokens import Token, TokenCache


class TokenAuth(httpx.Auth):
    """Sends the cached token; when it is refused, has it replaced once and replays the request once.

    Args:
        cache: where tokens are kept for all threads and processes.
        name: of the token in the cache; one per tenant, vendor and account.
        issuer: gets a token from the vendor; given the previous one, for flows that refresh.
        scheme: first word of the `Authorization` header.
        renew_before: how long before its expiry a token is replaced.
        credentials: what tokens are issued with, so that others' are not used.
    """

    def __init__(
        self,
        cache: TokenCache,
        name: str,
        issuer: Callable[[Token | None], Token],
        scheme: str = "Bearer",
        renew_before: timedelta = timedelta(minutes=2),
        *,
        credentials: str = "",
    ) -> None:
        self._cache = cache
        self._name = name
        self._issuer = issuer
        self._scheme = scheme
        self._renew_before = renew_before
        self._credentials = credentials

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The flow of one request, as httpx drives it."""
        token = self._cache.get(
            self._name, self._issuer, renew_before=self._renew_before, credentials=self._credentials
        )
        self.apply(request, token)
        response = yield request
        if reauthentication_wanted(response):
            replaced = self._cache.replace(self._name, token.value, self._issuer, credentials=self._credentials)
            self.apply(request, replaced)
            yield request

    def apply(self, request: httpx.Request, token: Token) -> None:
        """Put the token into the request; a vendor whose token travels otherwise overrides this."""
        request.headers["Authorization"] = f"{self._scheme} {token.value}"
