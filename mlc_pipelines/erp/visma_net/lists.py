"""Visma.net's lists: what is asked, and how one answer is had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from mlc_pipelines.clock import Clock
from mlc_pipelines.erp.lazy import Lazy
from mlc_pipelines.erp.visma_net.background import Background
from mlc_pipelines.erp.visma_net.client import RETRY, describe, retiring
from mlc_pipelines.erp.visma_net.json_object import members
from mlc_pipelines.errors import DataError, NotFound, Unavailable
from mlc_pipelines.http import BrokenJson, HttpClient, Response, parse_json

EMPTY = b"[]"
LEDGERS = "/v1/ledger"

_ADDRESS = "Check base_url: https://api.finance.visma.net, without the path of the API before it."
_TRIES = 3
_AROUND = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"  # a byte order mark, and blanks, in any encoding
_ENDS = {b"[": b"]", b"{": b"}"}
_READABLE = 200


class TooSlow(Exception):
    """Visma.net gave up on a call: it takes more than the four minutes that it allows."""


@dataclass(frozen=True)
class ListQuery:
    """A list, or a part of one.

    Attributes:
        path: of the list.
        params: its filters.
        paged: whether it takes `pageNumber` and `pageSize`; the others take no window at all.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    paged: bool = True

    def page(self, number: int, size: int) -> Mapping[str, str]:
        """The parameters of one page; the first is 1."""
        return {**self.params, "pageNumber": str(number), "pageSize": str(size)}


class Lists:
    """Gets answers. Safe to use from several threads.

    Args:
        http: of the company.
        clock: waits go through it.
    """

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._background = Background(http, clock)
        self._retiring: dict[str, str] = {}
        self._address_is_right = Lazy(lambda: http.request("GET", LEDGERS, accept=(404,)).is_success)

    def get(self, path: str, params: Mapping[str, str]) -> bytes:
        """The answer's body; that nothing was found is an empty list (docs/vendors/visma_net.md, section 4).

        Raises:
            TooSlow: ask for less, or in the background.
            NotFound: there is no such list at that address.
            DataError: the answer is another thing than JSON.
            Unavailable: it is only the beginning of JSON, each time.
        """
        text = ""
        for attempt in range(1, _TRIES + 1):
            answer = self._http.request("GET", path, params=params, accept=(404, 504))
            self._retiring[path] = retiring(answer)
            if answer.status_code == 504:
                self._clock.sleep(RETRY.wait(1, None))
                raise TooSlow
            if answer.status_code == 404 and not self._found_nothing(path, answer):
                where = answer.url.copy_with(query=None)
                raise NotFound(f"GET {where} answered 404: {describe(answer)}.", hint=_ADDRESS)
            if answer.status_code in {204, 404}:
                return EMPTY
            ends = answer.content.strip(_AROUND)
            last = _ENDS.get(ends[:1])
            if last == ends[-1:]:
                return answer.content
            text = describe(answer)[:_READABLE]
            if last is None:
                raise DataError(f"{path} answered 200 without its list: {text or 'no text'}.", hint=_ADDRESS)
            self._clock.sleep(RETRY.wait(attempt, None))
        raise Unavailable(f"{path} answered 200 with the beginning of its list: {text}.", hint=_ADDRESS)

    def get_slowly(self, path: str, params: Mapping[str, str]) -> bytes:
        """As `get`, by the background API: for calls that take longer than four minutes."""
        body = self._background.get(path, params)
        return EMPTY if body is None else body

    def get_patiently(self, path: str, params: Mapping[str, str]) -> bytes:
        """As `get`, and in the background when that is too slow."""
        try:
            return self.get(path, params)
        except TooSlow:
            return self.get_slowly(path, params)

    def records(self, path: str, params: Mapping[str, str]) -> list[Any]:
        """The records of an unpaged list as they are: for counts, and for what is no entity.

        Raises:
            Unavailable: the answer is only the beginning of JSON.
            DataError: it is no list.
        """
        said = f"{path} answered 200 without its list."
        try:
            found: Any = parse_json(self.get_patiently(path, params))
        except BrokenJson:
            found = None
        except ValueError:
            raise Unavailable(said, hint=_ADDRESS) from None
        if not isinstance(found, list):
            raise DataError(said, hint=_ADDRESS)
        return cast("list[Any]", found)

    def retiring(self, path: str) -> str:
        """That Visma.net ends this list, where its latest answer says so; else empty."""
        return self._retiring.get(path, "")

    def _found_nothing(self, path: str, answer: Response) -> bool:
        """Whether it is Visma.net that found nothing.

        The gateway, which knows no such address, gives a status code too. A 404 without words means an empty list
        where there are lists at all: at the wrong address every list would be empty.
        """
        told = members(answer.content)
        if "statuscode" in told:
            return False
        return "message" in told or (path != LEDGERS and self._address_is_right())
