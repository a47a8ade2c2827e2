"""Visma.net's lists: what is asked, and how one answer is had."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from mlc_pipelines.clock import Clock
from mlc_pipelines.erp.visma_net.background import Background
from mlc_pipelines.erp.visma_net.rest import RETRY, describe
from mlc_pipelines.errors import NotFound
from mlc_pipelines.http import HttpClient, Response

EMPTY = b"[]"

_ADDRESS = "Check base_url: https://api.finance.visma.net, without the path of the API before it."


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

    def get(self, path: str, params: Mapping[str, str]) -> bytes:
        """The answer's body; that nothing was found is an empty list (contract visma.md, section 4).

        Raises:
            TooSlow: ask for less, or in the background.
            NotFound: there is no such list at that address.
        """
        answer = self._http.request("GET", path, params=params, accept=(404, 504))
        if answer.status_code == 504:
            self._clock.sleep(RETRY.wait(1, None))
            raise TooSlow
        if answer.status_code != 404:
            return answer.content
        if not _found_nothing(answer):
            raise NotFound(f"GET {answer.url.copy_with(query=None)} answered 404: {describe(answer)}.", hint=_ADDRESS)
        return EMPTY

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


def _found_nothing(answer: Response) -> bool:
    """Whether it is Visma.net that found nothing; the gateway, which knows no such address, gives a status code too."""
    try:
        members = json.loads(answer.content)
    except ValueError:
        return False
    return isinstance(members, dict) and "message" in {key.lower() for key in members} and "statusCode" not in members
