"""Rows of a load that come more than once: equal ones are sent once, others are refused with both their records.

Any two of all rows may be such a pair. So they go to a file, and DuckDB compares digests of 16 bytes: memory does not
grow with what the rows hold.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mlc_pipelines.erp.record_spool import query_in
from mlc_pipelines.errors import DataError
from mlc_pipelines.store.snapshot_file import SOURCE_ID

_compute: Any = pc

AMOUNT = "_amount"
"""The tied amount of a source row, beside the file's columns."""

_SHOWN = 5


class Repeats:
    """Finds rows that would take the place of each other in the model. A context manager, which ends with its file.

    Args:
        load: for messages.
        headers: of the rows' columns.
        key: headers of the columns by which the model tells rows apart; none when that is not known.
        personal: headers whose values are not shown.
    """

    def __init__(self, load: str, headers: Sequence[str], key: Sequence[str], personal: Collection[str]) -> None:
        self._load = load
        self._key = key
        self._personal = personal
        # Headers may differ in case only, which is one name to DuckDB.
        self._names = {header: f"c{place}" for place, header in enumerate(headers)}
        self._folded = {f"folded_{self._names[header]}": header for header in key}
        self._folder = tempfile.TemporaryDirectory(prefix="mlc-repeats-")
        self._path = Path(self._folder.name) / "rows.parquet"
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: pa.Table) -> None:
        """Put rows in: the columns, `SOURCE_ID`, and `AMOUNT` if they have one each."""
        moves = _compute.not_equal(rows[AMOUNT], 0) if AMOUNT in rows.column_names else pa.repeat(False, rows.num_rows)  # noqa: FBT003
        columns = {name: rows[header] for header, name in self._names.items()}
        columns |= {name: _fold(rows[header]) for name, header in self._folded.items()}
        stored = pa.table({**columns, "record": rows[SOURCE_ID], "moves": moves})
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, stored.schema)
        if stored.num_rows:
            self._writer.write_table(stored)

    def once(self) -> Iterator[pa.Table]:
        """Equal rows once, in the order of their first; nothing can be added any more.

        Raises:
            DataError: equal rows carry amounts: in the model there would be one of them. Or as `refuse`.
        """
        if self._writer is None:
            return
        lost = self._found(
            "SELECT min(place), max(place), count(*) OVER () FROM digests GROUP BY content"
            " HAVING count(*) > 1 AND bool_or(moves)"
        )
        if lost:
            shown = [" and ".join(row["record"] for row in self._rows(first, last)) for first, last, _ in lost]
            raise DataError(
                f"{self._load}: {lost[0][2]} rows come more than once, each time with an amount of its own, of which "
                f"the model would hold one; records {'; '.join(shown)}.",
                hint="Nothing was sent. Add a column that tells them apart, or sum the amount by {sum: ...}.",
            )
        self.refuse()
        firsts = self._query.execute("SELECT min(place) AS place FROM digests GROUP BY content").fetchnumpy()["place"]
        file = pq.ParquetFile(self._path)
        wanted = np.zeros(file.metadata.num_rows, dtype=bool)
        wanted[firsts] = True
        begin = 0
        for batch in file.iter_batches(columns=list(self._names.values())):
            end = begin + batch.num_rows
            rows = batch.filter(pa.array(wanted[begin:end]))
            yield pa.table(rows.columns, names=list(self._names))
            begin = end

    def refuse(self) -> None:
        """Refuse different rows with one key; nothing can be added any more.

        Anaplan takes no notice of upper and lower case and blanks.

        Raises:
            DataError: with the records of each two.
        """
        if not self._key or self._writer is None:
            return
        pairs = self._found(
            "SELECT min(first), max(first), count(*) OVER () FROM"
            " (SELECT min(place) AS first, any_value(key) AS key FROM digests WHERE key IS NOT NULL GROUP BY content)"
            " GROUP BY key HAVING count(*) > 1"
        )
        if not pairs:
            return
        raise DataError(
            f"{self._load}: {pairs[0][2]} keys ({', '.join(self._key)}) belong to several rows that differ: "
            f"{'; '.join(self._words(first, second) for first, second, _ in pairs)}.",
            hint="Nothing was sent: in the model one would take the place of the other. Send only columns that are the "
            "same for a key, add a column that tells them apart, or map their codes.",
        )

    def _words(self, first: int, second: int) -> str:
        one, other = self._rows(first, second)
        differing = [
            header for header, name in self._names.items() if header not in self._key and one[name] != other[name]
        ]
        values = " ".join("(personal)" if key in self._personal else repr(one[self._names[key]]) for key in self._key)
        how = f"differ in {', '.join(differing)}" if differing else "differ in upper and lower case or blanks"
        return f"{values} of records {one['record']} and {other['record']}, which {how}"

    def _found(self, pairs: str) -> list[tuple[int, int, int]]:
        """The first of such pairs of places, each with the number of all."""
        return self._query.execute(f"{pairs} ORDER BY 1 LIMIT {_SHOWN}").fetchall()

    def _rows(self, *places: int) -> list[dict[str, Any]]:
        chosen = f"SELECT * FROM {self._file} WHERE file_row_number IN {places} ORDER BY file_row_number"  # noqa: S608 - numbers
        return self._query.sql(chosen).to_arrow_table().to_pylist()

    @cached_property
    def _query(self) -> Any:
        if self._writer:
            self._writer.close()
        query = query_in(self._folder.name)
        key = "NULL"
        if self._folded:
            named = " OR ".join(f"{name} <> ''" for name in self._folded)
            key = f"CASE WHEN {named} THEN {_digest(self._folded)} END"
        query.execute(
            f"CREATE TABLE digests AS SELECT file_row_number AS place, {_digest(self._names.values())} AS content,"  # noqa: S608 - our own names
            f" {key} AS key, moves FROM {self._file}"
        )
        return query

    @property
    def _file(self) -> str:
        return f"read_parquet('{self._path}', file_row_number = true)"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer:
            self._writer.close()
        if "_query" in vars(self):
            self._query.close()
        self._folder.cleanup()


def _digest(columns: Iterable[str]) -> str:
    """SQL of what tells rows with other values in these columns apart; each with its length, so that none runs on."""
    # One null would make the whole text null, and all such rows one. In a file it is an empty text.
    texts = [f"coalesce({name}::VARCHAR, '')" for name in columns]
    values = [f"length({text}) || ':' || {text}" for text in texts]
    return f"md5_number({' || '.join(values)})"


def _fold(texts: pa.Array) -> pa.Array:
    """What Anaplan tells apart of a name."""
    return _compute.utf8_lower(_compute.utf8_trim_whitespace(_compute.replace_substring_regex(texts, r"\s+", " ")))
