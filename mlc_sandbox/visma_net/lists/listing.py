"""What a list of the API is: where its records come from, which parameters choose among them, how they are paged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Literal

from mlc_sandbox.visma_net.books import Books
from mlc_sandbox.visma_net.lists.filters import Filter, Record, above, moments, since
from mlc_sandbox.visma_net.query import Query
from mlc_sandbox.visma_net.refusals import bad_request
from mlc_sandbox.visma_net.views.style import Style


@dataclass(frozen=True)
class Listing:
    """One list of the API (docs/vendors/visma_net.md, section 6).

    Attributes:
        resource: lower case.
        records: the candidates; the parameters of `required` are there.
        view: a record as JSON members.
        modified: change stamp of a record.
        key: what `greaterThanValue` is compared with.
        filters: besides the ones on key and stamp.
        changed: `condition`: `lastModifiedDateTime` needs its condition; `since`: it has none and means `>=`.
        paged: whether it has pages; if not, `numberToRead` and `skipRecords` are its window.
        required: parameters that must be given; one of those in a tuple.
        weight: how many a record counts in pages and totals.
        version: of the API.
    """

    resource: str
    records: Callable[[Books, Query], Iterable[Record]]
    view: Callable[[Style, Record, Query], dict[str, Any]]
    modified: Callable[[Record], datetime] | None = attrgetter("modified")
    key: Callable[[Record], str] | None = None
    filters: Sequence[Filter] = ()
    changed: Literal["condition", "since"] = "condition"
    paged: bool = False
    required: Sequence[tuple[str, ...]] = ()
    weight: Callable[[Record], int] | None = None
    version: str = "v1"

    def select(self, books: Books, query: Query) -> list[Record]:
        """The records that a query means, in the order of their stamps: no order is promised, and this one moves.

        Raises:
            Refusal: 400.
        """
        for names in self.required:
            if all(query.text(name) is None for name in names):
                raise bad_request(f"The parameter {' or '.join(names)} is mandatory.")
        made = [predicate for make in self._all_filters() if (predicate := make(query)) is not None]
        found = [record for record in self.records(books, query) if all(predicate(record) for predicate in made)]
        if self.modified is not None:
            found.sort(key=self.modified)
        return found

    def _all_filters(self) -> Iterable[Filter]:
        yield from self.filters
        if self.key is not None:
            yield above(self.key)
        if self.modified is not None:
            by_condition = self.changed == "condition"
            yield moments("lastModifiedDateTime", self.modified) if by_condition else since(self.modified)
