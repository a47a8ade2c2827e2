"""The slow and exact way: numbers to the last digit, what a text may hold, bodies that are none."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_pipelines.erp.arrow_json import PageParser
from mlc_pipelines.erp.exact_json import CutOff
from mlc_pipelines.errors import DataError, Unavailable
from mlc_pipelines_tests.erp.json_pages import KEYED, PARSER, SCHEMA, page, values

UNWRITABLE = re.compile("[\0\ud800-\udfff]")
# The first conversion of a list loads pandas.
UNHURRIED = settings(deadline=None)
MONEY_VALUES = st.decimals(-(10**31), 10**31, places=6, allow_nan=False, allow_infinity=False)


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


@pytest.mark.parametrize("lost", [b"\\ud83d", b"\\udc00", b"\\u0000", b"\x00", b"\xff", b"\xed\xa0\xbd", b"\xc0\x80"])
def test_a_character_that_is_lost_is_shown_in_a_text_and_refused_in_a_key(lost: bytes):
    page = b'{"value": [{"Nbr": "4%s", "Lines": [{"Memo": "Team dinner %s", "Amount": 1.5}]}]}'
    (row,) = KEYED.parse(page % (b"0", lost)).rows.to_pylist()
    assert (row["number"], row["memo"].rstrip("\ufffd"), row["amount"]) == ("40", "Team dinner ", Decimal("1.5"))
    assert row["memo"][-1] == "\ufffd"
    with pytest.raises(DataError, match=r"bills: number: '4\ufffd+' is a key .* in record 1 of the page \(number 4"):
        KEYED.parse(page % (lost, b""))


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


def test_a_rate_that_is_nothing_but_places_is_none():
    with pytest.raises(DataError, match="rate: '1e-20'"):
        values('{"f_id": 1, "f_rate": "1e-20"}')


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
