"""The slow and exact way from a JSON page to columns, for bodies that Arrow's reader can't take as declared.

Numbers stay the text they are on the wire until they are decimals: no float ever exists. A text keeps its readable
characters, and has U+FFFD for the others; what identifies a record, and an amount, is exact or an error that names it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any, cast

import pyarrow as pa

from mlc_pipelines.erp.base import RATE
from mlc_pipelines.errors import DataError, Unavailable
from mlc_pipelines.http import TWICE, BrokenJson, mended, parse_json, with_twice

INTEGER = pa.decimal128(38, 0)
"""What an integer is read as first: it may come as a number, as text, or with an exponent."""

_LONGEST_SAID = 80
_OTHER = (
    "Look what answers at the addresses under `erp:`: a page to sign in, or a proxy? If it is the ERP itself, it is"
    " another version than is served."
)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INT64 = range(-(2**63), 2**63)

_Record = dict[str, Any]


class CutOff(Unavailable):
    """A page is only the beginning of JSON: the rest was lost on the way."""


class _Wrong(ValueError):
    """A value that can't be taken; says of it what is wrong, where that is not its type."""


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


def read_document(
    body: bytes, member: str | None, *, fold_case: bool, subject: str
) -> tuple[list[_Record], dict[str, Any]]:
    """The records of a page, and the scalar members of its envelope with keys in lower case.

    Args:
        body: the page.
        member: envelope member with the records; None for a bare array.
        fold_case: give the keys of records in lower case.
        subject: what the records are, for messages.

    Raises:
        CutOff: the body is only the beginning of JSON.
        DataError: it is another thing than JSON, came whole and can't be read, or holds no array of objects.
    """
    try:
        document: Any = parse_json(
            body, pairs=with_twice, mend=False, parse_float=str, parse_int=str, parse_constant=str
        )
    except BrokenJson as error:
        raise DataError(f"{subject}: the answer is no JSON: {error}.", hint=_OTHER) from None
    except ValueError as error:
        raise CutOff(f"{subject}: the answer is the beginning of JSON: {error}.", hint="Run it again.") from None
    members: dict[str, Any] = {}
    records: Any = document
    if member is not None:
        envelope = _folded(document) if isinstance(document, dict) else {}
        records = envelope.pop(member.lower(), None)
        members = {
            key: mended(value) if isinstance(value, str) else value
            for key, value in envelope.items()
            if not isinstance(value, dict | list)
        }
        if twice := [key for key, value in {**members, member: records}.items() if value is TWICE]:
            raise DataError(f"{subject}: the answer has {twice[0]} twice, with different values.")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in cast("list[Any]", records)):
        raise DataError(f"{subject}: the answer holds no array of records.", hint=_OTHER)
    found = cast("list[_Record]", records)
    return ([_folded(record) for record in found] if fold_case else found), members


def lines_of(records: Sequence[_Record], lines: str, subject: str) -> list[_Record]:
    """A record for each line of each record: the line stands where the array of lines was.

    Args:
        records: of `read_document`.
        lines: key of that array; where it is absent or null there are no lines.
        subject: what the records are, for messages.

    Raises:
        DataError: it is another thing.
    """
    found: list[_Record] = []
    for number, record in enumerate(records, 1):
        inner = record.get(lines) or []
        if not isinstance(inner, list) or not all(isinstance(line, dict) for line in cast("list[Any]", inner)):
            raise DataError(f"{subject}: {lines} is no array of lines, in record {number} of the page.")
        found += [{**record, lines: line} for line in cast("list[Any]", inner)]
    return found


def exact_columns(
    records: Sequence[_Record],
    schema: pa.Schema,
    paths: Mapping[str, tuple[str, ...]],
    words: Words,
    *,
    subject: str,
    key: Collection[str],
) -> list[pa.Array]:
    """The columns of the schema.

    Args:
        records: of `read_document`.
        schema: the columns wanted.
        paths: keys that lead to a field's value; a field without is null everywhere.
        words: the vendor's, besides JSON's own.
        subject: what the records are, for messages.
        key: fields that identify a record.

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
                exact = None if value is None else _exact(value, field.type, truths, words.zone)
                if field.name in key and isinstance(exact, str) and isinstance(value, str) and exact != value:
                    # Other records may differ in nothing but what was lost.
                    raise _Wrong(f"{_said(exact)} is a key with a character that can't be read or written (U+FFFD)")
                values.append(exact)
            except (ValueError, TypeError, OverflowError, InvalidOperation) as error:
                what = str(error) if isinstance(error, _Wrong) else f"{_said(value)} is no {field.type}"
                where = _identity(record, schema, paths, key)
                raise DataError(
                    f"{subject}: {field.name}: {what}, in record {number} of the page{where}.",
                    hint="Correct the record in the ERP.",
                ) from None
        columns.append(pa.array(values, field.type))
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
        whole = int(_decimal(text, INTEGER))
        if whole not in _INT64:
            raise ValueError
        return whole
    return mended(text) if pa.types.is_string(kind) else _time(text, kind, zone)


def _time(text: str, kind: pa.DataType, zone: tzinfo) -> date | None:
    if not text.strip():
        return None
    if pa.types.is_date(kind):
        return date.fromisoformat(text[:10])
    return moment(text, zone) if is_moment(kind) else datetime.fromisoformat(text)


def _decimal(text: str, kind: pa.DataType) -> Decimal:
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError
    with localcontext(prec=kind.precision) as context:
        context.traps[InvalidOperation] = True
        number = Decimal(text.strip())
        placed = number.quantize(Decimal(1).scaleb(-kind.scale))
    # A rate is the print of a division and may have more places than anyone uses; money never loses a digit.
    if placed != number and (kind != RATE or not placed):
        raise ValueError
    return placed


def _folded(record: Any) -> _Record:
    return with_twice([(key.lower(), value) for key, value in cast("_Record", record).items()])


def _at(record: _Record, path: Iterable[str]) -> Any:
    value: Any = record
    for key in path:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise TypeError
        value = cast("_Record", value).get(key)
        if value is TWICE:
            raise _Wrong(f"its {key} stands there twice, with different values")
    return value


def _said(value: Any) -> str:
    """A value of an answer for a message; of what is none, what it is."""
    if value is None or isinstance(value, list):
        return "a list" if value else "what stands there"
    text = "an object" if isinstance(value, dict) else f"'{value}'"
    return text if len(text) <= _LONGEST_SAID else f"{text[:_LONGEST_SAID]}...'"


def _identity(record: _Record, schema: pa.Schema, paths: Mapping[str, tuple[str, ...]], key: Collection[str]) -> str:
    """What identifies a record, and nothing else of it: the rest may be personal."""
    ids = [field.name for field in schema if field.name in key]
    ids = ids or [field.name for field in schema if pa.types.is_integer(field.type) and not field.nullable]
    try:
        values = {name: _at(record, paths[name]) for name in ids if name in paths}
    except (TypeError, ValueError):
        return ""
    text = ", ".join(f"{name} {value}" for name, value in values.items() if value is not None)
    return f" ({mended(text[:_LONGEST_SAID])})" if text else ""
