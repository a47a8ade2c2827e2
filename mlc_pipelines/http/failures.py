"""What one attempt came to when it brought no usable answer: the error to raise, and whether to try again."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import httpx

from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import ConfigurationError, MlcError, OutcomeUnknown, PermanentError, Unavailable
from mlc_pipelines.http.body import OtherPacking, TooLarge, TooSlow
from mlc_pipelines.http.origin import shown
from mlc_pipelines.http.retry import retry_after_seconds
from mlc_pipelines.http.rules import ErrorRule, Reaction, plain_text
from mlc_pipelines.redaction import redact

E = TypeVar("E", bound=BaseException)

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_MAY_HAVE_EXECUTED = frozenset({301, 302, 303})  # 307 and 308 say: repeat it there
_READ_BEFORE_CUT = 4_000
_LONGEST_TEXT = 500
_LOOK_FIRST = "Look whether it was done before doing it again."
_WAY = "Check the URL, that the server runs, and what stands between: VPN, firewall, proxy (HTTPS_PROXY)."
_SILENT = "See whether the server is well, or just starting; then run it again."


@dataclass(frozen=True)
class Failure:
    """A failed attempt.

    It is returned, and raised only after the last try: an exception of httpx carries the request with its credentials,
    and must not become the context of ours.

    Attributes:
        error: what to raise when this was the last attempt.
        again: whether another attempt is safe and of use.
    """

    error: MlcError
    again: bool = False


class FailureReport:
    """Turns refusals and lost answers into failures.

    Args:
        clock: for `Retry-After` dates.
        describe: makes of an error's body what a user should read of it.
        request_id_headers: headers in which the vendor gives its id of a request.
    """

    def __init__(
        self, clock: Clock, describe: Callable[[httpx.Response], str], request_id_headers: Sequence[str]
    ) -> None:
        self._clock = clock
        self._describe = describe
        self._request_id_headers = request_id_headers

    def refused(
        self, request: httpx.Request, response: httpx.Response, rule: ErrorRule, *, repeatable: bool
    ) -> Failure:
        """An answer that is an error by that rule."""
        what = f"{named(request)} answered {response.status_code}: {self._text(response)}"
        again = rule.reaction in {Reaction.RETRY, Reaction.RATE_LIMITED}
        if again and not (repeatable or rule.surely_not_executed):
            return Failure(OutcomeUnknown(what, hint=_LOOK_FIRST, request_id=self._request_id(response)))
        error = rule.error(what, hint=rule.hint)
        error.request_id = self._request_id(response)
        asked = retry_after_seconds(response, self._clock.now())
        error.retry_after = rule.wait if asked is None else asked
        return Failure(error, again)

    def misdirected(
        self, request: httpx.Request, response: httpx.Response, target: httpx.URL | None, *, repeatable: bool
    ) -> Failure:
        """An answer that leads elsewhere, or nowhere, and is not followed."""
        where = f"redirects to {shown(target)}" if target else "leads nowhere"
        what = f"{named(request)} answered {response.status_code} and {where}: not followed."
        request_id = self._request_id(response)
        if not repeatable and response.status_code in _MAY_HAVE_EXECUTED:
            return Failure(OutcomeUnknown(what, hint=_LOOK_FIRST, request_id=request_id))
        return Failure(PermanentError(what, hint="Check the configured URL.", request_id=request_id))

    def lost(self, request: httpx.Request, error: httpx.RequestError, *, repeatable: bool) -> Failure:
        """No answer, or none that is whole."""
        if isinstance(error, httpx.LocalProtocolError):
            # Its text shows the header that is wrong, which may be the one with the credentials.
            return Failure(PermanentError(f"{named(request)} can't be written as HTTP: a header is malformed."))
        untrusted = _cause(error, ssl.SSLCertVerificationError)
        if untrusted is not None:
            return Failure(
                ConfigurationError(
                    f"{named(request)}: the server's certificate is not trusted ({untrusted.verify_message}).",
                    hint="Check the URL; for a private certificate authority set SSL_CERT_FILE.",
                )
            )
        said, hint = _plainly(request, error)
        what = f"{named(request)} got no whole answer: {said}."
        if isinstance(error, _NEVER_SENT):
            return Failure(Unavailable(what, hint=hint), again=True)
        if not repeatable:
            return Failure(OutcomeUnknown(what, hint=_LOOK_FIRST))
        if isinstance(error, TooLarge | OtherPacking):
            return Failure(PermanentError(what, hint=hint))
        return Failure(Unavailable(what, hint=hint), again=True)

    def _text(self, response: httpx.Response) -> str:
        try:
            text = self._describe(response)
        except (ValueError, LookupError, TypeError, AttributeError):
            text = plain_text(response)  # not the vendor's own shape: a page of a proxy or gateway
        text = redact(text[:_READ_BEFORE_CUT]) or "no text"
        return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."

    def _request_id(self, response: httpx.Response) -> str:
        return next((response.headers[name] for name in self._request_id_headers if name in response.headers), "")


def named(request: httpx.Request) -> str:
    """Method and URL for messages, without secrets."""
    return f"{request.method} {shown(request.url)}"


def _plainly(request: httpx.Request, error: httpx.RequestError) -> tuple[str, str]:
    """What came between, and where to look."""
    host = request.url.host
    seconds: Mapping[str, float] = request.extensions.get("timeout", {})
    unknown = _cause(error, socket.gaierror)
    system = _cause(error, OSError)
    match error:
        case TooLarge() | TooSlow() | httpx.DecodingError():
            said, hint = redact(str(error)), f"Look what answers at {host}: such an answer is none of the vendor's."
        case httpx.ConnectTimeout():
            said, hint = f"no connection to {host} within {seconds.get('connect', 0):.0f} s", _WAY
        case httpx.PoolTimeout():
            said, hint = "all connections of this client are in use", "Lower max_concurrent_requests."
        case httpx.TimeoutException():
            waited = seconds.get("read", 0)
            said, hint = f"{host} took the connection and then was silent for {waited:.0f} s", _SILENT
        case httpx.ProxyError():
            said, hint = f"the proxy refused: {redact(str(error))}", "Check HTTPS_PROXY and NO_PROXY."
        case httpx.ConnectError() if unknown is not None:
            said, hint = (
                f"the name {host} is not known here",
                "Check the URL for typing errors, then this machine's DNS.",
            )
        case httpx.ConnectError() if isinstance(system, ssl.SSLError):
            said, hint = f"{host} doesn't speak TLS as it should", "Check the URL: https and its port."
        case httpx.ConnectError():
            why = f" ({system.strerror.lower()})" if system is not None and system.strerror else ""
            said, hint = f"no connection to port {_port(request)} of {host}{why}", _WAY
        case httpx.RemoteProtocolError() if "illegal" in str(error):
            said, hint = f"what {host} sent is no HTTP", "Check the URL: https and its port."
        case _:
            said, hint = f"{host} closed the connection too early", _SILENT
    return said, hint


def _port(request: httpx.Request) -> int:
    return request.url.port or (443 if request.url.scheme == "https" else 80)


def _cause(error: BaseException | None, kind: type[E]) -> E | None:
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error
