"""Text of strangers: every character that moves, turns around or hides is written out, and nothing else is touched."""

from __future__ import annotations

import logging
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_pipelines.errors import MlcError
from mlc_pipelines.redaction import RedactingFilter
from mlc_pipelines.visible import visible, visible_in

HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_every_character_of_unicode():
    shown = {chr(code) for code in range(sys.maxunicode + 1) if visible(chr(code)) == chr(code)}
    assert not {char for char in shown if unicodedata.category(char) in HIDDEN} - {"\n", "\t"}
    assert {"a", "ø", "ß", "é", "e\u0301"[1], "€", "日", "\xa0", "😀", "<", "\\"} <= shown


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b]0;title\x07", "<U+001B>]0;title<U+0007>"),
        ("\x9b2J", "<U+009B>2J"),
        ("4010\u200b", "4010<U+200B>"),
        ("\ufeff4010", "<U+FEFF>4010"),
        ("a\u202egnp.exe\u2066", "a<U+202E>gnp.exe<U+2066>"),
        ("a\rb\r\nc\td", "a<U+000D>b\nc\td"),
        ("\ud800", "<U+D800>"),
        ("\u3164\U000e0041", "<U+3164><U+E0041>"),
    ],
)
def test_they_are_written_out(text: str, seen: str):
    assert visible(text) == seen


@given(st.text())
def test_twice_is_once(text: str):
    assert visible(visible(text)) == visible(text)


def test_whole_documents():
    assert visible_in({"a\x00": ["b\x1b", 1, None, {"c": ("d\u200b",)}]}) == {
        "a<U+0000>": ["b<U+001B>", 1, None, {"c": ["d<U+200B>"]}]
    }


def test_errors_and_log_lines():
    error = MlcError("record \x1b[2J", hint="look at \u202e", request_id="\x07")
    record = logging.LogRecord("mlc_pipelines", logging.WARNING, "", 0, "%s \x9b", (error,), None)
    RedactingFilter().filter(record)
    assert record.getMessage() == "record <U+001B>[2J look at <U+202E> [request <U+0007>] <U+009B>"
