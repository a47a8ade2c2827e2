"""Pages to batches: exact in every wire form, whichever path reads them."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_pipelines.erp.arrow_json import PageParser, paths
from mlc_pipelines.erp.base import MONEY, RATE, Entity, Field
from mlc_pipelines.erp.exact_json import CutOff
from mlc_pipelines.errors import DataError, Unavailable

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("code", pa.string()),
        pa.field("amount", MONEY),
        pa.field("rate", RATE),
        pa.field("posted", pa.bool_()),
        pa.field("day", pa.date32()),
        pa.field("modified", pa.timestamp("s")),
        pa.field("absent", pa.string()),
    ]
)
PARSER = PageParser(
    SCHEMA,
    {name: (f"f_{name}",) for name in SCHEMA.names if name != "absent"},
    subject="bills",
    booleans=("T", "F"),
    fold_case=True,
)
UNWRITABLE = re.compile("[\0\ud800-\udfff]")
# The first conversion of a list loads pandas.
UNHURRIED = settings(deadline=None)
MONEY_VALUES = st.decimals(-(10**31), 10**31, places=6, allow_nan=False, allow_infinity=False)


def page(*records: str, **members: object) -> bytes:
    rest = "".join(f', "{key}": {json.dumps(value)}' for key, value in members.items())
    return f'{{"links": [], "items": [{", ".join(records)}]{rest}}}'.encode()


def values(record: str) -> dict[str, object]:
    return PARSER.parse(page(record)).rows.to_pylist()[0]


def wire_forms(value: Decimal) -> list[str]:
    plain = f"{value:f}"
    sign, digits, exponent = value.as_tuple()
    scientific = f"{'-' if sign else ''}{''.join(map(str, digits))}E{exponent:+d}"
    trimmed = plain.rstrip("0").rstrip(".") if "." in plain else plain
    no_zero = plain.replace("0.", ".", 1) if plain.lstrip("-").startswith("0.") else plain
    texts = [plain, scientific, scientific.lower(), trimmed, no_zero, plain + "000" if "." in plain else plain]
    return [f'"{text}"' for text in texts] + [plain, scientific, trimmed]


@UNHURRIED
@given(MONEY_VALUES)
def test_money_is_exact_in_every_wire_form(value: Decimal):
    for form in wire_forms(value):
        assert values(f'{{"f_amount": {form}}}')["amount"] == value, form
        # A number for the code sends the page down the exact path.
        assert values(f'{{"f_amount": {form}, "f_code": 7}}')["amount"] == value, form


@UNHURRIED
@given(st.lists(MONEY_VALUES, min_size=1, max_size=20), st.data())
def test_text_and_numbers_may_be_mixed_in_a_column(amounts: list[Decimal], data: st.DataObject):
    records = [f'{{"f_amount": {data.draw(st.sampled_from(wire_forms(amount)))}}}' for amount in amounts]
    assert PARSER.parse(page(*records)).rows["amount"].to_pylist() == amounts


@UNHURRIED
@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_from_text_and_numbers(value: int):
    for form in (f'"{value}"', f"{value}", f'"{value}.0"'):
        assert values(f'{{"f_id": {form}}}')["id"] == value


@UNHURRIED
@given(st.text(st.characters()))
def test_text_keeps_every_character_that_can_be_written(text: str):
    """Surrogates and NUL can't; what stands beside them stays."""
    wire = json.dumps({"f_code": text})
    assert values(wire)["code"] == UNWRITABLE.sub("\ufffd", json.loads(wire)["f_code"])


@UNHURRIED
@given(st.binary(max_size=20))
def test_any_bytes_in_a_text_are_a_text(text: bytes):
    stuffed = text.translate(None, b'"\\')
    parsed = PARSER.parse(b'{"count": 2, "items": [{"f_id": 1, "f_code": "' + stuffed + b'"}, {"f_id": 2}]}')
    assert parsed.rows["id"].to_pylist() == [1, 2]
    parsed.rows.validate(full=True)
    expected = stuffed.decode(errors="surrogateescape")
    assert parsed.rows["code"].to_pylist() == [UNWRITABLE.sub("\ufffd", expected), None]


NUMERIC = st.from_regex(r"[ ]?[+-]?[0-9_.,٣]{0,40}([eE][+-]?[0-9]{1,5})?", fullmatch=True)


@UNHURRIED
@given(NUMERIC | st.sampled_from(["Infinity", "-Infinity", "NaN", "sNaN", "1e400", "9" * 400, "1e-400", "0x10"]))
def test_any_number_is_exact_or_refused_with_record_and_field(text: str):
    plain = re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text.strip())
    digits, _, exponent = text.strip().lower().partition("e")
    zero = plain and not Decimal(digits)
    small = abs(int(exponent or 0)) < 1000  # what is further off is no amount anyway
    exact = Fraction(Decimal(digits)) * Fraction(10) ** int(exponent or 0) if plain and small and not zero else None
    exact = Fraction(0) if zero else exact
    record = json.dumps({"f_id": 7, "f_amount": text})
    if exact is None or exact * 10**6 % 1 or abs(exact) >= 10**32:
        with pytest.raises(DataError, match=r"bills: amount: '.*' is no decimal128\(38, 6\), in record 1 .* \(id 7\)"):
            values(record)
    else:
        assert values(record)["amount"] == exact


def test_of_a_number_that_is_far_off_no_other_is_made():
    """Arrow's reader reads behind the end of a table of powers, and passes over what overflows."""
    exponents = (*range(7, 60), *range(60, 1200, 13), 10**5, 10**9)
    forms = [f"7E-{each}" for each in exponents] + [f"-12.5e+{each}" for each in exponents if each > 31]
    for form in (*forms, "1" * 33, "4" * 38, "1.5E0034", f"{'3' * 28}E5"):
        for wire in (form, f'"{form}"'):
            with pytest.raises(DataError, match="amount: "):
                values(f'{{"f_id": 7, "f_amount": {wire}}}')
    assert values('{"f_amount": 4E20, "f_rate": 1.25E-9}')["amount"] == Decimal(4 * 10**20)


KEYED = PageParser(
    pa.schema([("number", pa.string()), ("memo", pa.string()), ("amount", MONEY)]),
    {"number": ("Nbr",), "memo": ("Lines", "Memo"), "amount": ("Lines", "Amount")},
    subject="bills",
    key=("number",),
    records="value",
    lines="Lines",
)


@pytest.mark.parametrize("lost", [b"\\ud83d", b"\\udc00", b"\\u0000", b"\x00", b"\xff", b"\xed\xa0\xbd", b"\xc0\x80"])
def test_a_character_that_is_lost_is_shown_in_a_text_and_refused_in_a_key(lost: bytes):
    page = b'{"value": [{"Nbr": "4%s", "Lines": [{"Memo": "Team dinner %s", "Amount": 1.5}]}]}'
    (row,) = KEYED.parse(page % (b"0", lost)).rows.to_pylist()
    assert (row["number"], row["memo"].rstrip("\ufffd"), row["amount"]) == ("40", "Team dinner ", Decimal("1.5"))
    assert row["memo"][-1] == "\ufffd"
    with pytest.raises(DataError, match=r"bills: number: '4\ufffd+' is a key .* in record 1 of the page \(number 4"):
        KEYED.parse(page % (lost, b""))


@pytest.mark.parametrize(
    "body",
    [b'[{"Nbr": {"value": "4"}}], "x": 1', b'[{"Nbr": {"value": "4"}}], "x": []', b'[null, {"Nbr": {"value": "4"}}]',
     b'[{"Nbr": {"value": "4"}, "Lines": [null]}]'],
)  # fmt: skip
def test_what_is_no_array_of_records_with_lines(body: bytes):
    with pytest.raises(DataError, match="bills: "):
        LINES.parse(body)


def test_what_the_erp_itself_has_lost_is_a_key_like_others():
    page = '{"count": 1, "next": "\\ud83d", "value": [{"Nbr": "4\ufffd", "Lines": [{"Memo": "x"}]}]}'
    parsed = KEYED.parse(page.encode())
    assert parsed.rows["number"].to_pylist() == ["4\ufffd"]
    assert parsed.members == {"count": "1", "next": "\ufffd"}


@pytest.mark.parametrize("kept", ["two\nlines", "a\x1b[2J", "\ufeffx", "\ufffe", "\x7f\x85\u2028"])
def test_control_characters_stay_also_where_they_stand_bare(kept: str):
    for wire in (f'"{kept}"', json.dumps(kept)):
        page = f'{{"value": [{{"Nbr": "4", "Lines": [{{"Memo": {wire}, "Amount": 1}}]}}]}}'
        assert KEYED.parse(page.encode()).rows["memo"].to_pylist() == [kept]


@pytest.mark.parametrize(
    "twice",
    ['"Nbr": "4", "Nbr": "5", "Lines": [{}]', '"Nbr": "4", "Lines": [{"Amount": 1}], "Lines": [{"Amount": 2}]',
     '"Nbr": "4", "Lines": [{"Amount": 1, "Amount": 1.5}]', '"Nbr": "4", "Lines": [{"Amount": null, "Amount": 1}]'],
)  # fmt: skip
def test_a_key_of_an_object_that_stands_twice(twice: str):
    with pytest.raises(DataError, match=r"bills: .*(twice|no array of lines).* in record 2 of the page"):
        KEYED.parse(b'{"value": [{"Nbr": "3", "Lines": [{}]}, {%s}]}' % twice.encode())


def test_a_key_of_an_object_that_stands_twice_and_says_the_same_or_nothing_of_ours():
    page = b'{"value": [{"Nbr": "4", "Nbr": "4", "x": 1, "x": 2, "Lines": [{"Amount": 1, "Amount": 1}]}]}'
    assert KEYED.parse(page).rows["amount"].to_pylist() == [Decimal(1)]


def test_keys_that_differ_in_casing_alone_are_the_same_key_twice():
    with pytest.raises(DataError, match="bills: amount: its f_amount stands there twice"):
        values('{"f_id": 1, "f_amount": 1, "F_Amount": 2}')


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


def test_a_rate_that_is_nothing_but_places_is_none():
    with pytest.raises(DataError, match="rate: '1e-20'"):
        values('{"f_id": 1, "f_rate": "1e-20"}')


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


@pytest.mark.parametrize("body", [b"{", b'{"items": [{}', b'{"items": [{"f_code": "4'])
def test_a_body_that_ended_too_early_may_pass(body: bytes):
    with pytest.raises(CutOff, match="bills: the answer is the beginning of JSON: it is cut off") as raised:
        PARSER.parse(body)
    assert isinstance(raised.value, Unavailable)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "it is empty"),
        (b"\r\n", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (b"<html>busy</html>", "it is a page of HTML"),
        (b"<!DOCTYPE HTML><html>", "it is a page of HTML"),
        (b"<Error/>", "it is XML"),
        (b"Gateway", "it is a text of another kind"),
    ],
)
def test_a_body_that_is_another_thing_than_json(body: bytes, said: str):
    with pytest.raises(DataError, match=f"bills: the answer is no JSON: {said}. Look what answers"):
        PARSER.parse(body)


@pytest.mark.parametrize("body", [b"null", b" null", b"null\nnull", b'null\n{"items": []}', b"\xef\xbb\xbfnull"])
@pytest.mark.parametrize("envelope", ["items", None])
def test_what_kills_the_fast_reader_is_read_the_slow_way(body: bytes, envelope: str | None):
    parser = PageParser(SCHEMA, {"id": ("f_id",)}, subject="bills", records=envelope)
    with pytest.raises(DataError, match="bills: the answer"):
        parser.parse(body)


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b'{"items": null}', b'{"items": [1]}', b"{'items': []}", b'{"items": [],}', b'{"items": []}{}',
     b'{"items": [{"f_code": "\\x"}]}', b'{"items": [], "items": [{}]}', b'{"count": 1, "items": [], "count": 2}'],
)  # fmt: skip
def test_a_body_that_came_whole_and_is_wrong_stays_wrong(body: bytes):
    with pytest.raises(DataError, match="bills: the answer"):
        PARSER.parse(body)


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


@pytest.mark.parametrize("depth", [100, 100_000])
@pytest.mark.parametrize("ends", [("[", "]"), ('{"a": ', "}"), ('[{"a": ', "}]")])
def test_what_is_nested_very_deeply_is_refused_or_passed_over(depth: int, ends: tuple[str, str]):
    """Arrow's own reader ends the process."""
    body = page(f'{{"f_id": 1, "other": {ends[0] * depth}{"7" if ends[0] != "[" else ""}{ends[1] * depth}}}')
    if depth > 1_000:
        with pytest.raises(DataError, match="too deeply"):
            PARSER.parse(body)
    else:
        assert PARSER.parse(body).records == 1


def test_a_field_that_stands_where_an_object_belongs_is_no_null():
    parser = PageParser(pa.schema([("amount", MONEY)]), {"amount": ("Amount", "value")}, subject="bills")
    with pytest.raises(DataError, match="amount: "):
        parser.parse(b'{"items": [{"Amount": {"value": 1}}, {"Amount": 5}]}')
