"""The rows of an entity out of its tables: headers, lines and names, read side by side."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from mlc_pipelines.erp.base import Field
from mlc_pipelines.erp.map_ahead import map_ahead
from mlc_pipelines.erp.steady import Changed, steady
from mlc_pipelines.erp.syspro.codes import CodeSplitter
from mlc_pipelines.erp.syspro.fields import CodePart, Derived, Lines, Placed, SysproEntity, Table
from mlc_pipelines.erp.syspro.joining import prefixed, with_lines, with_names
from mlc_pipelines.erp.syspro.odata import OData
from mlc_pipelines.erp.syspro.parsing import unpadded
from mlc_pipelines.erp.syspro.periods import PostingPeriod
from mlc_pipelines.erp.syspro.queries import Query, from_on, query_of, up_to
from mlc_pipelines.erp.syspro.reading import Reader, key_at
from mlc_pipelines.erp.syspro.tables import of_period
from mlc_pipelines.errors import ConfigurationError, DataError, MlcError, NotFound
from mlc_pipelines.fiscal import Period

_log = logging.getLogger(__name__)

_MOST_HEADERS = 500
_FEWEST_HEADERS = 50


@dataclass(frozen=True)
class Company:
    """One company of one SYSPRO, as its tables are read.

    Attributes:
        name: in the key of the ledger's tables.
        odata: answers.
        pool: runs requests side by side.
        in_flight: how many.
        codes: splits GL codes.
        in_ledger: gives the name with the padding that it has there; a ConfigurationError when it isn't there.
    """

    name: str
    odata: OData
    pool: Executor
    in_flight: int
    codes: CodeSplitter
    in_ledger: Callable[[], str]


@dataclass(frozen=True)
class EntityRows:
    """The rows of one entity in one period.

    Attributes:
        company: whose they are.
        entity: what they are.
        window: the period's days.
        period: the same as SYSPRO knows it.
    """

    company: Company
    entity: SysproEntity
    window: Period
    period: PostingPeriod

    def query(self, table: Table, placed: Placed | None = None, first: tuple[str, ...] = ()) -> Query:
        """All rows of a table, or those of the period.

        Raises:
            ConfigurationError: the ledger doesn't know the company.
        """
        return query_of(
            of_period(table, self.period.period),
            self.company.in_ledger() if table.per_company else None,
            placed=placed,
            window=self.window,
            period=self.period,
            first=first,
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The entity's rows in the order of its tables.

        Raises:
            Changed: rows came or went meanwhile.
            IncompleteRead: the same of some of the lines, again and again.
        """
        names = {
            lookup.table.name: self.company.pool.submit(self._names, lookup.table) for lookup in self.entity.lookups
        }
        try:
            for joined in self._joined():
                found = {name: rows.result() for name, rows in names.items()}
                yield from self._made(with_names(joined, self.entity.lookups, found))
        finally:
            for rows in names.values():
                rows.cancel()

    def _joined(self) -> Iterator[pa.Table]:
        entity = self.entity
        if not entity.lines:
            reader = Reader(self.company.odata, self.query(entity.table, entity.placed))
            for rows in reader.pages():
                yield prefixed(pa.table(unpadded(rows, entity.table)), entity.table.name)
            return
        declared = entity.lines
        headers = self.query(entity.table, entity.placed, declared.by)
        lines = self.query(declared.table, declared.placed, declared.link)
        found = 0
        for joined in map_ahead(self.company.pool, self._parts(headers, lines, declared), 2 * self.company.in_flight):
            found += joined.num_rows
            yield joined
        if declared.closed and (counted := Reader(self.company.odata, lines).count()) != found:
            raise Changed(
                f"{found} rows of {lines.table.name} belong to rows of {headers.table.name}, and there are {counted}"
            )

    def _parts(self, headers: Query, lines: Query, declared: Lines) -> Iterator[Callable[[], pa.Table]]:
        """What reads the lines of some headers, for all of them."""
        differing = [place for place, column in enumerate(declared.by) if column in headers.sought]
        by = [declared.by[place] for place in differing]
        link = [declared.link[place] for place in differing]
        for page in Reader(self.company.odata, headers).pages():
            size = max(_FEWEST_HEADERS, min(_MOST_HEADERS, -(-page.num_rows // self.company.in_flight)))
            for start in range(0, page.num_rows, size):
                part = page.slice(start, size)
                span = (from_on(link, key_at(part, 0, by)), up_to(link, key_at(part, -1, by)))
                yield partial(self._with_lines, unpadded(part, headers.table), lines, declared, span)

    def _with_lines(self, headers: pa.RecordBatch, lines: Query, declared: Lines, span: tuple[str, str]) -> pa.Table:
        try:
            rows = steady(f"{lines.table.name} of {self.window.key}", lambda: self._table(lines, *span))
        except NotFound as error:
            if not declared.optional:
                raise
            rows = _empty(lines.table, error)
        return with_lines(pa.table(headers), rows, self.entity.table.name, declared)

    def _names(self, table: Table) -> pa.Table:
        try:
            query = self.query(table)
            return steady(table.name, lambda: self._table(query))
        except (NotFound, ConfigurationError) as error:
            return _empty(table, error)

    def _table(self, query: Query, *within: str) -> pa.Table:
        pages = Reader(self.company.odata, query).pages(*within)
        return pa.Table.from_batches([unpadded(rows, query.table) for rows in pages], query.table.schema)

    def _made(self, joined: pa.Table) -> Iterator[pa.RecordBatch]:
        declared = (*self.entity.fields, *self.entity.auxiliary)
        self.entity.check_words(
            {field.name: joined.column(field.source) for field in declared if field.source in joined.schema.names}
        )
        if self.entity.wanted:
            joined = joined.filter(self.entity.wanted(joined))
        if not joined.num_rows:
            return
        columns = [self._column(joined, field) for field in self.entity.fields]
        yield from pa.Table.from_arrays(columns, schema=self.entity.schema).combine_chunks().to_batches()

    def _column(self, joined: pa.Table, field: Field) -> pa.ChunkedArray:
        if field.source.endswith("/Period"):
            return pa.chunked_array([pa.repeat(pa.scalar(self.period.period, field.type), joined.num_rows)])
        column = field.by(joined) if isinstance(field, Derived) else joined.column(field.source)
        if isinstance(field, CodePart):
            return self.company.codes.part(column, field.part)
        if field.words and pa.types.is_boolean(field.type):
            return field.words.decided(column)
        try:
            return column.cast(field.type)
        except pa.ArrowInvalid as error:
            raise DataError(f"{self.entity.name} of {self.window.key}: {field.name}: {error}.") from None


def _empty(table: Table, error: MlcError) -> pa.Table:
    """No rows, for what is left empty where an installation has no such table."""
    _log.warning("SYSPRO's table %s is left out: %s", table.name, error)
    return table.schema.empty_table()
