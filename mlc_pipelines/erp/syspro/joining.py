"""Headers with their lines and names, in Arrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.syspro.fields import Lines, Lookup
from mlc_pipelines.store.joined import length_prefixed

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

LINE = "#"
"""Column with the line's number within its header, from 1; 0 for a header without lines, or for what is in none."""


def prefixed(rows: pa.Table, table: str) -> pa.Table:
    """The rows with columns called `Table/Column`."""
    return rows.rename_columns([f"{table}/{name}" for name in rows.schema.names])


def with_lines(headers: pa.Table, lines: pa.Table, header_table: str, declared: Lines) -> pa.Table:
    """A row for each line with its header's columns, in the order of the headers; lines of other headers are left out.

    Args:
        headers: in order.
        lines: in order.
        header_table: name of the headers' table.
        declared: how they belong together.
    """
    place = pc.index_in(_key(lines, declared.link), value_set=_key(headers, declared.by))
    lines = lines.append_column("header", place).filter(pc.is_valid(place))
    lines = lines.append_column(LINE, _counted(lines.column("header")))
    if declared.adding_up:
        lines = _with_rests(headers, lines, *declared.adding_up)
    elif declared.keep_bare:
        lines = _with_bare(headers, lines)
    place = lines.column("header")
    joined = prefixed(headers.take(place), header_table)
    for name in lines.schema.names:
        if name != "header":
            joined = joined.append_column(f"{declared.table.name}/{name}", lines.column(name))
    return joined


def with_names(joined: pa.Table, lookups: Sequence[Lookup], names: Mapping[str, pa.Table]) -> pa.Table:
    """The rows with columns of the lookup tables; null where a lookup has no such key.

    Args:
        joined: columns are `Table/Column`.
        lookups: what to look up.
        names: rows of the lookup tables by name of the table.
    """
    for lookup in lookups:
        found = names[lookup.table.name]
        (key,) = lookup.table.key
        place = pc.index_in(joined.column(lookup.by), value_set=found.column(key).combine_chunks())
        for name in lookup.table.columns:
            if name != key:
                joined = joined.append_column(f"{lookup.table.name}/{name}", found.column(name).take(place))
    return joined


def _key(rows: pa.Table, columns: Sequence[str]) -> Any:
    return length_prefixed([rows.column(column) for column in columns]).combine_chunks()


def _counted(header: Any) -> Any:
    """1, 2, 3 ... within each header."""
    position = pa.chunked_array([pa.array(range(len(header)), pa.int64())])
    firsts = pa.table({"header": header, "position": position}).group_by("header").aggregate([("position", "min")])
    first = firsts.column("position_min").take(pc.index_in(header, value_set=firsts.column("header").combine_chunks()))
    return pc.add(pc.subtract(position, first), 1)


def _with_bare(headers: pa.Table, lines: pa.Table) -> pa.Table:
    every = pa.array(range(headers.num_rows), pa.int32())
    bare = every.filter(pc.invert(pc.is_in(every, value_set=lines.column("header").combine_chunks())))
    return _with_more(lines, bare, {})


def _with_rests(headers: pa.Table, lines: pa.Table, total: str, part: str) -> pa.Table:
    every = pa.array(range(headers.num_rows), pa.int32())
    sums = pa.table({"header": lines.column("header"), "part": lines.column(part)}).group_by("header")
    summed = sums.aggregate([("part", "sum")])
    place = pc.index_in(every, value_set=summed.column("header").combine_chunks())
    kind = lines.schema.field(part).type
    nothing = pa.scalar(0, pa.int64()).cast(kind)
    distributed = pc.fill_null(summed.column("part_sum").take(place).cast(kind), nothing)
    rest = pc.subtract(pc.fill_null(headers.column(total), nothing), distributed).cast(kind)
    without = pc.or_(pc.is_null(place), pc.not_equal(rest, nothing))
    return _with_more(lines, every.filter(without), {part: rest.filter(without)})


def _with_more(lines: pa.Table, header: pa.Array, columns: Mapping[str, Any]) -> pa.Table:
    """The lines and one more, number 0, for each of those headers."""
    more = pa.table(
        {
            "header": header,
            LINE: pa.repeat(pa.scalar(0, pa.int64()), len(header)),
            **columns,
        }
    )
    together = pa.concat_tables([lines, more], promote_options="default")
    return together.sort_by([("header", "ascending"), (LINE, "ascending")])
