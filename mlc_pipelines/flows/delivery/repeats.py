"""Rows of a load that come more than once: equal ones are sent once, others are refused with both their records."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.errors import DataError
from mlc_pipelines.store.snapshot_file import SOURCE_ID

_compute: Any = pc

AMOUNT = "_amount"
"""The tied amount of a source row, beside the file's columns."""

_SHOWN = 5


class Repeats:
    """Finds rows that would take the place of each other in the model.

    Args:
        load: for messages.
        personal: headers whose values are not shown.
    """

    def __init__(self, load: str, personal: Collection[str]) -> None:
        self._load = load
        self._personal = personal

    def once(self, rows: pa.Table, headers: Sequence[str]) -> pa.Table:
        """Equal rows once, in the order of their first, each with the first of its records.

        Raises:
            DataError: equal rows carry amounts: in the model there would be one of them.
        """
        wanted = [(SOURCE_ID, "min"), (SOURCE_ID, "max"), (SOURCE_ID, "count"), (AMOUNT, "min"), (AMOUNT, "max")]
        grouped = rows.group_by(list(headers), use_threads=False).aggregate(wanted)
        several = _compute.greater(grouped[f"{SOURCE_ID}_count"], 1)
        amounts = _compute.or_(*(_compute.not_equal(grouped[f"{AMOUNT}_{end}"], 0) for end in ("min", "max")))
        lost = grouped.filter(_compute.and_(several, amounts)).to_pylist()
        if lost:
            shown = [f"{row[f'{SOURCE_ID}_min']} and {row[f'{SOURCE_ID}_max']}" for row in lost[:_SHOWN]]
            raise DataError(
                f"{self._load}: {len(lost)} rows come more than once, each time with an amount of its own, of which "
                f"the model would hold one; records {'; '.join(shown)}.",
                hint="Nothing was sent. Add a column that tells them apart, or sum the amount by {sum: ...}.",
            )
        return grouped.rename_columns({f"{SOURCE_ID}_min": SOURCE_ID})

    def refuse(self, rows: pa.Table, key: Sequence[str]) -> None:
        """Refuse rows with one key; Anaplan takes no notice of upper and lower case and blanks.

        Args:
            rows: different ones, each with one of its records.
            key: headers of the columns by which the model tells rows apart; none when that is not known.

        Raises:
            DataError: with the records of each two.
        """
        if not key or not rows.num_rows:
            return
        folded = pa.table({**{name: _fold(rows[name]) for name in key}, "place": pa.array(range(rows.num_rows))})
        named = reduce(_compute.or_, [_compute.not_equal(folded[name], "") for name in key])
        grouped = (
            folded.filter(named).group_by(list(key), use_threads=False).aggregate([("place", "min"), ("place", "max")])
        )
        pairs = grouped.filter(_compute.not_equal(grouped["place_min"], grouped["place_max"]))
        if not pairs.num_rows:
            return
        places = pairs.slice(0, _SHOWN).select(["place_min", "place_max"]).to_pylist()
        raise DataError(
            f"{self._load}: {pairs.num_rows} keys ({', '.join(key)}) belong to several rows that differ: "
            f"{'; '.join(self._words(rows, key, pair['place_min'], pair['place_max']) for pair in places)}.",
            hint="Nothing was sent: in the model one would take the place of the other. Send only columns that are the "
            "same for a key, add a column that tells them apart, or map their codes.",
        )

    def _words(self, rows: pa.Table, key: Sequence[str], first: int, second: int) -> str:
        one, other = (rows.slice(place, 1).to_pylist()[0] for place in (first, second))
        columns = [name for name in rows.column_names if not name.startswith("_") and one[name] != other[name]]
        differing = [name for name in columns if name not in key]
        values = " ".join("(personal)" if name in self._personal else repr(one[name]) for name in key)
        how = f"differ in {', '.join(differing)}" if differing else "differ in upper and lower case or blanks"
        return f"{values} of records {one[SOURCE_ID]} and {other[SOURCE_ID]}, which {how}"


def _fold(texts: pa.Array) -> pa.Array:
    """What Anaplan tells apart of a name."""
    return _compute.utf8_lower(_compute.utf8_trim_whitespace(_compute.replace_substring_regex(texts, r"\s+", " ")))
