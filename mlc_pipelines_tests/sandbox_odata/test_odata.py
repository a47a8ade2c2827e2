"""The OData options that three sandboxes take."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from mlc_sandbox.odata import Dialect, ODataError, compile_filter, order_by, sort_records

GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
EVERYTHING = Dialect(
    literals=("date", "datetime", "datetimeoffset", "guid", "suffixes", "iso", "bareguid"),
    functions=("startswith", "endswith", "contains", "substringof"),
)
PLAIN = Dialect(literals=(), functions=("startswith",))
RECORD = {
    "Name": "O'Hara æøå",
    "Lines": 3,
    "Amount": Decimal("12.3400"),
    "Day": date(2026, 1, 31),
    "At": datetime(2026, 1, 31, 12, tzinfo=UTC),
    "Active": True,
    "Id": UUID(GUID),
    "Nothing": None,
    "Contact/Email": "a@b.c",
    "cf.String(f='Document.UsrKey')": "K1",
}


def read(record: dict[str, Any], name: str) -> object:
    if name not in record:
        raise ODataError(f"no property {name}")
    return record[name]


def holds(text: str, dialect: Dialect = EVERYTHING) -> bool:
    return compile_filter(text, dialect, read)(RECORD)


@pytest.mark.parametrize(
    "text",
    [
        "Name eq 'O''Hara æøå'",
        "Lines eq 3 and Lines ne 4",
        "Amount eq 12.34M",
        "Amount gt 12.33 and Amount lt 12.35",
        "-1 lt Lines",
        "Lines eq 4 or Lines eq 3 and Active eq true",
        "not (Lines eq 4 or Active eq false)",
        "not startswith(Name,'X') and Active",
        "startswith(Name,'O''H') eq true",
        "endswith(Name, 'øå') and contains(Name,'Har') and substringof('Har', Name)",
        "Day eq 2026-01-31 and Day lt 2026-01-31T00:00:01Z",
        "At eq datetimeoffset'2026-01-31T16:00:00.000+04:00'",
        "At ge datetimeoffset'2026-01-31' and Day eq datetime'2026-01-31T00:00:00'",
        f"Id eq guid'{GUID}' and Id eq {GUID}",
        "Nothing eq null and Name ne null and not (Nothing gt 1) and not contains(Nothing,'x')",
        "Contact/Email eq 'a@b.c' and cf.String(f='Document.UsrKey') eq 'K1'",
    ],
)
def test_what_holds(text: str) -> None:
    assert holds(text)
    assert not holds(f"not ({text})")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Name eq",
        "Name = 'x'",
        "Name eq 'x",
        "(Lines eq 3",
        "Lines eq 3)",
        "Lines eq 3 xor Lines eq 4",
        "Lines add 1 eq 4",
        "year(Day) eq 2026",
        "contains(Name,'x')",
        "Amount eq 12M",
        "Day eq 2026-01-31",
        "At eq datetimeoffset'2026-01-31'",
        "eq eq 3",
    ],
)
def test_what_a_plain_dialect_refuses(text: str) -> None:
    with pytest.raises(ODataError):
        compile_filter(text, PLAIN, read)


@pytest.mark.parametrize("text", ["Nowhere eq 1", "Name gt 1", "Lines", "Active eq 1", "startswith(Lines,'3')"])
def test_what_shows_when_a_record_is_read(text: str) -> None:
    with pytest.raises(ODataError):
        holds(text)


def test_an_impossible_date_is_refused() -> None:
    with pytest.raises(ODataError, match="2026-02-30"):
        holds("Day eq 2026-02-30")


def test_what_an_index_may_use() -> None:
    compiled = compile_filter(
        "Lines gt 2 and (Day eq 2026-01-31) and (Name eq 'a' or Active) and not (Id eq null)", EVERYTHING, read
    )
    assert compiled.required == [("Lines", "gt", 2), ("Day", "eq", date(2026, 1, 31))]
    assert compiled.properties == ["Lines", "Day", "Name", "Active", "Id"]


def test_a_vendor_compares_in_its_own_way() -> None:
    dialect = Dialect(literals=(), functions=(), compare=lambda left, right: 0 if str(left) == str(right) else 1)
    assert holds("Day eq '2026-01-31'", dialect)


def test_order() -> None:
    assert order_by("DocDate desc, Contact/Email,DocEntry asc") == [
        ("DocDate", True),
        ("Contact/Email", False),
        ("DocEntry", False),
    ]
    for text in ("", "a sideways", "a,,b", "a b c"):
        with pytest.raises(ODataError):
            order_by(text)
    records = [{"a": 2, "b": None}, {"a": 1, "b": "x"}, {"a": 2, "b": "w"}]
    assert sort_records(records, [("a", True), ("b", False)], read) == [records[0], records[2], records[1]]
