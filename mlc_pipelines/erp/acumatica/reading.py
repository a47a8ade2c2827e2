"""Reading a list completely: pages side by side, and what moved meanwhile again.

See docs/vendors/acumatica.md, section 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any

import pyarrow as pa

from mlc_pipelines.erp.acumatica.derived import without
from mlc_pipelines.erp.acumatica.queries import Page, Query
from mlc_pipelines.erp.map_ahead import map_ahead
from mlc_pipelines.erp.record_spool import RecordSpool
from mlc_pipelines.erp.steady import WHILE_READ
from mlc_pipelines.errors import DataError, IncompleteRead
from mlc_pipelines.http import HttpClient

_TRIES = 4
_KEYS_A_REQUEST = 20

_Key = tuple[Any, ...]
_Stamps = dict[_Key, datetime | None]
"""Documents, and when each was last changed."""


@dataclass(frozen=True)
class Reader:
    """Reads lists by a pool of threads that all reads of a source share.

    Acumatica pages by position, promises no order and gives no count: a record that leaves the list shifts those behind
    it, and one of them is on no page. One answer is one query and whole by itself. A list of several pages is listed
    a second time, keys and change stamps only, and what differs is asked for by key, until both agree.

    Attributes:
        http: of the endpoint.
        address: the endpoint's path.
        pool: its threads.
        in_flight: pages that are asked for at once.
        page: records a page.
    """

    http: HttpClient
    address: str
    pool: Executor
    in_flight: int
    page: int

    def read(self, query: Query, progress: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
        """All rows, each once, in the order of the key.

        Args:
            query: what to read.
            progress: told the rows so far.

        Raises:
            IncompleteRead: the list went on changing.
        """
        entity = query.entity
        with RecordSpool(query.schema, entity.key, record=entity.document, newest=entity.modified) as rows:
            held: _Stamps = {}
            pages = received = 0
            for page in self._pages(query):
                pages += 1
                received += page.rows.num_rows
                rows.add(page.rows)
                held |= page.stamps
                progress(received)
            seen = set(held)
            if pages > 1:
                seen |= self._settle(query, rows, held)
            gone = seen - set(held)
            for batch in rows.batches():
                yield without(batch, entity.document, gone) if gone else batch

    def totals(self, query: Query) -> Iterator[pa.RecordBatch]:
        """The rows of the list's second reading: keys and figures only, each document once."""
        lean = query.keys_only
        document = lean.entity.document
        with RecordSpool(lean.schema, document, record=document, newest=lean.entity.modified) as rows:
            for page in self._pages(lean):
                rows.add(page.rows)
            yield from rows.batches()

    def first(self, query: Query) -> Page:
        """No more than one record."""
        return self._ask(query, 0, 1)

    def _settle(self, query: Query, rows: RecordSpool, held: _Stamps) -> set[_Key]:
        """Make what is held what the list has, and tell all documents that were found on the way."""
        found: set[_Key] = set()
        moved: set[_Key] = set()
        for _ in range(_TRIES):
            listed: _Stamps = {}
            for page in self._pages(query.keys_only):
                listed |= page.stamps
            moved = {key for key, _ in held.items() ^ listed.items()}
            if not moved:
                return found
            if any(None in key for key in moved):
                raise DataError(f"{query.subject}: a record came without what names it.")
            order = sorted(moved)
            for some in (order[at : at + _KEYS_A_REQUEST] for at in range(0, len(order), _KEYS_A_REQUEST)):
                again = self._ask(query.only(some), 0, len(some))
                rows.add(again.rows)
                for key in some:
                    held.pop(key, None)
                held |= again.stamps
            found |= set(held)
        raise IncompleteRead(
            f"{query.subject}: {len(moved)} records still changed while they were read, after {_TRIES} tries, such as"
            f" {' '.join(map(str, min(moved)))}.",
            hint=WHILE_READ,
        )

    def _pages(self, query: Query) -> Iterator[Page]:
        # Alone: most lists have one page, and what is behind the end would be asked for in vain.
        first = self._ask(query, 0, self.page)
        yield first
        if first.records < self.page:
            return
        calls: Iterable[Callable[[], Page]] = (
            partial(self._ask, query, number * self.page, self.page) for number in count(1)
        )
        seen: set[_Key] = set(first.stamps)
        for number, page in enumerate(map_ahead(self.pool, calls, self.in_flight), 1):
            if page.records >= self.page and page.stamps and page.stamps.keys() <= seen:
                # Nothing new: it begins again where the list ends, unless it can't skip at all.
                if number == 1:
                    self._check_whole(query, first.records)
                return
            seen |= page.stamps.keys()
            yield page
            if page.records < self.page:
                return

    def _check_whole(self, query: Query, records: int) -> None:
        if self._ask(query.keys_only, 0, self.page + 1).records > records:
            raise IncompleteRead(
                f"{query.subject}: Acumatica answers each page with the first {records} records.",
                hint="Raise page_size until one page holds them all, or have what stands between (a proxy) pass on"
                " $skip.",
            )

    def _ask(self, query: Query, skip: int, top: int) -> Page:
        parameters = {**query.parameters, "$top": str(top), "$skip": str(skip)}
        answer = self.http.request("GET", f"{self.address}/{query.entity.record}", params=parameters)
        return query.parse(answer.content)
