"""What an answer says is read by type; another shape is an error that names request and place."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_pipelines.errors import DataError, Unavailable
from mlc_pipelines.http import Answer, parse_json, read_object
from mlc_pipelines_tests.http.server import Server, answer

WHERE = "GET https://erp.example/orders"


def of(**members: Any) -> Answer:
    return Answer(members, WHERE)


def test_each_kind_is_read() -> None:
    found = of(a="x", b=7, c=True, d="12", e=1.5, f={"g": [{"h": None}]}, i=["x", None, 3])
    assert (found.text("a"), found.text("b"), found.needed("b"), found.text("none")) == ("x", "7", "7", "")
    assert (found.flag("c"), found.flag("none")) == (True, False)
    assert (found.whole("b"), found.whole("d"), found.whole("none")) == (7, 12, 0)
    assert (found.number("e"), found.number("d"), found.number("none")) == (1.5, 12.0, None)
    assert found.inner("f").listed("g")[0].text("h") == ""
    assert of(day="2026-05-31").day("day") == date(2026, 5, 31)
    assert (found.inner("none"), found.listed("none"), found.texts("i")) == ({}, [], ["x", "", "3"])


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (lambda a: a["gone"], "without gone"),
        (lambda a: a.needed("gone"), "without gone"),
        (lambda a: a.text("truth"), "with truth as true or false, where a text belongs"),
        (lambda a: a.flag("words"), "with words as text, where a true or false belongs"),
        (lambda a: a.flag("null"), "with null as null, where a true or false belongs"),
        (lambda a: a.whole("words"), "with words as text, where a whole number belongs"),
        (lambda a: a.count("less"), "with less as a number, where a number of rows belongs"),
        (lambda a: a.place("seven", 7), "with seven as a number, where a place from 0 to 6 belongs"),
        (lambda a: a.number("infinite"), "with infinite as a number, where a number belongs"),
        (lambda a: a.day("words"), "with words as text, where a day such as 2026-05-31 belongs"),
        (lambda a: a.day("gone"), "without gone"),
        (lambda a: a.inner("words"), "with words as text, where an object belongs"),
        (lambda a: a.listed("inner"), "with inner as an object, where a list belongs"),
        (lambda a: a.inner("inner").listed("list"), "with inner.list[1] as a number, where an object belongs"),
        (lambda a: a.inner("inner").needed("gone"), "without inner.gone"),
    ],
)
def test_another_shape_is_named(read: Any, says: str) -> None:
    found = of(
        truth=True, words="false", null=None, less=-1, seven=7, infinite=float("inf"), inner={"list": [{"x": 1}, 2]}
    )
    with pytest.raises(DataError, match=re.escape(f"{WHERE} answered {says}.")):
        read(found)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


READERS = ("text", "needed", "texts", "flag", "whole", "count", "number", "inner", "listed")


@given(value=values, read=st.sampled_from(READERS))
def test_whatever_stands_there(value: Any, read: str) -> None:
    try:
        getattr(of(key=value), read)("key")
    except DataError as error:
        said = error.message
    else:
        said = WHERE
    assert WHERE in said


@pytest.mark.parametrize(
    ("body", "passing"),
    [
        ("", False),
        ("<html>", False),
        ("\xff", False),
        ('"te', True),
        ("[", True),
        ('{"a": "b', True),
        ('{"a": {"b": 1}', True),
        ("[" * 100_000, False),
        ('{"a":' * 100_000, False),
        ("[]", False),
        ("null", False),
        ("7", False),
        ("{'a': 1}", False),
        ('{"a": 1} {"a": 2}', False),
        ('{"a": %s}' % ("9" * 5000), False),
    ],
)  # fmt: skip
def test_what_is_no_object(server: Server, make_client, body: str, passing: bool) -> None:
    """What ended too early, or is something else's answer, may be another the next time; what came whole is not."""
    server.plays(answer(body=body))
    with pytest.raises(
        Unavailable if passing else DataError, match=rf"GET {re.escape(server.url)}/orders answered with"
    ):
        read_object(make_client().request("GET", "/orders"))


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "ISO-8859-1"),
        ("iso-8859-1", "ISO-8859-1"),
        ("utf-16", "utf-16"),
        ("utf-8", "no-such-encoding"),
    ],
)
def test_an_encoding_that_is_named_is_used_where_the_body_is_no_utf_8(
    server: Server, make_client, encoding: str, named: str
) -> None:
    kind = f"application/json; charset={named}"
    server.plays(answer(body='{"name": "Ærø"}'.encode(encoding), content_type=kind))
    assert read_object(make_client().request("GET", "/orders")) == {"name": "Ærø"}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"a": "Team dinner \\ud83d"}', "Team dinner \ufffd"),
        (b'{"a": "\\ud83d\\ude00"}', "\U0001f600"),
        (b'{"a": "\\\\ud83d \\u0000"}', "\\ud83d \ufffd"),
        (b'{"a": "x\xff\xc3\xa9"}', "x\ufffd\xe9"),
        (b'{"a": "two\nlines\x0b"}', "two\nlines\x0b"),
        (b'\xef\xbb\xbf{"a": "x"}', "x"),
        ('{"a": "\xe9"}'.encode("utf-16"), "\xe9"),
        (b'{"a": "x", "a": "x"}', "x"),
    ],
)
def test_what_strict_readers_refuse_is_read_where_it_has_one_meaning(body: bytes, text: str) -> None:
    assert parse_json(body) == {"a": text}


def test_a_key_that_stands_twice_is_refused_where_it_is_read(server: Server, make_client) -> None:
    server.plays(answer(body='{"a": 1, "a": 2, "b": 3, "b": 3, "c": {"d": [{"e": 1, "e": "2"}]}}'))
    found = read_object(make_client().request("GET", "/orders"))
    inner = found.inner("c").listed("d")[0]
    assert found.whole("b") == 3
    for read in (lambda: found["a"], lambda: found.get("a"), lambda: found.text("a"), lambda: inner.whole("e")):
        with pytest.raises(DataError, match=r"/orders answered with (a|c\.d\[0\]\.e) twice, with different values"):
            read()


def test_a_whole_value_with_a_key_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="c stands twice in one object"):
        parse_json('{"a": 1, "b": {"c": 1, "c": 2}}')


def test_what_is_nested_too_deeply_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="too deeply"):
        parse_json("[" * 100_000)
