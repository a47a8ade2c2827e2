"""YAML without its guesses, and its faults with their lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_pipelines.config.yaml_text import parse_yaml


def test_only_booleans_and_nothing_are_guessed() -> None:
    text = (
        "{a: NO, b: 0100, c: 24.20, d: 1_000, e: 12:30, f: 2026-01-31, g: true, h: False, i: ~, j: , k: 'true', l: ''}"
    )
    assert parse_yaml(text).content == {
        "a": "NO", "b": "0100", "c": "24.20", "d": "1_000", "e": "12:30", "f": "2026-01-31",
        "g": True, "h": False, "i": None, "j": None, "k": "true", "l": "",
    }  # fmt: skip


def test_keys_are_text_whatever_they_look_like() -> None:
    assert parse_yaml("{true: 1, ~: 2, 3: 3, No: 4}").content == {"true": "1", "~": "2", "3": "3", "No": "4"}


def test_aliases_and_merge_keys() -> None:
    text = "base: &base {a: 1, b: 2}\nown: {<<: *base, b: 3}\nmany: {<<: [{c: 4, a: 0}, *base]}\n"
    parsed = parse_yaml(text)
    assert parsed.faults == []
    assert parsed.content["own"] == {"a": "1", "b": "3"}
    assert parsed.content["many"] == {"c": "4", "a": "0", "b": "2"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\n\tb: 2\n", 2, "tab"),
        ("a: 1\nb: *nowhere\n", 2, "begins with *"),
        ("a: 1\nb: !vault x\n", 2, "tag"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: 1\n b: 2\n", 2, ""),
        ("a: [1, 2\nb: 3\n", 2, ""),
        ("a: 'x\n", 2, "never closed"),
        ("a: b: c\n", 1, "colon"),
        ("a: 1\nb: 2\na: 3\n", 3, "repeats the key of line 1"),
        ("? [x]\n: 1\n", 1, "key that is no text"),
        ("a: &a [*a]\n", 1, "contains itself"),
    ],
)
def test_faults_have_their_line(text: str, line: int, said: str) -> None:
    (fault,) = parse_yaml(text).faults
    assert f"line {line}" in fault.problem
    assert said in fault.problem
    assert fault.remedy


def test_all_repeated_keys_are_found_with_their_path() -> None:
    text = "a:\n  b: 1\n  b: 2\n  c: [{d: 1, d: 2}]\na: 3\n"
    assert sorted(fault.key for fault in parse_yaml(text).faults) == ["a", "a.b", "a.c[0].d"]


@given(st.text())
def test_no_text_makes_it_fail(text: str) -> None:
    parsed = parse_yaml(text)
    assert all(fault.problem and fault.remedy for fault in parsed.faults)
