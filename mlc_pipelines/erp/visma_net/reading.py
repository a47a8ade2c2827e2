"""Whole lists out of pages that come in no promised order and may shift while they are read.

Every page should say how many records the list has. A read counts only when all pages said the same and as many
different records came; else the list moved and is read once more, and then the read fails
(docs/vendors/visma_net.md, section 4).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

from mlc_pipelines.erp.map_ahead import map_ahead
from mlc_pipelines.erp.record_spool import RecordSpool
from mlc_pipelines.erp.visma_net.fields import VismaEntity
from mlc_pipelines.erp.visma_net.lists import ListQuery, Lists, TooSlow
from mlc_pipelines.erp.visma_net.parsing import Listed, RecordParser
from mlc_pipelines.errors import IncompleteRead

_SMALLEST = 50
"""Records per page below which a slow list is read in the background instead of in smaller pages."""

_PASSES = 2

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class _Pass:
    """One way through a list.

    Attributes:
        get: gets an answer.
        query: the list.
        size: records per page to ask for.
        parser: of the answers.
    """

    get: Callable[[str, Mapping[str, str]], bytes]
    query: ListQuery
    size: int
    parser: RecordParser

    def page(self, number: int) -> Listed:
        return self.parser.parse(self.get(self.query.path, self.query.page(number, self.size)))

    def whole(self) -> Listed:
        return self.parser.parse(self.get(self.query.path, self.query.params))


@dataclass
class _Count:
    """What the pages of one pass said and had.

    Attributes:
        totals: every total that a page named.
        total: the latest one.
        records: how many came, with repetitions.
        bare: how many of them had no rows.
        rows: how many rows came.
        shortest: of the pages that others came after.
        stuck: a page was the first one again, of a list that doesn't say how long it is.
    """

    totals: set[int] = field(default_factory=set[int])
    total: int | None = None
    records: int = 0
    bare: int = 0
    rows: int = 0
    shortest: int = sys.maxsize
    stuck: bool = False
    _last: int = sys.maxsize

    def add(self, page: Listed) -> None:
        if page.records:
            self.shortest, self._last = min(self.shortest, self._last), page.records
        if page.total is not None:
            self.total = page.total
            self.totals.add(page.total)
        self.records += page.records
        self.bare += page.bare
        self.rows += page.rows.num_rows

    def fault(self, different: int) -> str:
        """What is wrong with a pass that gave so many different records; empty when nothing is."""
        if self.stuck:
            return "later pages are the first one again"
        if len(self.totals) > 1:
            return f"the number of records changed from {min(self.totals)} to {max(self.totals)} while they were read"
        expected = self.records if self.total is None else self.total
        if not different == self.records == expected:
            return f"{self.records} records came, {different} different ones, and Visma.net says there are {expected}"
        return ""


class Reader:
    """Reads lists of one company.

    Args:
        lists: gets the answers.
        pool: runs requests side by side.
        ahead: how many.
        page_size: records per page to ask for.
        zone: of moments that don't name theirs.
    """

    def __init__(self, lists: Lists, pool: Executor, ahead: int, page_size: int, zone: ZoneInfo) -> None:
        self._lists = lists
        self._pool = pool
        self._ahead = ahead
        self._page_size = page_size
        self._zone = zone

    @contextmanager
    def gathered(
        self, entity: VismaEntity, query: ListQuery, subject: str, progress: Progress = lambda _rows, _total: None
    ) -> Generator[RecordSpool]:
        """All records of the list, each once.

        Args:
            entity: what its records are.
            query: the list.
            subject: for messages.
            progress: told rows so far, and how many there will be where that is known.

        Raises:
            IncompleteRead: the list moved each time that it was read.
        """
        parser = RecordParser(entity, self._zone)
        size, get = self._page_size, self._lists.get
        faults: list[str] = []
        while len(faults) < _PASSES:
            with self._heap(entity) as heap:
                try:
                    fault, shortest = self._pass(_Pass(get, query, size, parser), heap, progress)
                except TooSlow:
                    if query.paged and size >= 2 * _SMALLEST:
                        size //= 2
                    else:
                        get = self._lists.get_slowly
                    continue
                if not fault:
                    yield heap
                    return
                faults.append(fault)
                size = shortest
        raise IncompleteRead(
            f"{subject} could not be read whole, also not when it was read again: {faults[-1]}.",
            hint="Somebody works on it just now: try again later.",
        )

    def count(self, query: ListQuery, entity: VismaEntity) -> int:
        """How many records Visma.net says a paged list has; where it doesn't say, how many come."""
        page = RecordParser(entity, self._zone).parse(self._lists.get_patiently(query.path, query.page(1, 1)))
        if page.total is not None or not page.records:
            return page.total or 0
        with self.gathered(entity, query, entity.name) as heap:
            return heap.records()

    def _heap(self, entity: VismaEntity) -> AbstractContextManager[RecordSpool]:
        return RecordSpool(entity.schema, entity.key, record=entity.document, newest=entity.modified)

    def _pass(self, once: _Pass, heap: RecordSpool, progress: Progress) -> tuple[str, int]:
        """What is wrong with it, and how many records a page should have next time.

        Where later pages are shorter than the first they may begin elsewhere than they should, and overlap.
        """
        count = _Count()
        for page in self._pages(once, count):
            heap.add(page.rows)
            progress(count.rows, None if count.bare or count.rows > count.records else count.total)
        return count.fault(heap.records() + count.bare), min(once.size, count.shortest)

    def _pages(self, once: _Pass, count: _Count) -> Iterator[Listed]:
        first = page = once.page(1) if once.query.paged else once.whole()
        count.add(page)
        yield page
        number = 2
        while once.query.paged and page.records and (count.total is None or count.records < count.total):
            # Visma.net may have lowered the size without a word: the next page begins after what came.
            pages = self._ahead if count.total is None else -(-(count.total - count.records) // first.records)
            calls = [partial(once.page, each) for each in range(number, number + pages)]
            number += pages
            for page in map_ahead(self._pool, calls, self._ahead):
                count.stuck = count.total is None and page.records > 0 and page.rows.equals(first.rows)
                if count.stuck:
                    return
                count.add(page)
                yield page
