"""What one attempt came to when it brought no usable answer: the error to raise, and whether to try again."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import ConfigurationError, MlcError, OutcomeUnknown, PermanentError, Unavailable
from mlc_pipelines.http.origin import shown
from mlc_pipelines.http.retry import retry_after_seconds
from mlc_pipelines.http.rules import Action, ErrorRule, plain_text
from mlc_pipelines.redaction import redact

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_MAY_HAVE_EXECUTED = frozenset({301, 302, 303})  # 307 and 308 say: repeat it there
_READ_BEFORE_CUT = 4_000
_LONGEST_TEXT = 500
_LOOK_FIRST = "Look whether it was done before doing it again."


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
        again = rule.action in {Action.RETRY, Action.RATE_LIMITED}
        if again and not (repeatable or rule.surely_not_executed):
            return Failure(OutcomeUnknown(what, hint=_LOOK_FIRST, request_id=self._request_id(response)))
        error = rule.error(what, hint=rule.hint)
        error.request_id = self._request_id(response)
        asked = retry_after_seconds(response, self._clock.now())
        error.retry_after = rule.wait if asked is None else asked
        return Failure(error, again)

    def astray(
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
        if _untrusted_certificate(error):
            return Failure(
                ConfigurationError(
                    f"{named(request)}: the server's certificate is not trusted ({redact(str(error))}).",
                    hint="Check the URL; for a private certificate authority set SSL_CERT_FILE.",
                )
            )
        what = f"{named(request)} got no whole answer: {type(error).__name__} {redact(str(error))}".rstrip() + "."
        if repeatable or isinstance(error, _NEVER_SENT):
            return Failure(Unavailable(what), again=True)
        return Failure(OutcomeUnknown(what, hint=_LOOK_FIRST))

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


def _untrusted_certificate(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None
