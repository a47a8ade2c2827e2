"""What a feed told beside what the snapshots hold: in columns, so that memory stays flat."""

# ruff: noqa: S608 - SQL of names of declared fields and of keys of periods

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.erp.base import Entity
from mlc_pipelines.store.columns import as_schema, equal, open_query, quoted, without_zones, zoned_batches
from mlc_pipelines.store.snapshot_file import ContentHash, row_groups

_compute: Any = pc

_ROW, _PERIOD, _GROUP, _VALUE = "mlc_row", "mlc_period", "mlc_group", "mlc_value"


class Comparison:
    """Records that a feed told, against those of their documents that snapshots hold. A context manager.

    Attributes:
        rows: how many the feed told.
        highest: of the watermark's field, as far as it is credible; None where nothing was told.

    Args:
        entity: whose feed.
        latest: the highest value that is credible; None where all are.
    """

    def __init__(self, entity: Entity, latest: Any) -> None:
        self._entity = entity
        self._latest = latest
        self._plain = without_zones(entity.schema)
        self._folder = tempfile.TemporaryDirectory(prefix="mlc-poll-")
        self._query = open_query(self._folder.name)
        self._query.register("batch", self._plain.empty_table())
        self._query.execute("CREATE TABLE fed AS FROM batch")
        self._query.execute(f"CREATE TABLE held AS SELECT ''::VARCHAR AS {_PERIOD}, * FROM batch")
        self._query.execute(f"CREATE TABLE differing AS SELECT {_PERIOD}, {self._document} FROM held")
        self._values: set[Any] = set()
        self.rows = 0
        self.highest: Any = None

    def add(self, batch: pa.RecordBatch) -> None:
        """Take what the feed tells."""
        self.rows += batch.num_rows
        self._insert(batch, "INSERT INTO fed FROM batch")
        if self._entity.period:
            self._values.update(_compute.unique(batch.column(self._entity.period)).to_pylist())
        seen = batch.column(str(self._entity.watermark))
        if self._latest is not None:
            seen = seen.filter(_compute.less_equal(seen, pa.scalar(self._latest, seen.type)))
        highest = _compute.max(seen).as_py()
        if highest is not None and (self.highest is None or highest > self.highest):
            self.highest = highest

    def content_hash(self) -> str:
        """Of all that was told."""
        digest = ContentHash()
        for table in row_groups(self._sorted("FROM fed"), self._entity.schema):
            digest.add(table)
        return digest.value()

    @property
    def records(self) -> int:
        """How many were told of."""
        return self._count(f"SELECT DISTINCT {self._document} FROM fed")

    def place(self, places: Callable[[Any], Iterable[Sequence[str]]]) -> None:
        """Say where the records belong.

        Args:
            places: of a value of the entity's period field (None for a dimension): groups of periods, each of which
                is to hold the record in one of its periods.
        """
        values = self._values if self._entity.period else {None}
        type_ = self._plain.field(self._entity.period).type if self._entity.period else pa.string()
        rows = [
            (value, number, period)
            for value in values
            for number, group in enumerate(places(value))
            for period in group
        ]
        table = pa.table(
            {
                _VALUE: pa.array([row[0] for row in rows], type_),
                _GROUP: pa.array([row[1] for row in rows], pa.int64()),
                _PERIOD: pa.array([row[2] for row in rows], pa.string()),
            }
        )
        self._query.register("places", table)
        where = f'fed."{self._entity.period}" = {_VALUE}' if self._entity.period else "TRUE"
        self._query.execute(
            f"CREATE TABLE expected AS SELECT fed.rowid AS {_ROW}, fed.*, {_GROUP}, {_PERIOD}"
            f" FROM fed JOIN places ON {where}"
        )
        self._query.execute(f"CREATE TABLE records AS SELECT DISTINCT {self._document} FROM fed")

    def hold(self, period: str, batches: Callable[[Sequence[str]], Iterable[pa.RecordBatch]]) -> None:
        """Take what the snapshot of a period holds of the records that were told of.

        Args:
            period: its key.
            batches: gives some columns of the snapshot's rows.
        """
        document = list(self._entity.document)
        there = f"SEMI JOIN records ON {equal('batch', 'records', document)}"
        columns = pa.schema([self._entity.schema.field(name) for name in document])
        plain = without_zones(columns)
        # Few snapshots hold any of them: their keys alone are read of the others.
        found: list[int] = []
        for batch in batches(document):
            self._query.register("batch", pa.Table.from_batches([as_schema(batch, plain)]))
            found.append(self._count(f"SELECT 1 FROM batch {there}"))
        if any(found):
            for count, batch in zip(found, batches(self._entity.schema.names), strict=True):
                if count:
                    self._insert(batch, f"INSERT INTO held SELECT '{period}', batch.* FROM batch {there}")

    def pend(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Take records that are pending: told again, they count as changed, for the last copy is the one to land.

        Args:
            batches: the columns that identify them.
        """
        there = equal("batch", "records", self._entity.document)
        plain = without_zones(pa.schema([self._entity.schema.field(name) for name in self._entity.document]))
        for batch in batches:
            self._query.register("batch", pa.Table.from_batches([as_schema(batch, plain)]))
            self._query.execute(f"INSERT INTO differing SELECT NULL, batch.* FROM batch SEMI JOIN records ON {there}")

    def compare(self) -> tuple[str, ...]:
        """The periods whose snapshots differ from what was told, in order; `changed` gives the records."""
        names = self._entity.schema.names
        same = f"held.{_PERIOD} = expected.{_PERIOD} AND {equal('held', 'expected', names)}"
        found = f"SELECT expected.{_ROW}, expected.{_GROUP} FROM expected JOIN held ON {same}"
        self._query.execute(
            f"INSERT INTO differing"
            f" SELECT {_PERIOD}, {self._document} FROM expected ANTI JOIN ({found}) AS found USING ({_ROW}, {_GROUP})"
            f" UNION SELECT {_PERIOD}, {self._document} FROM held ANTI JOIN expected ON {same}"
        )
        periods = self._query.execute(f"SELECT DISTINCT {_PERIOD} FROM differing ORDER BY 1")
        return tuple(period for (period,) in periods.fetchall() if period)

    @property
    def changed_records(self) -> int:
        """How many differ, or are pending."""
        return self._count(f"SELECT DISTINCT {self._document} FROM differing")

    def changed(self) -> Iterator[pa.RecordBatch]:
        """All rows of the records that differ, in the order of the key."""
        there = equal("fed", "differing", self._entity.document)
        return self._sorted(f"SELECT fed.* FROM fed SEMI JOIN differing ON {there}")

    def _sorted(self, rows: str) -> Iterator[pa.RecordBatch]:
        return zoned_batches(self._query, f"{rows} ORDER BY {quoted(self._entity.key)}", self._entity.schema)

    def _insert(self, batch: pa.RecordBatch, statement: str) -> None:
        self._query.register("batch", pa.Table.from_batches([as_schema(batch, self._plain)]))
        self._query.execute(statement)

    def _count(self, rows: str) -> int:
        return self._query.execute(f"SELECT count(*) FROM ({rows})").fetchall()[0][0]

    @property
    def _document(self) -> str:
        return quoted(self._entity.document)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._query.close()
        self._folder.cleanup()
