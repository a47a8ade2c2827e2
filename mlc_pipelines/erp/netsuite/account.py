"""What one account has: its features, accounting books, subsidiaries and fiscal periods, as found there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mlc_pipelines.erp.netsuite.fields import Column, Feature, Join


@dataclass(frozen=True)
class Account:
    """What queries have to know of the account that they are for.

    Attributes:
        features: what the account has.
        books: ids of the accounting books that are read; empty where the account has no books to choose from. Two for a
            book that holds adjustments only: its base book's rows belong to it (docs/vendors/netsuite.md, section 4.1).
        subsidiaries: ids of the subsidiaries that are read; empty for all.
    """

    features: Collection[Feature]
    books: tuple[str, ...] = ()
    subsidiaries: tuple[str, ...] = ()

    def has(self, part: Column | Join) -> bool:
        """Whether the account knows this column or join."""
        return part.needs is None or part.needs in self.features

    def expression(self, column: Column) -> str:
        """The SuiteQL expression of the column in this account; empty for null."""
        return column.source if self.has(column) else column.otherwise
