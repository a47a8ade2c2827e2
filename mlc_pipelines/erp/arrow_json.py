"""JSON pages straight into Arrow record batches, exact to the last digit.

The page's bytes go through Arrow's own JSON reader with the schema that follows from the entity's declaration: no
dict and no model per row. A body that the reader can't take as declared (text where it expects a number and the other
way round, keys in other casing or twice, texts with what is no character) is read again by an exact Python path, which
gives the same batch or names the record at fault.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute
import pyarrow.json as pj

from mlc_pipelines.erp.base import Entity
from mlc_pipelines.erp.exact_json import (
    INTEGER,
    Words,
    exact_columns,
    is_moment,
    lines_of,
    moment,
    read_document,
)

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

_WRAPPER = "records"

# Arrow's reader crashes on what is nested ten thousand levels deep; Python's refuses it.
_DEEP = tuple(32 * ends for ends in (b"]", b"}", b"]}"))
_NUL = b"\\u0000"
# Arrow's reader rescales by a table of powers of ten, behind whose end it reads on, and passes over what overflows: of
# exponents and very long numbers it may make any other number.
_FAR_OFF = r"""[:\[,\s"][-+]?[0-9.]+[eE][-+]?0*(?:[7-9]|[1-9][0-9])|[0-9.]{17}[eE]|[0-9]{23}"""
_MARK = b"\xef\xbb\xbf"
_BLANKS = _MARK + b" \t\r\n"


@dataclass(frozen=True)
class Page:
    """One page of records.

    Attributes:
        rows: the records, or their lines, in the schema asked for and in the order of the page.
        records: how many records the page has.
        members: the scalar members of the page's envelope (counts, flags), keys in lower case.
    """

    rows: pa.RecordBatch
    records: int
    members: Mapping[str, Any]


def paths(entity: Entity, fields: Iterable[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Where an entity's fields are in a record: their `source`, keys parted by slashes; those without are left out.

    Args:
        entity: whose fields.
        fields: only these.
    """
    wanted = None if fields is None else frozenset(fields)
    return {
        field.name: tuple(field.source.split("/"))
        for field in entity.fields
        if field.source and (wanted is None or field.name in wanted)
    }


class PageParser:
    """Parses the pages of one query. Stateless after construction, so threads may share it.

    Args:
        schema: what a batch looks like. Moments with a time zone are taken in any form of ISO 8601; an empty text where
            a day belongs is null.
        paths: for each field of the schema, the path of keys in a record; a field without a path is null everywhere.
        subject: what the records are, for messages: the entity's name.
        key: fields that identify a record: other texts are mended, those of a key never.
        records: envelope member that holds the array of records; None for a body that is a bare array.
        lines: key of a record whose value is the array of its lines. There is then a row for each line, with the
            record's own fields repeated; a path that begins with this key leads into the line.
        booleans: the texts for true and false, or None where the wire has JSON booleans.
        fold_case: keys in other casing mean the same; the paths are then given in lower case.
        padded: texts are padded with blanks, which mean nothing: they are cut off, and what is empty then is null.
        zone: of moments that don't name theirs.
    """

    def __init__(
        self,
        schema: pa.Schema,
        paths: Mapping[str, Sequence[str]],
        *,
        subject: str,
        key: Collection[str] = (),
        records: str | None = "items",
        lines: str | None = None,
        booleans: tuple[str, str] | None = None,
        fold_case: bool = False,
        padded: bool = False,
        zone: tzinfo = UTC,
    ) -> None:
        self._schema = schema
        self._paths = {name: tuple(path) for name, path in paths.items()}
        self._subject = subject
        self._key = frozenset(key)
        self._records = records
        self._lines = lines
        self._words = Words(booleans, zone)
        self._fold_case = fold_case
        self._padded = padded
        self._known = frozenset(path[0] for path in self._paths.values())
        self._wire = self._wire_type()

    def parse(self, body: bytes) -> Page:
        """The records and envelope of one page.

        Raises:
            CutOff: the body is only the beginning of JSON.
            DataError: it came whole and is no page of records, or a value doesn't fit its field; the message names
                entity, field, value and record.
        """
        # Of nothing but blanks, or null, Arrow's reader dies.
        begins = body[:64].lstrip(_BLANKS)[:1] in {b"{", b"["}
        if not begins or any(deep in body for deep in _DEEP) or _NUL in body or not _is_safe(body):
            return self._parse_exactly(body)
        try:
            return self._parse_by_arrow(body)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, _OtherCasing):
            return self._parse_exactly(body)

    def _parse_exactly(self, body: bytes) -> Page:
        subject = self._subject
        records, members = read_document(body, self._records, fold_case=self._fold_case, subject=subject)
        rows = records if self._lines is None else lines_of(records, self._lines, subject)
        columns = exact_columns(rows, self._schema, self._paths, self._words, subject=subject, key=self._key)
        return self._page(columns, len(records), members)

    def _page(self, columns: Sequence[pa.Array], records: int, members: Mapping[str, Any]) -> Page:
        if self._padded:
            columns = [_trimmed(column) if pa.types.is_string(column.type) else column for column in columns]
        return Page(pa.RecordBatch.from_arrays(columns, schema=self._schema), records, members)

    def _parse_by_arrow(self, body: bytes) -> Page:
        member = self._records or _WRAPPER
        if self._records is None:
            body = b'{"' + _WRAPPER.encode() + b'":' + body.lstrip(_MARK) + b"}"
        table = pj.read_json(
            pa.BufferReader(body),
            read_options=pj.ReadOptions(block_size=len(body) + 1, use_threads=False),
            parse_options=pj.ParseOptions(
                explicit_schema=pa.schema([pa.field(member, self._wire)]),
                newlines_in_values=True,
                unexpected_field_behavior="infer",
            ),
        )
        if table.num_rows != 1 or (self._records is None and table.num_columns != 1):
            raise pa.ArrowInvalid("not one JSON document")
        envelope = table[member].chunk(0)
        if envelope.null_count:
            raise pa.ArrowInvalid("no array of records")
        records = cast("pa.StructArray", envelope.values)
        if records.null_count:
            raise pa.ArrowInvalid("a record that is none")
        if self._fold_case:
            for index in range(self._wire.value_type.num_fields, records.type.num_fields):
                unknown = records.type.field(index).name
                if unknown.lower() in self._known:
                    raise _OtherCasing
        columns = [
            self._typed(column, field.type) for column, field in zip(self._columns(records), self._schema, strict=True)
        ]
        members = {
            name.lower(): table[name][0].as_py()
            for name in table.schema.names
            if name != member and not pa.types.is_nested(table.schema.field(name).type)
        }
        return self._page(columns, len(records), members)

    def _columns(self, records: pa.StructArray) -> list[pa.Array]:
        # Taken apart once: a call per field that looks it up by its path costs a fifteenth of the parsing.
        parts = dict(zip((field.name for field in records.type), records.flatten(), strict=True))
        nothing = pa.nulls(len(records))
        columns = {name: self._raw(parts, name, nothing) for name in self._schema.names if not self._is_of_line(name)}
        if self._lines is not None:
            arrays = parts[self._lines]
            owners = pc.list_parent_indices(arrays)
            columns = {name: column.take(owners) for name, column in columns.items()}
            lines = pc.list_flatten(arrays)
            if lines.null_count:
                raise pa.ArrowInvalid("a line that is none")
            for name in self._schema.names:
                if self._is_of_line(name):
                    columns[name] = pc.struct_field(lines, list(self._paths[name][1:]))
        return [columns[name] for name in self._schema.names]

    def _is_of_line(self, name: str) -> bool:
        return self._lines is not None and self._paths.get(name, ("",))[0] == self._lines

    def _raw(self, record: Mapping[str, pa.Array], name: str, nothing: pa.Array) -> pa.Array:
        path = self._paths.get(name)
        if path is None:
            return nothing
        first, *deeper = path
        return pc.struct_field(record[first], deeper) if deeper else record[first]

    def _typed(self, column: pa.Array, kind: pa.DataType) -> pa.Array:
        if column.type == kind:
            return column
        if pa.types.is_null(column.type):
            return column.cast(kind)
        if pa.types.is_string(column.type) and (pa.types.is_date(kind) or is_moment(kind)):
            column = _trimmed(column)
        if is_moment(kind):
            # Vendors mix moments with and without a zone in one page, which no Arrow cast takes.
            coded = column.dictionary_encode()
            try:
                read = [moment(text, self._words.zone) for text in coded.dictionary.to_pylist()]
            except ValueError as error:
                raise pa.ArrowInvalid(str(error)) from None  # the exact way names the record
            return pa.array(read, kind).take(coded.indices)
        if pa.types.is_date(kind):
            return pc.utf8_slice_codeunits(column, 0, 10).cast(kind)
        if pa.types.is_boolean(kind):
            return self._truths(column)
        return column.cast(kind)

    def _truths(self, column: pa.Array) -> pa.Array:
        true, false = (pc.equal(column, word) for word in self._words.booleans or ())
        if pc.all(pc.or_(true, false)).as_py() is False:
            raise pa.ArrowInvalid("other words than those of a boolean")
        return true

    def _wire_type(self) -> pa.ListType:
        tree: dict[str, Any] = {}
        for name, path in self._paths.items():
            branch = tree
            for key in path[:-1]:
                branch = branch.setdefault(key, {})
            branch[path[-1]] = self._wire_kind(self._schema.field(name).type)
        return pa.list_(_struct(tree, self._lines))

    def _wire_kind(self, kind: pa.DataType) -> pa.DataType:
        if pa.types.is_integer(kind):
            return INTEGER  # the reader takes decimals from numbers and from text, integers from numbers only
        if pa.types.is_date(kind) or is_moment(kind):
            return pa.string()
        return pa.string() if pa.types.is_boolean(kind) and self._words.booleans else kind


class _OtherCasing(Exception):
    """A key of the page is one of ours in other casing: the fast path would take it for absent."""


def _struct(tree: Mapping[str, Any], lines: str | None = None) -> pa.StructType:
    fields: list[pa.Field] = []
    for key, kind in tree.items():
        wire = _struct(cast("Mapping[str, Any]", kind)) if isinstance(kind, dict) else kind
        fields.append(pa.field(key, pa.list_(wire) if key == lines else wire))
    return pa.struct(fields)


def _trimmed(column: pa.Array) -> pa.Array:
    bare = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(bare, ""), None, bare)


def _is_safe(body: bytes) -> bool:
    """Whether it is UTF-8 and has no number that is far off; Arrow's reader looks after neither."""
    ends = pa.py_buffer(struct.pack("=qq", 0, len(body)))
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(body)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return not pc.match_substring_regex(text, _FAR_OFF)[0].as_py()
