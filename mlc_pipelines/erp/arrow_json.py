"""JSON pages straight into Arrow record batches, exact to the last digit.

The page's bytes go through Arrow's own JSON reader with the schema that follows from the entity's declaration: no
dict and no model per row. A body that the reader can't take as declared (text where it expects a number and the other
way round, keys in other casing) is read again by an exact Python path, which gives the same batch or names the record
at fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute
import pyarrow.json as pj

from mlc_pipelines.erp.exact_json import INTEGER, exact_columns, read_document

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

_WRAPPER = "records"


@dataclass(frozen=True)
class Page:
    """One page of records.

    Attributes:
        rows: the records, in the schema asked for and in the order of the page.
        members: the scalar members of the page's envelope (counts, flags), keys in lower case.
    """

    rows: pa.RecordBatch
    members: Mapping[str, Any]


class PageParser:
    """Parses the pages of one query. Stateless after construction, so threads may share it.

    Args:
        schema: what a batch looks like.
        paths: for each field of the schema, the path of keys in a record; a field without a path is null everywhere.
        records: envelope member that holds the array of records; None for a body that is a bare array.
        booleans: the texts for true and false, or None where the wire has JSON booleans.
        fold_case: keys in other casing mean the same; the paths are then given in lower case.
    """

    def __init__(
        self,
        schema: pa.Schema,
        paths: Mapping[str, Sequence[str]],
        *,
        records: str | None = "items",
        booleans: tuple[str, str] | None = None,
        fold_case: bool = False,
    ) -> None:
        self._schema = schema
        self._paths = {name: tuple(path) for name, path in paths.items()}
        self._records = records
        self._booleans = booleans
        self._fold_case = fold_case
        self._known = frozenset(path[0] for path in self._paths.values())
        self._wire = self._wire_type()

    def parse(self, body: bytes) -> Page:
        """The records and envelope of one page.

        Raises:
            ValueError: the body is no JSON, or holds no array of records.
            DataError: a value doesn't fit its field; the message names field, value and record.
        """
        try:
            return self._parse_by_arrow(body)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, _OtherCasing):
            return self._parse_exactly(body)

    def _parse_exactly(self, body: bytes) -> Page:
        records, members = read_document(body, self._records, fold_case=self._fold_case)
        columns = exact_columns(records, self._schema, self._paths, self._booleans)
        return Page(pa.RecordBatch.from_arrays(columns, schema=self._schema), members)

    def _parse_by_arrow(self, body: bytes) -> Page:
        member = self._records or _WRAPPER
        if self._records is None:
            body = b'{"' + _WRAPPER.encode() + b'":' + body + b"}"
        table = pj.read_json(
            pa.BufferReader(body),
            read_options=pj.ReadOptions(block_size=len(body) + 1, use_threads=False),
            parse_options=pj.ParseOptions(
                explicit_schema=pa.schema([pa.field(member, self._wire)]),
                newlines_in_values=True,
                unexpected_field_behavior="infer",
            ),
        )
        if table.num_rows != 1:
            raise pa.ArrowInvalid("not one JSON document")
        envelope = table[member].chunk(0)
        if envelope.null_count:
            raise pa.ArrowInvalid("no array of records")
        records = cast("pa.StructArray", envelope.values)
        if self._fold_case:
            for index in range(self._wire.value_type.num_fields, records.type.num_fields):
                unknown = records.type.field(index).name
                if unknown.lower() in self._known:
                    raise _OtherCasing
        # Taken apart once: a call per field that looks it up by its path costs a fifteenth of the parsing.
        parts = dict(zip((field.name for field in records.type), records.flatten(), strict=True))
        nothing = pa.nulls(len(records))
        columns = [self._typed(self._raw(parts, field.name, nothing), field.type) for field in self._schema]
        members = {
            name.lower(): table[name][0].as_py()
            for name in table.schema.names
            if name != member and not pa.types.is_nested(table.schema.field(name).type)
        }
        return Page(pa.RecordBatch.from_arrays(columns, schema=self._schema), members)

    def _raw(self, record: Mapping[str, pa.Array], name: str, nothing: pa.Array) -> pa.Array:
        path = self._paths.get(name)
        if path is None:
            return nothing
        first, *deeper = path
        return pc.struct_field(record[first], deeper) if deeper else record[first]

    def _typed(self, column: pa.Array, kind: pa.DataType) -> pa.Array:
        if column.type == kind:
            return column
        if self._booleans and pa.types.is_boolean(kind):
            true, false = (pc.equal(column, word) for word in self._booleans)
            if pc.all(pc.or_(true, false)).as_py() is False:
                raise pa.ArrowInvalid("other words than those of a boolean")
            return true
        return column.cast(kind)

    def _wire_type(self) -> pa.ListType:
        tree: dict[str, Any] = {}
        for name, path in self._paths.items():
            branch = tree
            for key in path[:-1]:
                branch = branch.setdefault(key, {})
            branch[path[-1]] = self._wire_kind(self._schema.field(name).type)
        return pa.list_(_struct(tree))

    def _wire_kind(self, kind: pa.DataType) -> pa.DataType:
        if pa.types.is_integer(kind):
            return INTEGER  # the reader takes decimals from numbers and from text, integers from numbers only
        if pa.types.is_boolean(kind):
            return pa.string() if self._booleans else kind
        if pa.types.is_date(kind):
            return pa.timestamp("s")
        return kind


class _OtherCasing(Exception):
    """A key of the page is one of ours in other casing: the fast path would take it for absent."""


def _struct(tree: Mapping[str, Any]) -> pa.StructType:
    return pa.struct(
        [
            pa.field(key, _struct(cast("Mapping[str, Any]", kind)) if isinstance(kind, dict) else kind)
            for key, kind in tree.items()
        ]
    )
