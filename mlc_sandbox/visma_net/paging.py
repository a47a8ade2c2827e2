"""Pages of a list (docs/vendors/visma_net.md, section 4)."""

from __future__ import annotations

from itertools import accumulate

from mlc_sandbox.visma_net.books import Books
from mlc_sandbox.visma_net.lists import Listing, Record
from mlc_sandbox.visma_net.query import Query
from mlc_sandbox.visma_net.switches import Switches
from mlc_sandbox.visma_net.views.style import Style
from mlc_sandbox.visma_net.wire import Written, to_json

_SELECTIONS_KEPT = 64


class Pages:
    """Answers lists. Selections are kept while the books stay the same, so that page after page is a mere slice."""

    def __init__(self, books: Books, switches: Switches, style: Style) -> None:
        self._books = books
        self._switches = switches
        self._style = style
        self._version = -1
        self._selections: dict[tuple[object, ...], list[Record]] = {}

    def answer(self, listing: Listing, query: Query) -> str:
        """The JSON array of a list, or of one page of it.

        Raises:
            Refusal: 400.
        """
        if not listing.paged:
            first, most = query.number("skipRecords") or 0, query.number("numberToRead") or None
            chosen = self._select(listing, query)[first : first + most if most else None]
            return self._written(listing, chosen, query, metadata=None)
        page, size = query.number("pageNumber", least=1) or 1, query.number("pageSize", least=1)
        if self._switches.before_page is not None:
            self._switches.before_page(listing.resource, page)
        largest = self._switches.max_page_sizes.get(listing.resource, self._switches.max_page_size)
        records = self._select(listing, query)
        drift, shift = (self._switches.count_drift, self._switches.row_shift) if page > 1 else (0, 0)
        size = min(size or largest, largest)
        if listing.weight is None:
            total, first = len(records), max(0, (page - 1) * size + shift)
            chosen = records[first : first + size]
        else:
            weights = [listing.weight(record) for record in records]
            total, chosen = sum(weights), _packed(records, weights, page, size)
        metadata = Written(f'{{"totalCount":{total + drift},"maxPageSize":{largest}}}')
        return self._written(listing, chosen, query, metadata)

    def _select(self, listing: Listing, query: Query) -> list[Record]:
        if self._version != self._books.version or len(self._selections) >= _SELECTIONS_KEPT:
            self._version = self._books.version
            self._selections.clear()
        key = (listing.resource, query.without_paging())
        if key not in self._selections:
            self._selections[key] = listing.select(self._books, query)
        return self._selections[key]

    def _written(self, listing: Listing, records: list[Record], query: Query, metadata: Written | None) -> str:
        self._style.for_version(self._books.version)
        views = [listing.view(self._style, record, query) for record in records]
        for view in views[: self._switches.faulty_items]:
            if "errorInfo" in view:
                view["errorInfo"] = "The record could not be read completely."
        if metadata is not None:
            for view in views:
                view["metadata"] = metadata
        return to_json(views)


def _packed(records: list[Record], weights: list[int], page: int, size: int) -> list[Record]:
    """Whole records, until a page weighs `size` or more: no batch is torn, and none but the last page is short."""
    starts = [0]
    begun = 0
    for position, weight in enumerate(accumulate(weights), start=1):
        if weight - begun >= size:
            starts.append(position)
            begun = weight
    if page > len(starts):
        return []
    return records[starts[page - 1] : starts[page] if page < len(starts) else None]
