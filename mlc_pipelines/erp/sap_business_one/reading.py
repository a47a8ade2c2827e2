"""Reading the records that meet a condition: in key order, several parts at once, each counted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from itertools import pairwise

import pyarrow as pa

from mlc_pipelines.erp.exact_json import CutOff
from mlc_pipelines.erp.map_ahead import map_ahead
from mlc_pipelines.erp.sap_business_one.client import ServiceLayer
from mlc_pipelines.erp.sap_business_one.fields import ServiceLayerEntity
from mlc_pipelines.erp.sap_business_one.parsing import Key, RecordPage, RecordParser
from mlc_pipelines.erp.steady import WHILE_READ
from mlc_pipelines.errors import DataError, IncompleteRead, MlcError

_PAGES_A_PART = 10
_KEYS_A_PAGE = 1_000


class _Way(Enum):
    """How pages are asked for; the later ones are for servers that don't page as they should."""

    BY_KEY = "by key, as long as there are links to a next page"
    TO_THE_END = "by key, until a page is empty"
    BY_LINK = "by the links to the next page"


@dataclass(frozen=True)
class Query:
    """Records of one entity.

    Attributes:
        entity: which.
        condition: `$filter`; empty for all.
        subject: for messages, such as `invoices of FY2026-P05`.
        counted: the server counts what meets a condition.
    """

    entity: ServiceLayerEntity
    condition: str
    subject: str
    counted: bool

    def part(self, after: Key | None, last: Key | None) -> Query:
        """The records behind one key, up to another; None for no bound."""
        key = self.entity.record_key
        conditions = [self.condition] if self.condition else []
        conditions += [f"{key} gt {literal(after)}"] if after is not None else []
        conditions += [f"{key} le {literal(last)}"] if last is not None else []
        return replace(self, condition=" and ".join(conditions))

    @property
    def options(self) -> dict[str, str]:
        """The query options: order by key, and the condition."""
        order = {"$orderby": self.entity.record_key}
        return {**order, "$filter": self.condition} if self.condition else order


@dataclass(frozen=True)
class Reader:
    """Reads queries by a pool of threads that all reads of a source share.

    Pages are asked for by key and not by offset, which shifts when records come or go: the Service Layer keeps no
    snapshot for paging (docs/vendors/sap_business_one.md, section 4). Keys at even distances cut the records into parts
    that are read side by side. A part is whole when it has as many different records as the Service Layer counts in it
    after it was read, else it is read again; where the cuts lie is of no matter, as long as no part has the cut of
    another.

    Attributes:
        service: of the company.
        pool: its threads.
        in_flight: requests at a time.
    """

    service: ServiceLayer
    pool: Executor
    in_flight: int

    def read(
        self, query: Query, parser: RecordParser, page_size: int, progress: Callable[[int, int], None]
    ) -> Iterator[pa.RecordBatch]:
        """All rows in key order; no empty batches.

        Args:
            query: which records.
            parser: makes rows of them.
            page_size: records asked for at a time.
            progress: told, after each part, the rows so far and how many records are expected.

        Raises:
            IncompleteRead: a part has another number of records than counted, several times in a row.
            CutOff: its pages end too early, several times in a row.
        """
        total = self.count(query)
        cuts = self._cuts(query, total, page_size)
        parts = (
            partial(self._part, query.part(after, last), frozenset(cuts) - {last}, parser, page_size)
            for after, last in pairwise([None, *cuts, None])
        )
        rows = 0
        for pages in map_ahead(self.pool, parts, 2 * self.in_flight):
            for page in pages:
                if page.rows.num_rows:
                    rows += page.rows.num_rows
                    yield page.rows
            progress(rows, total)

    def count(self, query: Query) -> int:
        """How many records there are: by the server, or where it doesn't count by a walk over their keys."""
        if query.counted:
            return self.service.count(query.entity.entity_set, query.condition)
        keys = RecordParser(query.entity.keys_only)
        return sum(len(page.keys) for page in self._pages(query, keys, _KEYS_A_PAGE, _Way.TO_THE_END))

    def _cuts(self, query: Query, total: int, page_size: int) -> list[Key]:
        """The keys that part the records, rising as the server sorts them."""
        pages = -(-total // page_size)
        size = page_size * max(1, min(_PAGES_A_PART, -(-pages // self.in_flight)))
        calls = (partial(self._key_at, query, place - 1) for place in range(size, total, size))
        found = (key for key in map_ahead(self.pool, calls, 2 * self.in_flight) if key is not None)
        return list(dict.fromkeys(found))

    def _key_at(self, query: Query, place: int) -> Key | None:
        key = query.entity.record_key
        options = {"$select": key, **query.options, "$skip": str(place)}
        record = self.service.first(query.entity.entity_set, options)
        found = record[key] if record else None
        if not (found is None or isinstance(found, int | str)):
            raise DataError(f"{query.subject}: the Service Layer gave a {key} that is no key.")
        return found

    def _part(self, query: Query, foreign: Collection[Key], parser: RecordParser, page_size: int) -> list[RecordPage]:
        fault: MlcError = IncompleteRead(query.subject)
        for way in _Way:
            try:
                pages = list(self._pages(query, parser, page_size, way))
            except (CutOff, IncompleteRead) as error:
                fault = error
                continue
            if any(key in foreign for page in pages for key in page.keys):
                raise IncompleteRead(
                    f"{query.subject}: the Service Layer gives records that were not asked for: {query.condition}."
                )
            read, counted = sum(len(page.keys) for page in pages), self.count(query)
            if read == counted:
                return pages
            fault = IncompleteRead(
                f"{query.subject}: {read} records read where the Service Layer counts {counted},"
                f" {len(_Way)} times in a row.",
                hint=WHILE_READ,
            )
        raise fault

    def _pages(self, query: Query, parser: RecordParser, page_size: int, way: _Way) -> Iterator[RecordPage]:
        path, options = query.entity.entity_set, {"$select": parser.select, **query.options}
        seen: set[Key] = set()
        while True:
            page = parser.parse(self.service.page(path, options, page_size))
            before = len(seen)
            seen.update(page.keys)
            if len(seen) < before + len(page.keys):
                raise IncompleteRead(f"{query.subject}: the Service Layer's pages repeat records.", hint=WHILE_READ)
            yield page
            if not page.keys or not (page.link or way is _Way.TO_THE_END):
                return
            if way is _Way.BY_LINK:
                path, options = self.service.linked(page.link, options)
            else:
                options |= query.part(page.keys[-1], None).options


def literal(value: Key) -> str:
    """A value as `$filter` takes it."""
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
