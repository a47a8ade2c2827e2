"""Rows of a load that come more than once: equal ones are sent once, others are refused with both their records.

Any two of all rows may be such a pair. So the rows go to a file, and digests of 16 bytes are compared: memory does not
grow with what the rows hold.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property, reduce
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mlc_pipelines.errors import DataError
from mlc_pipelines.flows.delivery.digests import DIGEST, row_digests
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
        self._headers = list(headers)
        self._key = list(key)
        self._personal = personal
        self._digests: list[pa.Table] = []
        self._folder = tempfile.TemporaryDirectory(prefix="mlc-repeats-")
        self._path = Path(self._folder.name) / "rows.parquet"
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: pa.Table) -> None:
        """Put rows in: the columns, `SOURCE_ID`, and `AMOUNT` if they have one each."""
        stored = rows.select([*self._headers, SOURCE_ID])
        self._writer = self._writer or pq.ParquetWriter(self._path, stored.schema)
        if not rows.num_rows:
            return
        self._writer.write_table(stored)
        moves = _compute.not_equal(rows[AMOUNT], 0) if AMOUNT in rows.column_names else pa.repeat(False, rows.num_rows)  # noqa: FBT003
        content = pa.array(row_digests([rows[header] for header in self._headers]), DIGEST)
        self._digests.append(pa.table({"content": content, "key": self._key_digests(rows), "moves": moves}))

    def _key_digests(self, rows: pa.Table) -> pa.Array:
        """Of what Anaplan tells apart of the keys; null where a row has none."""
        if not self._key:
            return pa.nulls(rows.num_rows, DIGEST)
        folded = [_fold(rows[header]) for header in self._key]
        named = reduce(_compute.or_, [_compute.not_equal(each, "") for each in folded])
        return _compute.if_else(named, pa.array(row_digests(folded), DIGEST), pa.scalar(None, DIGEST))

    def once(self) -> Iterator[pa.Table]:
        """Equal rows once, in the order of their first; nothing can be added any more.

        Raises:
            DataError: equal rows carry amounts: in the model there would be one of them. Or as `refuse`.
        """
        if not self._digests:
            return
        same = self._same
        lost = same.filter(_compute.and_(_compute.less(same["place_min"], same["place_max"]), same["moves_any"]))
        if lost.num_rows:
            shown = [" and ".join(row[SOURCE_ID] for row in self._rows(*pair)) for pair in _first_pairs(lost)]
            raise DataError(
                f"{self._load}: {lost.num_rows} rows come more than once, each time with an amount of its own, of "
                f"which the model would hold one; records {'; '.join(shown)}.",
                hint="Nothing was sent. Add a column that tells them apart, or sum the amount by {sum: ...}.",
            )
        self.refuse()
        file = self._file()
        wanted = np.zeros(file.metadata.num_rows, dtype=bool)
        wanted[same["place_min"]] = True
        begin = 0
        for batch in file.iter_batches(columns=self._headers):
            end = begin + batch.num_rows
            yield pa.Table.from_batches([batch.filter(pa.array(wanted[begin:end]))])
            begin = end

    def refuse(self) -> None:
        """Refuse different rows with one key; nothing can be added any more.

        Anaplan takes no notice of upper and lower case and blanks.

        Raises:
            DataError: with the records of each two.
        """
        if not self._key or not self._digests:
            return
        places = self._same["place_min"]
        keys = pa.table({"key": pa.concat_tables(self._digests)["key"].take(places), "place": places}).drop_null()
        grouped = keys.group_by("key", use_threads=False).aggregate([("place", "min"), ("place", "max")])
        pairs = grouped.filter(_compute.less(grouped["place_min"], grouped["place_max"]))
        if not pairs.num_rows:
            return
        raise DataError(
            f"{self._load}: {pairs.num_rows} keys ({', '.join(self._key)}) belong to several rows that differ: "
            f"{'; '.join(self._words(*pair) for pair in _first_pairs(pairs))}.",
            hint="Nothing was sent: in the model one would take the place of the other. Send only columns that are the "
            "same for a key, add a column that tells them apart, or map their codes.",
        )

    @cached_property
    def _same(self) -> pa.Table:
        """Equal rows by their first and last place, and whether any of them carries an amount."""
        digests = pa.concat_tables(self._digests)
        placed = digests.append_column("place", pa.array(np.arange(digests.num_rows)))
        wanted = [("place", "min"), ("place", "max"), ("moves", "any")]
        return placed.group_by("content", use_threads=False).aggregate(wanted)

    def _words(self, first: int, second: int) -> str:
        one, other = self._rows(first, second)
        differing = [header for header in self._headers if header not in self._key and one[header] != other[header]]
        values = " ".join("(personal)" if key in self._personal else repr(one[key]) for key in self._key)
        how = f"differ in {', '.join(differing)}" if differing else "differ in upper and lower case or blanks"
        return f"{values} of records {one[SOURCE_ID]} and {other[SOURCE_ID]}, which {how}"

    def _rows(self, *places: int) -> list[dict[str, Any]]:
        """The rows at these places, which are in order."""
        found: list[dict[str, Any]] = []
        begin = 0
        for batch in self._file().iter_batches():
            here = [place - begin for place in places if begin <= place < begin + batch.num_rows]
            found += batch.take(pa.array(here, pa.int64())).to_pylist()
            begin += batch.num_rows
        return found

    def _file(self) -> pq.ParquetFile:
        assert self._writer is not None  # noqa: S101 - there are rows
        self._writer.close()
        return pq.ParquetFile(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer:
            self._writer.close()
        self._folder.cleanup()


def _first_pairs(pairs: pa.Table) -> list[tuple[int, int]]:
    """The first of such pairs of places."""
    shown = pairs.sort_by("place_min").slice(0, _SHOWN)
    return list(zip(shown["place_min"].to_pylist(), shown["place_max"].to_pylist(), strict=True))


def _fold(texts: pa.Array) -> pa.Array:
    """What Anaplan tells apart of a name."""
    return _compute.utf8_lower(_compute.utf8_trim_whitespace(_compute.replace_substring_regex(texts, r"\s+", " ")))
