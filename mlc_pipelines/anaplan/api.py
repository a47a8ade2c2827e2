"""Anaplan's conventions over the common transport: paths, envelopes, pages, and the vendor's clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import copy
from datetime import datetime, timedelta
from typing import Any, Self

from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import IncompleteRead
from mlc_pipelines.http import Answer, HttpClient, Response, http_date, read_object

PREFIX = "/2/0"


def _no_check() -> None:
    """What only reads needs none."""


class ModelApi:
    """One model, as its user sees it. Safe to use from several threads.

    Args:
        http: client of the API host, with authentication, budget and rules.
        workspace_id: lower case.
        model_id: upper case.
        clock: ours.

    Attributes:
        clock: ours.
        check: called before each request that may change the model, see `guarded`.
    """

    def __init__(self, http: HttpClient, *, workspace_id: str, model_id: str, clock: Clock) -> None:
        self._http = http
        self.clock = clock
        self.check: Callable[[], None] = _no_check
        self._skew = timedelta(0)
        self.workspace_id = workspace_id
        self.model_id = model_id
        self._model = f"{PREFIX}/workspaces/{workspace_id}/models/{model_id}"

    def guarded(self, check: Callable[[], None]) -> Self:
        """The same model, whose every request that may change it is preceded by `check`; if that raises, nothing goes.

        A request that is tried again is checked again: what was ours at the first try may be another's at the second.
        """
        guarded = copy(self)
        guarded.check = check
        return guarded

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        accept: Collection[int] = (),
    ) -> Response:
        """One request to a path below the model, or anywhere when it starts with `/2/0`.

        Raises:
            MlcError: as the transport's rules say.
        """
        response = self._http.request(
            method,
            path if path.startswith(PREFIX) else self._model + path,
            params=params,
            json=json,
            content=content,
            headers=headers,
            repeatable=repeatable,
            accept=accept,
            before=_no_check if method == "GET" else self.check,
        )
        self._measure_skew(response)
        return response

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """The JSON object that a GET answers."""
        return read_object(self.request("GET", path, params=params))

    def read_all(
        self, path: str, key: str, *, params: Mapping[str, str] | None = None, accept: Collection[int] = ()
    ) -> list[Answer]:
        """All of a collection, page by page (docs/vendors/anaplan.md, section 3).

        An empty collection has no key, only the meta or status of all answers. A page may be shorter than asked, and
        `next` may be there on the last page: only the total counts. An accepted error status is an empty collection.

        Raises:
            DataError: the answer is another one.
            IncompleteRead: fewer came than Anaplan counts: it may have changed while it was read.
        """
        found: list[Answer] = []
        while True:
            query = {**(params or {}), **({"offset": str(len(found))} if found else {})}
            response = self.request("GET", path, params=query, accept=accept)
            if response.status_code in accept:
                return []
            answer = read_object(response)
            if key not in answer and not (answer.inner("meta") or answer.inner("status")):
                answer.__missing__(key)
            page = answer.listed(key)
            found += page
            total = answer.inner("meta").inner("paging").whole("totalSize")
            if len(found) >= total:
                return found
            if not page:
                raise IncompleteRead(
                    f"Anaplan said {total} {key} at {path} but gave {len(found)}.",
                    hint="Run it again when nobody changes the model.",
                )

    def server_now(self) -> datetime:
        """Now by Anaplan's clock, as far as the `Date` headers of its answers tell: within about a second."""
        return self.clock.now() + self._skew

    @property
    def skew(self) -> timedelta:
        """How far Anaplan's clock is ahead of ours."""
        return self._skew

    def _measure_skew(self, response: Response) -> None:
        stamp = http_date(response.headers.get("date", ""))
        if stamp:
            # The header is cut to whole seconds, so half a second is the best guess of the rest.
            self._skew = stamp + timedelta(seconds=0.5) - self.clock.now()
