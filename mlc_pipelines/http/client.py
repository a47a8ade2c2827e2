"""The client that all vendors' packages send their requests with."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import httpx
from tenacity import RetryCallState, Retrying, retry_if_result

from mlc_pipelines.clock import SYSTEM_CLOCK, Clock
from mlc_pipelines.errors import PermanentError
from mlc_pipelines.http.body import MEGABYTE, whole
from mlc_pipelines.http.connections import Timeouts, open_connections
from mlc_pipelines.http.failures import Failure, FailureReport, named
from mlc_pipelines.http.origin import base_address, same_origin, within_origin
from mlc_pipelines.http.retry import UNHEARD, Retry, heard_in_a_hurry
from mlc_pipelines.http.rules import ErrorRule, Reaction, judge, plain_text, verdict
from mlc_pipelines.limits.gate import Gate
from mlc_pipelines.redaction import redact

Auth = httpx.Auth
BasicAuth = httpx.BasicAuth
Request = httpx.Request
Response = httpx.Response

_log = logging.getLogger(__name__)

_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_FOLLOWED = frozenset({"GET", "HEAD"})
_MOST_REDIRECTS = 3
_UNHEARD_TIMEOUTS = Timeouts(connect=4.0, read=8.0, write=8.0, pool=8.0)
_REQUEST_ID_HEADERS = ("x-request-id", "x-correlation-id", "request-id")


@dataclass
class _Call:
    """One call of `request`, through all its attempts."""

    request: httpx.Request
    repeatable: bool
    accept: Collection[int]
    began: float
    before: Callable[[], None]
    attempt: int = 0


class HttpClient:
    """Requests to one origin, with authentication, retries, budgets and errors that say what to do.

    A request is sent again only when that is safe: it is repeatable, or the server surely did not execute it. Otherwise
    a lost answer is raised as `OutcomeUnknown`, and the caller has to look what became of it.

    Args:
        base_url: what paths are relative to, with or without a path of its own.
        auth: an httpx auth flow; `TokenAuth` for shared tokens.
        rules: the vendor's error rules; they come before the defaults.
        retry: how often and how long to try.
        clock: time.
        gate: budgets entered around every single request, replays included.
        timeout: limits of the stages of a request.
        largest: bytes that an answer's body may have, unpacked: what the vendor's largest page needs, and some more.
        headers: sent with every request.
        plain_http_hosts: hosts, besides loopback, to which unencrypted http is allowed.
        describe: makes of an error's body what a user should read of it.
        request_id_headers: headers in which the vendor gives its id of a request.
        transport: sends the requests in place of the network.

    Raises:
        ConfigurationError: the base URL can't be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: httpx.Auth | None = None,
        rules: Sequence[ErrorRule] = (),
        retry: Retry = Retry(),  # noqa: B008 - immutable
        clock: Clock = SYSTEM_CLOCK,
        gate: Gate | None = None,
        timeout: Timeouts = Timeouts(),  # noqa: B008 - immutable
        largest: int = 16 * MEGABYTE,
        headers: Mapping[str, str] | None = None,
        plain_http_hosts: Collection[str] = frozenset(),
        describe: Callable[[Response], str] = plain_text,
        request_id_headers: Sequence[str] = _REQUEST_ID_HEADERS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base = base_address(base_url, plain_http_hosts)
        self._auth = auth or httpx.Auth()
        self._rules = tuple(rules)
        self._heard = heard_in_a_hurry()
        self._retry = retry if self._heard is None else retry.hurried
        self._clock = clock
        self._gate = gate or Gate()
        self._timeout = timeout
        self._largest = largest
        self._report = FailureReport(clock, describe, request_id_headers)
        self._attempts = Retrying(
            retry=retry_if_result(lambda outcome: isinstance(outcome, Failure) and outcome.again),
            wait=self._wait,
            stop=self._enough,
            before_sleep=self._tell,
            sleep=clock.sleep,
            retry_error_callback=_failure,
        )
        self._client = open_connections(self._base, headers, transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        accept: Collection[int] = (),
        read_timeout: float | None = None,
        before: Callable[[], None] = lambda: None,
    ) -> Response:
        """Send a request and read the whole answer.

        Args:
            method: in capitals.
            path: below the base URL, or an absolute URL on the same origin.
            params: query, added to the one in `path`.
            json: body, written as JSON.
            content: body as it is.
            form: body, written as a form.
            headers: of this request, over those of the client.
            repeatable: whether doing it twice is the same as doing it once. By default what HTTP says of the method:
                GET, HEAD, PUT and DELETE are, POST and PATCH are not.
            accept: error statuses that are handed to the caller like a success.
            read_timeout: seconds of silence to bear for this request.
            before: called right before each sending, repeats included; what it raises is raised, and nothing sent.

        Returns:
            A success, or a status of `accept`; its `content` is complete.

        Raises:
            OutcomeUnknown: sent, not repeatable, and no answer that says whether it was executed.
            AuthenticationError: refused also with replaced credentials.
            RateLimited, Unavailable: after all tries, or when the deadline does not allow another.
            PermanentError: refused, or redirected to another origin; subclasses by status.
            ConfigurationError: the server's certificate is not trusted.
        """
        url = within_origin(self._base, path)
        request = self._client.build_request(
            method,
            url.copy_merge_params(params) if params else url,
            json=json,
            content=content,
            data=form,
            headers=headers,
            timeout=_UNHEARD_TIMEOUTS.limits(None) if self._unheard else self._timeout.limits(read_timeout),
        )
        if repeatable is None:
            repeatable = method in _REPEATABLE
        outcome = self._attempts(self._attempt, _Call(request, repeatable, accept, self._clock.monotonic(), before))
        if isinstance(outcome, Failure):
            raise outcome.error
        return outcome

    def _wait(self, state: RetryCallState) -> float:
        return self._patience.wait(state.attempt_number, _failure(state).error.retry_after)

    def _enough(self, state: RetryCallState) -> bool:
        spent = self._clock.monotonic() - _call(state).began
        patience = self._patience
        return state.attempt_number >= patience.tries or spent + state.upcoming_sleep > patience.deadline

    def _tell(self, state: RetryCallState) -> None:
        said = _failure(state).error.message.rstrip(".")
        number = state.attempt_number + 1
        _log.warning("%s: retrying (%d of %d) in %.0f s", said, number, self._patience.tries, state.upcoming_sleep)

    @property
    def _unheard(self) -> bool:
        return self._heard is not None and self._base.netloc.decode() not in self._heard

    @property
    def _patience(self) -> Retry:
        return UNHEARD if self._unheard else self._retry

    def _attempt(self, call: _Call) -> Response | Failure:
        call.attempt += 1
        request = call.request
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._authenticated(request, call)
            if isinstance(answer, httpx.RequestError):
                return self._report.lost(request, answer, repeatable=call.repeatable)
            rule = verdict(answer)
            if rule:
                return self._refused(request, answer, rule, call)
            if answer.is_success or answer.status_code in call.accept:
                return answer
            target = _redirect_target(answer)
            if request.method not in _FOLLOWED or target is None or not same_origin(target, self._base):
                return self._report.misdirected(request, answer, target, repeatable=call.repeatable)
            request = self._client.build_request(
                request.method, target, headers=request.headers, extensions=request.extensions
            )
        return Failure(PermanentError(f"{named(call.request)} was redirected more than {_MOST_REDIRECTS} times."))

    def _refused(self, request: httpx.Request, answer: Response, rule: ErrorRule, call: _Call) -> Failure:
        failure = self._report.refused(request, answer, rule, repeatable=call.repeatable)
        if rule.reaction is Reaction.RATE_LIMITED and failure.error.retry_after is not None:
            self._gate.pause(failure.error.retry_after)
        return failure

    def _authenticated(self, request: httpx.Request, call: _Call) -> Response | httpx.RequestError:
        # Driven here and not by httpx, so that the gate is entered for every request of the flow.
        flow = self._auth.sync_auth_flow(request)
        try:
            step = next(flow)
            while True:
                answer = self._exchange(step, call)
                if isinstance(answer, httpx.RequestError):
                    return answer
                judge(answer, self._rules, call.accept)
                try:
                    step = flow.send(answer)
                except StopIteration:
                    return answer
        finally:
            flow.close()

    def _exchange(self, request: httpx.Request, call: _Call) -> Response | httpx.RequestError:
        with self._gate.entered():
            call.before()
            began = self._clock.monotonic()
            try:
                answer = self._client.send(request, auth=None, stream=True)
                self._gate.observe(answer.headers)
                if self._heard is not None:
                    self._heard.add(self._base.netloc.decode())
                answer = whole(answer, self._largest, lambda: began + self._timeout.whole - self._clock.monotonic())
            except httpx.RequestError as error:
                answer = error
        if _log.isEnabledFor(logging.DEBUG):
            result = answer.status_code if isinstance(answer, httpx.Response) else type(answer).__name__
            spent = (self._clock.monotonic() - began) * 1000
            path = redact(request.url.path)
            _log.debug("%s %s: %s in %.0f ms, attempt %d", request.method, path, result, spent, call.attempt)
        return answer


def _call(state: RetryCallState) -> _Call:
    return state.args[0]


def _failure(state: RetryCallState) -> Failure:
    return state.outcome.result()  # pyright: ignore[reportOptionalMemberAccess] - asked only after an attempt


def _redirect_target(answer: Response) -> httpx.URL | None:
    if not answer.has_redirect_location:
        return None
    try:
        return answer.url.join(answer.headers["location"])
    except httpx.InvalidURL:
        return None
