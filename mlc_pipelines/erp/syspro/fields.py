"""How a SYSPRO entity is declared: tables of the company database, and what our fields take of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pyarrow as pa

from mlc_pipelines.erp.base import Entity, Field

NUMBER = pa.decimal128(30, 12)
"""What quantities, prices, rates and what is multiplied by them are read as."""

AMOUNT = pa.decimal128(26, 6)
"""What amounts are read as: they have up to 20 digits, two of them after the point
(docs/vendors/syspro.md, section B2)."""


@dataclass(frozen=True)
class Table:
    """Columns of a table of the company database, an entity set of the same name (docs/vendors/syspro.md, section B1).

    Attributes:
        name: of the table; case counts.
        key: the columns that tell its rows apart, besides Company.
        columns: those that are read, with the types that they are read as; the key among them.
        per_company: Company is part of the key: a ledger may be shared (docs/vendors/syspro.md, section B2).
        unlike: values that a column of a row of ours never has, such as those of pseudo codes.
        renamed: the table's own names of columns that are called otherwise here.
        within: where several rows have the same key, the columns that put those in order.
        needed: the columns without which its rows mean nothing, the key among them; others may be missing from an
            installation, and are null then.
    """

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, pa.DataType]
    per_company: bool = False
    unlike: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    within: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """What a batch of its rows looks like."""
        return pa.schema(list(self.columns.items()))

    def only(self, columns: Iterable[str]) -> Table:
        """The table with those of its columns alone."""
        wanted = set(columns)
        return replace(self, columns={name: kind for name, kind in self.columns.items() if name in wanted})


@dataclass(frozen=True)
class Placed:
    """How the rows of a fact are found in a table.

    Attributes:
        by: the fiscal period that they post to, its year alone where a row holds all periods of it, or a date.
        columns: year and period, year, or date.
    """

    by: Literal["period", "year", "date"]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Lines:
    """The table with the lines of an entity's documents.

    Attributes:
        table: read in ranges of what links it.
        by: the header's columns that a line names; headers are read in their order.
        link: the line's columns that name them.
        placed: how lines are found besides, where they know their period.
        keep_bare: a header without lines is a row.
        adding_up: the header's total and the line's part of it: what is not in lines makes a row of its own.
        optional: an installation may be without the table; there are no lines then.
        closed: each line of the period has its header among those that are read: another one is a fault.
    """

    table: Table
    by: tuple[str, ...]
    link: tuple[str, ...]
    placed: Placed | None = None
    keep_bare: bool = False
    adding_up: tuple[str, str] | None = None
    optional: bool = False
    closed: bool = False


@dataclass(frozen=True)
class Lookup:
    """A table from which names are taken.

    Attributes:
        table: has a key of one column.
        by: `Table/Column` that holds this key.
    """

    table: Table
    by: str


@dataclass(frozen=True)
class CodePart(Field):
    """A named group of the pattern that splits GL codes; `source` is the column with the code."""

    part: Literal["cost_centre", "account"] = "account"


def _nothing(joined: pa.Table) -> Any:
    return pa.nulls(joined.num_rows)


@dataclass(frozen=True)
class Derived(Field):
    """A field that is derived from the joined rows, whose columns are `Table/Column`."""

    by: Callable[[pa.Table], Any] = _nothing


@dataclass(frozen=True)
class SysproEntity(Entity):
    """An entity and the tables that it is read from.

    The `source` of a field is `Table/Column`; `#` in place of the column is the line's number within its header. A flag
    has the words that stand for true and false.

    Attributes:
        table: the header, or the only table.
        placed: how a fact's rows are found.
        lines: the table with the lines.
        lookups: where names come from.
        wanted: which joined rows are rows of the entity; all when absent.
    """

    table: Table = Table("", (), {})
    placed: Placed | None = None
    lines: Lines | None = None
    lookups: tuple[Lookup, ...] = ()
    wanted: Callable[[pa.Table], Any] | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """Conditions of its queries that name a word of the ERP."""
        return tuple(f"{column} ne '{word}'" for column, words in self.table.unlike.items() for word in words)
