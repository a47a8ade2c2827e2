"""Where requests may go: one origin per client, over TLS."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection

import httpx

from mlc_pipelines.errors import ConfigurationError, PermanentError
from mlc_pipelines.http.paths import has_dots
from mlc_pipelines.redaction import redact

_LONGEST_SHOWN = 300
_ABSOLUTE = re.compile("([a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


def base_address(base_url: str, plain_http_hosts: Collection[str]) -> httpx.URL:
    """The base URL, checked and without a slash at its end.

    Raises:
        ConfigurationError: not an absolute http(s) URL, credentials in it, or plain http to a host that is neither
            loopback nor in `plain_http_hosts`.
    """
    try:
        url = httpx.URL(base_url.strip())
    except httpx.InvalidURL:
        raise ConfigurationError(f"{redact(base_url)!r} is not a URL.", hint="Write it as https://host/path.") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ConfigurationError(f"{shown(url)!r} is not an http(s) URL.", hint="Write it as https://host/path.")
    if url.userinfo:
        raise ConfigurationError(
            f"The URL of {url.host} holds credentials.", hint="Take them out and store them in the vault."
        )
    if url.scheme == "http" and not is_loopback(url.host) and url.host not in plain_http_hosts:
        raise ConfigurationError(
            f"{shown(url)} would send credentials in plain text.", hint="Use https; plain http is for loopback only."
        )
    return url.copy_with(raw_path=url.raw_path.rstrip(b"/"), fragment=None)


def is_loopback(host: str) -> bool:
    """Whether that host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def within_origin(base: httpx.URL, path: str) -> httpx.URL:
    """The URL of a path below the base, or that absolute URL when it is on the base's origin.

    Raises:
        PermanentError: the URL leads to another origin, or by dots to another path, or is none.
    """
    if has_dots(path):
        raise PermanentError(f"{redact(path)[:_LONGEST_SHOWN]!r} leads elsewhere on {base.host}: not requested.")
    try:
        if not _ABSOLUTE.match(path):
            return httpx.URL(f"{base}/{path.lstrip('/')}")
        url = httpx.URL(path)
    except httpx.InvalidURL as error:
        raise PermanentError(f"{redact(path)[:_LONGEST_SHOWN]!r} on {base.host} is not a URL: {error}.") from None
    if not same_origin(url, base):
        raise PermanentError(
            f"{shown(url)} is on another host than {shown(base)}: not requested, the credentials stay with their host."
        )
    return url


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether scheme, host and port agree."""
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def shown(url: httpx.URL) -> str:
    """The URL for messages: credentials masked, cut when very long."""
    text = redact(str(url))
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."
