"""The connections of a client: TLS, keep-alive, time-outs."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from mlc_pipelines.http.body import ENCODINGS
from mlc_pipelines.http.origin import is_loopback

# Their own lines show whole URLs and headers; ours, one a request, are redacted.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Timeouts:
    """Seconds that each stage of a request may take.

    Attributes:
        connect: until there is a connection.
        read: the longest silence, not the whole answer.
        write: the longest time in which nothing can be sent.
        pool: until one of the client's connections is free.
        whole: from the request to the end of its answer's body, however often a piece of it comes.
    """

    connect: float = 10.0
    read: float = 60.0
    write: float = 60.0
    pool: float = 60.0
    whole: float = 300.0

    def limits(self, read: float | None) -> httpx.Timeout:
        """As httpx takes them, with another `read` where one is given."""
        return httpx.Timeout(
            connect=self.connect, read=self.read if read is None else read, write=self.write, pool=self.pool
        )


def open_connections(
    base: httpx.URL, headers: Mapping[str, str] | None, transport: httpx.BaseTransport | None
) -> httpx.Client:
    """An httpx client that verifies certificates, keeps connections and no cookies."""
    return httpx.Client(
        headers={"Accept-Encoding": ENCODINGS, **(headers or {})},
        verify=_tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
        # A proxy of the environment is for the outside, not for this machine.
        trust_env=not is_loopback(base.host),
        # Sessions are kept by the `auth` that owns them; a cookie makes NetSuite take the call for one of its UI
        # (docs/vendors/netsuite.md, section 1).
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=20.0),
        transport=transport,
    )


@lru_cache(maxsize=8)
def _tls_context(ca_file: str | None, ca_directory: str | None) -> ssl.SSLContext:  # noqa: ARG001 - they are the key
    # Reading the certificate authorities takes longer than most requests, so it is done once for all clients.
    return httpx.create_ssl_context()
