"""Reading the records that meet a condition: in key order, several parts at once, each counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import pyarrow as pa

from mlc_pipelines.erp.in_order import in_order
from mlc_pipelines.erp.sap_business_one.records import RecordPage, RecordParser
from mlc_pipelines.erp.sap_business_one.service_layer import ServiceLayer
from mlc_pipelines.errors import IncompleteRead, Unavailable

_TRIES = 3
_PAGES_A_PART = 10
_WHILE_READ = "Run it again when nobody posts to the period, or read it at night."


@dataclass(frozen=True)
class Query:
    """Records of one entity set.

    Attributes:
        entity_set: its name.
        key: its key property.
        condition: `$filter`; empty for all.
        subject: for messages, such as `invoices of FY2026-P05`.
    """

    entity_set: str
    key: str
    condition: str
    subject: str

    def part(self, after: int | str | None, last: int | str | None) -> Query:
        """The records behind one key, up to another; None for no bound."""
        conditions = [f"({self.condition})"] if self.condition else []
        conditions += [f"{self.key} gt {literal(after)}"] if after is not None else []
        conditions += [f"{self.key} le {literal(last)}"] if last is not None else []
        return replace(self, condition=" and ".join(conditions))


@dataclass(frozen=True)
class Reader:
    """Reads queries by a pool of threads that all reads of a source share.

    Pages are asked for by key and never by offset, which shifts when records come or go: the Service Layer keeps no
    snapshot for paging (contract sap_b1.md, section 4). Keys at even distances cut the records into parts that are read
    side by side; each part must have as many records as the Service Layer counts in it when it has been read, else it
    is read again.

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
        """
        total = self.service.count(query.entity_set, query.condition)
        bounds = [None, *self._cuts(query, total, page_size), None]
        parts = (
            partial(self._part, query.part(after, last), after, parser, page_size) for after, last in pairwise(bounds)
        )
        rows = 0
        for pages in in_order(self.pool, parts, 2 * self.in_flight):
            for page in pages:
                if page.rows.num_rows:
                    rows += page.rows.num_rows
                    yield page.rows
            progress(rows, total)

    def _cuts(self, query: Query, total: int, page_size: int) -> list[int | str]:
        """The keys that part the records, rising as the server sorts them."""
        pages = -(-total // page_size)
        size = page_size * max(1, min(_PAGES_A_PART, -(-pages // self.in_flight)))
        calls = (partial(self._key_at, query, place - 1) for place in range(size, total, size))
        found = (key for key in in_order(self.pool, calls, 2 * self.in_flight) if key is not None)
        return list(dict.fromkeys(found))

    def _key_at(self, query: Query, place: int) -> int | str | None:
        record = self.service.first(query.entity_set, {**_ordered(query), "$select": query.key, "$skip": str(place)})
        return record[query.key] if record else None

    def _part(self, query: Query, after: int | str | None, parser: RecordParser, page_size: int) -> list[RecordPage]:
        read = counted = 0
        for _ in range(_TRIES):
            pages = list(self._pages(query, after, parser, page_size))
            read = sum(page.records for page in pages)
            counted = self.service.count(query.entity_set, query.condition)
            if read == counted:
                return pages
        raise IncompleteRead(
            f"{query.subject}: {read} records read where the Service Layer counts {counted}, {_TRIES} times in a row.",
            hint=_WHILE_READ,
        )

    def _pages(
        self, query: Query, after: int | str | None, parser: RecordParser, page_size: int
    ) -> Iterator[RecordPage]:
        rest, seen = query, after
        while True:
            body = self.service.page(query.entity_set, {"$select": parser.select, **_ordered(rest)}, page_size)
            try:
                page = parser.parse(body)
            except ValueError as error:
                raise Unavailable(f"{query.subject}: the Service Layer's answer can't be read: {error}.") from None
            yield page
            if not page.more:
                return
            if page.last is None or page.last == seen:
                raise IncompleteRead(f"{query.subject}: the Service Layer gives no records behind {query.key} {seen}.")
            seen = page.last
            rest = query.part(seen, None)


def literal(value: int | str) -> str:
    """A value as `$filter` takes it."""
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _ordered(query: Query) -> dict[str, str]:
    order = {"$orderby": query.key}
    return {**order, "$filter": query.condition} if query.condition else order
