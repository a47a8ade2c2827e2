"""JSON pages straight into Arrow record batches, exact to the last digit.

The page's bytes go through Arrow's own JSON reader with the schema that follows from the entity's declaration: no
dict and no model per row. A body that the reader can't take as declared (text where it expects a number and the other
way round, keys in other casing) is read again by an exact Python path, which gives the same batch or names the record
at fault.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from mlc_pipelines.errors import DataError
from mlc_pipelines.erp.base import RATE

_WRAPPER = "records"
_INTEGER_ON_THE_WIRE = pa.decimal128(38, 0)


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
            return self._parse_by_python(body)

    # The fast path

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
        records = cast(pa.StructArray, envelope.values)
        if self._fold_case:
            for index in range(self._wire.value_type.num_fields, records.type.num_fields):
                unknown = records.type.field(index).name
                if unknown.lower() in self._known:
                    raise _OtherCasing
        columns = [self._typed(self._raw(records, field.name), field.type) for field in self._schema]
        members = {
            name.lower(): table[name][0].as_py()
            for name in table.schema.names
            if name != member and not pa.types.is_nested(table.schema.field(name).type)
        }
        return Page(pa.RecordBatch.from_arrays(columns, schema=self._schema), members)

    def _raw(self, records: pa.StructArray, name: str) -> pa.Array:
        path = self._paths.get(name)
        return pc.struct_field(records, list(path)) if path else pa.nulls(len(records))

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
            return _INTEGER_ON_THE_WIRE  # the reader takes decimals from numbers and from text, integers from numbers only
        if pa.types.is_boolean(kind):
            return pa.string() if self._booleans else kind
        if pa.types.is_date(kind):
            return pa.timestamp("s")
        return kind

    # The exact Python path

    def _parse_by_python(self, body: bytes) -> Page:
        # Numbers stay the text they are on the wire: no float ever exists.
        try:
            document: Any = json.loads(body, parse_float=str, parse_int=str, parse_constant=str)
        except ValueError as error:
            raise ValueError(f"the body is no JSON: {error}") from None
        members: dict[str, Any] = {}
        records: Any = document
        if self._records is not None:
            envelope: dict[str, Any] = _folded(document) if isinstance(document, dict) else {}
            records = envelope.pop(self._records.lower(), None)
            members = {key: value for key, value in envelope.items() if not isinstance(value, dict | list)}
        if not isinstance(records, list):
            raise ValueError("the body holds no array of records")  # noqa: TRY004 - the body is at fault, not a type
        rows = [_folded(record) if self._fold_case else record for record in cast(list[dict[str, Any]], records)]
        columns = [pa.array(self._column(rows, field), field.type) for field in self._schema]
        return Page(pa.RecordBatch.from_arrays(columns, schema=self._schema), members)

    def _column(self, rows: Sequence[Any], field: pa.Field) -> list[Any]:
        path = self._paths.get(field.name)
        if path is None:
            return [None] * len(rows)
        values: list[Any] = []
        for number, row in enumerate(rows):
            value = _at(row, path)
            try:
                values.append(None if value is None else self._exact(value, field.type))
            except (ValueError, InvalidOperation, TypeError):
                raise DataError(
                    f"{field.name}: {value!r} in record {number + 1} of the page ({_shortened(row)}) is no {field.type}."
                ) from None
        return values

    def _exact(self, value: Any, kind: pa.DataType) -> Any:
        if pa.types.is_boolean(kind):
            return self._truth(value)
        if isinstance(value, bool | dict | list):
            raise TypeError
        text = str(value)
        if pa.types.is_decimal(kind):
            return _decimal(text, kind)
        if pa.types.is_integer(kind):
            return int(_decimal(text, _INTEGER_ON_THE_WIRE))
        if pa.types.is_date(kind):
            return date.fromisoformat(text[:10])
        if pa.types.is_timestamp(kind):
            return datetime.fromisoformat(text)
        return text

    def _truth(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        words = {"true": True, "false": False}
        if self._booleans:
            words |= {self._booleans[0].lower(): True, self._booleans[1].lower(): False}
        try:
            return words[str(value).lower()]
        except KeyError:
            raise ValueError from None


class _OtherCasing(Exception):
    """A key of the page is one of ours in other casing: the fast path would take it for absent."""


def _struct(tree: Mapping[str, Any]) -> pa.StructType:
    return pa.struct(
        [pa.field(key, _struct(cast(Mapping[str, Any], kind)) if isinstance(kind, dict) else kind) for key, kind in tree.items()]
    )


def _folded(record: Any) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise ValueError("a record is no JSON object")  # noqa: TRY004 - the body is at fault, not a type
    return {key.lower(): value for key, value in cast(dict[str, Any], record).items()}


def _at(record: Any, path: Sequence[str]) -> Any:
    value = record
    for key in path:
        if value is None:
            return None
        value = value.get(key)
    return value


def _decimal(text: str, kind: pa.DataType) -> Decimal:
    with localcontext(prec=kind.precision) as context:
        # A rate is the print of a division and may have more places than anyone uses; money never loses a digit.
        exact = not kind.equals(RATE)
        context.traps[InvalidOperation] = True
        number = Decimal(text.strip())
        placed = number.quantize(Decimal(1).scaleb(-kind.scale))
        if exact and placed != number:
            raise ValueError
        return placed


def _shortened(record: Any) -> str:
    text = ", ".join(f"{key}={value}" for key, value in list(cast(dict[str, Any], record).items())[:4])
    return text[:120]
