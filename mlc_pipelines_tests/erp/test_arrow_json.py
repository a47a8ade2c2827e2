"""Pages to batches: exact in every wire form, whichever path reads them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from mlc_pipelines.erp.arrow_json import PageParser, paths
from mlc_pipelines.erp.base import MONEY, Entity, Field
from mlc_pipelines.errors import DataError
from mlc_pipelines_tests.erp.json_pages import KEYED, PARSER, SCHEMA, page, values


@pytest.mark.parametrize(
    "body",
    [b'[{"Nbr": {"value": "4"}}], "x": 1', b'[{"Nbr": {"value": "4"}}], "x": []', b'[null, {"Nbr": {"value": "4"}}]',
     b'[{"Nbr": {"value": "4"}, "Lines": [null]}]'],
)  # fmt: skip
def test_what_is_no_array_of_records_with_lines(body: bytes):
    with pytest.raises(DataError, match="bills: "):
        LINES.parse(body)


def test_an_empty_text_where_a_day_belongs_is_none():
    day = '{"f_day": "", "f_modified": " "}'
    assert (values(day)["day"], values(day)["modified"]) == (None, None)
    rows = lines({"Day": {"value": ""}, "At": {"value": " "}, "Lines": [{"No": 1}]})
    assert (rows[0]["day"], rows[0]["at"]) == (None, None)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_page_in_another_encoding(encoding: str):
    page = '{"value": [{"Nbr": "4", "Lines": [{"Memo": "Ærø", "Amount": 1}]}]}'
    assert KEYED.parse(page.encode(encoding)).rows["memo"].to_pylist() == ["Ærø"]
    bare = PageParser(pa.schema([("number", pa.string())]), {"number": ("Nbr",)}, subject="bills", records=None)
    assert bare.parse('[{"Nbr": "4"}]'.encode(encoding)).rows["number"].to_pylist() == ["4"]


def test_codes_keep_leading_zeros_and_blanks():
    assert values('{"f_code": " 00420 "}')["code"] == " 00420 "


def test_a_number_where_text_is_usual_keeps_its_digits():
    assert values('{"f_code": 4200.10}')["code"] == "4200.10"
    assert values('{"f_code": 90071992547409931}')["code"] == "90071992547409931"


def test_the_usual_record_and_its_envelope():
    parsed = PARSER.parse(
        page(
            '{"links": [], "f_id": "7", "f_code": "x", "f_amount": "1.10", "f_rate": "0.5", "f_posted": "T",'
            ' "f_day": "2026-01-31", "f_modified": "2026-02-01 10:11:12", "f_other": {"a": [1]}}',
            '{"links": [], "f_id": "8", "f_posted": "F"}',
            count=2,
            hasMore=True,
            totalResults=3493,
        )
    )
    assert parsed.rows.schema == SCHEMA
    assert parsed.rows.to_pylist() == [
        {
            "id": 7,
            "code": "x",
            "amount": Decimal("1.100000"),
            "rate": Decimal("0.5"),
            "posted": True,
            "day": date(2026, 1, 31),
            "modified": datetime(2026, 2, 1, 10, 11, 12),  # noqa: DTZ001 - the account's own time
            "absent": None,
        },
        {name: {"id": 8, "posted": False}.get(name) for name in SCHEMA.names},
    ]
    assert parsed.members == {"count": 2, "hasmore": True, "totalresults": 3493}


def test_keys_in_other_casing_are_the_same():
    one = PARSER.parse(page('{"f_id": "1", "f_amount": "2.5", "f_posted": "T"}'))
    other = PARSER.parse(page('{"F_ID": "1", "F_Amount": "2.5", "f_POSTED": "T"}'))
    assert other.rows.equals(one.rows)
    # Also when only one record of the page differs.
    mixed = PARSER.parse(page('{"f_id": "1", "f_amount": "2.5"}', '{"f_id": "2", "F_AMOUNT": "3.5"}'))
    assert mixed.rows["amount"].to_pylist() == [Decimal("2.5"), Decimal("3.5")]


def test_json_booleans_are_taken_too():
    assert [values(f'{{"f_posted": {form}}}')["posted"] for form in ('"T"', '"F"', "true", "false", "null")] == [
        True,
        False,
        True,
        False,
        None,
    ]


@pytest.mark.parametrize(
    "record",
    [
        '{"f_id": "7", "f_amount": "1.1234567"}',
        '{"f_id": "7", "f_amount": "1,50"}',
        '{"f_id": "7", "f_amount": ""}',
        '{"f_id": "7", "f_amount": "NaN"}',
        '{"f_id": "7", "f_amount": {"value": 1}}',
        '{"f_id": "7", "f_posted": "X"}',
        '{"f_id": "7", "f_day": "1/31/2026"}',
        '{"f_id": "7", "f_modified": "yesterday"}',
    ],
)
def test_a_value_that_does_not_fit_names_field_and_record(record: str):
    field = record.split('"')[5].removeprefix("f_")
    with pytest.raises(DataError, match=rf"{field}: .* in record 2 of the page \(id 7\)"):
        PARSER.parse(page('{"f_id": "6"}', record))


def test_a_rate_with_more_places_than_a_rate_has_is_rounded():
    assert values('{"f_rate": "0.08333333333333333333"}')["rate"] == Decimal("0.083333333333333")


def test_an_empty_page_has_the_schema():
    parsed = PARSER.parse(page(totalResults=0))
    assert parsed.rows.schema == SCHEMA
    assert (parsed.rows.num_rows, parsed.members["totalresults"]) == (0, 0)


def test_a_bare_array_of_wrapped_values():
    schema = pa.schema([("number", pa.string()), ("amount", MONEY), ("vendor", pa.string())])
    parser = PageParser(
        schema,
        {"number": ("Number", "value"), "amount": ("Amount", "value"), "vendor": ("Vendor", "ID", "value")},
        subject="bills",
        records=None,
    )
    body = (
        b'[{"Number": {"value": "007"}, "Amount": {"value": 9007199254740993.93}, "Vendor": {"ID": {"value": "V1"}}},'
        b' {"Number": {}}]'
    )
    expected = [
        {"number": "007", "amount": Decimal("9007199254740993.93"), "vendor": "V1"},
        {"number": None, "amount": None, "vendor": None},
    ]
    assert parser.parse(body).rows.to_pylist() == expected
    exact = parser.parse(body.replace(b'"007"', b'"007", "x": 1').replace(b'"V1"', b"12"))
    assert exact.rows.to_pylist()[0] == {**expected[0], "vendor": "12"}


LINES = PageParser(
    pa.schema(
        [
            ("number", pa.string()),
            ("line", pa.int64()),
            ("amount", MONEY),
            ("at", pa.timestamp("us", "UTC")),
            ("day", pa.date32()),
            ("open", pa.bool_()),
        ]
    ),
    {
        "number": ("Nbr", "value"),
        "line": ("Lines", "No"),
        "amount": ("Lines", "Amount", "value"),
        "at": ("At", "value"),
        "day": ("Day", "value"),
        "open": ("Open", "value"),
    },
    subject="bills",
    records=None,
    lines="Lines",
    padded=True,
    zone=ZoneInfo("Europe/Oslo"),
)


def lines(*records: dict[str, Any]) -> list[dict[str, object]]:
    body = json.dumps(records)
    found = LINES.parse(body.encode())
    assert found.records == len(records)
    # A first record whose number is a number makes Arrow's reader give up: the exact path must say the same.
    spoilt = [{"Nbr": {"value": 7}, "Lines": []}, *records]
    assert LINES.parse(json.dumps(spoilt).encode()).rows == found.rows
    return found.rows.to_pylist()


def test_a_record_has_a_row_for_each_of_its_lines():
    head = {"Nbr": {"value": " 7 "}, "Open": {"value": True}, "Unknown": {"x": [1]}}
    two = [{"No": 1, "Amount": {"value": 1.5}}, {"No": 2, "Amount": {}, "More": 3}]
    rows = lines(
        head | {"Lines": two}, {"Nbr": {}, "Lines": []}, {"Nbr": {"value": ""}, "Lines": two[1:]}, {"Lines": None}, {}
    )
    assert [(row["number"], row["line"], row["amount"], row["open"]) for row in rows] == [
        ("7", 1, Decimal("1.5"), True),
        ("7", 2, None, True),
        (None, 2, None, None),
    ]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-29T12:00:00.75+01:00", datetime(2026, 3, 29, 11, 0, 0, 750_000, UTC)),
        ("2026-03-29T12:00:00Z", datetime(2026, 3, 29, 12, tzinfo=UTC)),
        ("2026-03-29T12:00:00", datetime(2026, 3, 29, 10, tzinfo=UTC)),
        ("2026-03-28T12:00:00.123", datetime(2026, 3, 28, 11, 0, 0, 123_000, UTC)),
        ("2026-10-25T02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("0001-01-01T00:00:00", None),
    ],
)
def test_moments_come_with_a_zone_or_in_the_given_one(text: str, moment: datetime | None):
    others = {"At": {"value": "2020-01-01T00:00:00Z"}, "Lines": [{"No": 1}]}
    rows = lines({"At": {"value": text}, "Lines": [{"No": 1}, {"No": 2}]}, others, {"At": {}, "Lines": [{"No": 1}]})
    assert [row["at"] for row in rows] == [moment, moment, datetime(2020, 1, 1, tzinfo=UTC), None]


@pytest.mark.parametrize(
    "text", ["2026-03-29", "2026-03-29T00:00:00", "2026-03-29T23:30:00.5+02:00", "2026-03-29T00:00:00Z"]
)
def test_a_day_is_the_day_that_is_written(text: str):
    assert lines({"Day": {"value": text}, "Lines": [{"No": 1}]})[0]["day"] == date(2026, 3, 29)


def test_paths_are_those_of_the_fields_sources():
    declared = Entity(
        "orders",
        "dimension",
        "",
        (
            Field("number", pa.string(), "", "Nbr/value"),
            Field("line", pa.int64(), "", "Lines/No"),
            Field("ours", MONEY, ""),
        ),
        ("number",),
    )
    assert paths(declared) == {"number": ("Nbr", "value"), "line": ("Lines", "No")}
    assert paths(declared, ["line", "ours"]) == {"line": ("Lines", "No")}


def test_a_moment_that_is_none_is_named_with_its_record():
    body = json.dumps([{"At": {"value": "yesterday"}, "Lines": [{"No": 4}]}]).encode()
    with pytest.raises(DataError, match="at: 'yesterday'"):
        LINES.parse(body)


def test_a_truth_in_a_text_field_is_a_word():
    assert [row["number"] for row in lines({"Nbr": {"value": True}, "Lines": [{"No": 1}]})] == ["true"]


def test_a_field_that_stands_where_an_object_belongs_is_no_null():
    parser = PageParser(pa.schema([("amount", MONEY)]), {"amount": ("Amount", "value")}, subject="bills")
    with pytest.raises(DataError, match="amount: "):
        parser.parse(b'{"items": [{"Amount": {"value": 1}}, {"Amount": 5}]}')
