"""The slow and exact way from a JSON page to columns, for bodies that Arrow's reader can't take as declared.

Numbers stay the text they are on the wire until they are decimals: no float ever exists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any, cast

import pyarrow as pa

from mlc_pipelines.erp.base import RATE
from mlc_pipelines.errors import DataError
from mlc_pipelines.http import parse_json

INTEGER = pa.decimal128(38, 0)
"""What an integer is read as first: it may come as a number, as text, or with an exponent."""

_LONGEST_SAID = 80

_Record = dict[str, Any]


@dataclass(frozen=True)
class Words:
    """How a vendor writes what JSON has no type for.

    Attributes:
        booleans: the texts for true and false, where it doesn't use JSON's own.
        zone: of moments that don't name theirs.
    """

    booleans: tuple[str, str] | None = None
    zone: tzinfo = UTC


def is_moment(kind: pa.DataType) -> bool:
    """Whether it is a time stamp with a zone."""
    return pa.types.is_timestamp(kind) and kind.tz is not None


def moment(text: str | None, zone: tzinfo) -> datetime | None:
    """A moment in ISO 8601, with a zone or in the given one; on a night that is set back, the first of two.

    The first day of the first year is what some vendors' systems call no moment at all.

    Raises:
        ValueError: it is no such text.
    """
    if text is None or text.startswith("0001-01-01T00:00:00"):
        return None
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=zone)


def read_document(body: bytes, member: str | None, *, fold_case: bool) -> tuple[list[_Record], dict[str, Any]]:
    """The records of a page, and the scalar members of its envelope with keys in lower case.

    Args:
        body: the page.
        member: envelope member with the records; None for a bare array.
        fold_case: give the keys of records in lower case.

    Raises:
        ValueError: the body is no JSON, or holds no array of objects.
    """
    try:
        document: Any = parse_json(body, parse_float=str, parse_int=str, parse_constant=str)
    except ValueError as error:
        raise ValueError(f"the body is no JSON: {error}") from None
    members: dict[str, Any] = {}
    records: Any = document
    if member is not None:
        envelope = _folded(document) if isinstance(document, dict) else {}
        records = envelope.pop(member.lower(), None)
        members = {key: value for key, value in envelope.items() if not isinstance(value, dict | list)}
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in cast("list[Any]", records)):
        raise ValueError("the body holds no array of records")
    found = cast("list[_Record]", records)
    return ([_folded(record) for record in found] if fold_case else found), members


def lines_of(records: Sequence[_Record], lines: str) -> list[_Record]:
    """A record for each line of each record: the line stands where the array of lines was.

    Args:
        records: of `read_document`.
        lines: key of that array; where it is absent or null there are no lines.

    Raises:
        ValueError: it is another thing.
    """
    found: list[_Record] = []
    for record in records:
        inner = record.get(lines) or []
        if not isinstance(inner, list) or not all(isinstance(line, dict) for line in cast("list[Any]", inner)):
            raise ValueError(f"a record's {lines} is no array of lines")
        found += [{**record, lines: line} for line in cast("list[Any]", inner)]
    return found


def exact_columns(
    records: Sequence[_Record], schema: pa.Schema, paths: Mapping[str, tuple[str, ...]], words: Words
) -> list[pa.Array]:
    """The columns of the schema.

    Args:
        records: of `read_document`.
        schema: the columns wanted.
        paths: keys that lead to a field's value; a field without is null everywhere.
        words: the vendor's, besides JSON's own.

    Raises:
        DataError: a value doesn't fit its field.
    """
    truths = {"true": True, "false": False}
    if words.booleans:
        truths |= {words.booleans[0].lower(): True, words.booleans[1].lower(): False}
    columns: list[pa.Array] = []
    for field in schema:
        path = paths.get(field.name)
        values: list[Any] = []
        for number, record in enumerate(records, 1):
            value: Any = None
            try:
                value = _at(record, path) if path else None
                values.append(None if value is None else _exact(value, field.type, truths, words.zone))
            except (ValueError, TypeError, OverflowError, InvalidOperation):
                where = _identity(record, schema, paths)
                raise DataError(
                    f"{field.name}: {_said(value)} is no {field.type}, in record {number} of the page{where}."
                ) from None
        try:
            columns.append(pa.array(values, field.type))
        except (ValueError, OverflowError):
            raise DataError(f"{field.name}: a value of the page is beyond what a {field.type} holds.") from None
    return columns


def _exact(value: Any, kind: pa.DataType, truths: Mapping[str, bool], zone: tzinfo) -> Any:
    if pa.types.is_boolean(kind):
        try:
            return truths[str(value).lower()]
        except KeyError:
            raise ValueError from None
    if isinstance(value, dict | list) or (isinstance(value, bool) and not pa.types.is_string(kind)):
        raise TypeError
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if pa.types.is_decimal(kind):
        return _decimal(text, kind)
    if pa.types.is_integer(kind):
        return int(_decimal(text, INTEGER))
    if pa.types.is_date(kind):
        return date.fromisoformat(text[:10])
    if pa.types.is_timestamp(kind):
        return moment(text, zone) if is_moment(kind) else datetime.fromisoformat(text)
    return text


def _decimal(text: str, kind: pa.DataType) -> Decimal:
    with localcontext(prec=kind.precision) as context:
        context.traps[InvalidOperation] = True
        number = Decimal(text.strip())
        placed = number.quantize(Decimal(1).scaleb(-kind.scale))
    # A rate is the print of a division and may have more places than anyone uses; money never loses a digit.
    if placed != number and kind != RATE:
        raise ValueError
    return placed


def _folded(record: Any) -> _Record:
    return {key.lower(): value for key, value in cast("_Record", record).items()}


def _at(record: _Record, path: Sequence[str]) -> Any:
    value: Any = record
    for key in path:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise TypeError
        value = cast("_Record", value).get(key)
    return value


def _said(value: Any) -> str:
    """A value of an answer for a message; of what is none, what it is."""
    if value is None or isinstance(value, list):
        return "a list" if value else "what stands there"
    text = "an object" if isinstance(value, dict) else f"'{value}'"
    return text if len(text) <= _LONGEST_SAID else f"{text[:_LONGEST_SAID]}...'"


def _identity(record: _Record, schema: pa.Schema, paths: Mapping[str, tuple[str, ...]]) -> str:
    """The ids of a record, and nothing else of it: the rest may be personal."""
    ids = [field.name for field in schema if pa.types.is_integer(field.type) and not field.nullable]
    try:
        text = ", ".join(f"{name} {_at(record, paths[name])}" for name in ids if name in paths)
    except TypeError:
        return ""
    return f" ({text[:_LONGEST_SAID]})" if text else ""
