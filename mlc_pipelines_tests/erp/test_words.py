"""A word that nobody knows, in any field that decides something, over all five ERPs; and the page of all words."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_pipelines.erp.base import Entity, Field
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.errors import DataError
from mlc_pipelines.vocabulary import Vocabulary
from mlc_pipelines_tests.erp.words_page import PAGE, page, places, vocabularies

DECIDING = [
    pytest.param(entity, field, id=f"{kind}-{entity.name}-{field.name}")
    for kind, erp in ERPS.items()
    for entity in erp.entities.values()
    for field in entity.deciding
]


def columns(entity: Entity, field: Field, words: list[Any]) -> dict[str, pa.Array]:
    """Key columns, and the words in that field."""
    kinds = {name: entity.field(name).type for name in entity.key}
    key = {
        name: pa.array([str(row) if pa.types.is_string(kind) else row for row in range(len(words))]).cast(kind)
        for name, kind in kinds.items()
    }
    return {**key, field.name: pa.array(words, pa.string())}


@pytest.mark.parametrize(("entity", "field"), DECIDING)
@settings(max_examples=10, deadline=None)
@given(word=st.text("abcÄß'\u202e T", max_size=12) | st.sampled_from(["Posted ", "t", "tyes", "n/a", "0"]) | st.none())
def test_a_word_that_is_not_in_the_table_is_named_with_its_record(entity: Entity, field: Field, word: str | None):
    words = field.words
    assert words
    known = next(iter(words.words))
    if (word or "") in words.words:
        entity.check_words(columns(entity, field, [known, word]))
        return
    with pytest.raises(DataError) as refused:
        entity.check_words(columns(entity, field, [known, word, word]))
    said = refused.value.message
    assert said.startswith(f"{entity.name}: {field.name} is ")
    assert "and in 1 more rows" in said
    assert all(f"{name} 1" in said or name == field.name for name in entity.key)
    assert refused.value.hint
    with pytest.raises(DataError, match="only these words are known"):
        words.decided(pa.array([known, word], pa.string()))


@pytest.mark.parametrize("kind", ERPS)
def test_every_table_has_a_place(kind: str):
    own = vocabularies(f"mlc_pipelines.erp.{kind}.words").values()
    used = [field.words for entity in ERPS[kind].entities.values() for field in entity.deciding]
    used += places(kind).values()
    assert all(any(each is words for words in own) for each in used), "tables stand in words.py"
    assert all(any(each is words for words in used) for each in own), "a table without a place is not listed"


def test_what_is_known_decides_and_nothing_else_does():
    words = Vocabulary("the sign", {"A": 1, "B": -1, "": 0})
    assert words.decided(pa.chunked_array([["A", None], ["B", ""]])).to_pylist() == [1, 0, -1, 0]
    assert (words.one("B", "x"), words.one(None, "x"), words.of(decision=1)) == (-1, 0, ("A",))
    with pytest.raises(DataError, match=r"ledger 1: kind is 'C'\. It decides the sign, and only .*: A, B, \(empty\)\."):
        words.one("C", "ledger 1: kind")
    with pytest.raises(DataError, match="'a' is not known"):
        words.decided(pa.array(["A", "a"]))
    with pytest.raises(DataError, match="language of the user"):
        Vocabulary("x", {"A": 1}, translated=True).one("C", "y")


def test_the_page_lists_the_words_of_the_code():
    assert page() == PAGE.read_text(encoding="utf-8"), (
        f"If the change is meant: python -m {page.__module__} > docs/words.md"
    )
