"""A vendor's word stands in its package's `words` and nowhere else: no comparison takes a default."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlc_pipelines.anaplan import words as anaplan
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines_tests.erp.words_page import vocabularies

PACKAGE = Path(anaplan.__file__).parents[1]
MODULES = {f"erp/{kind}": f"mlc_pipelines.erp.{kind}.words" for kind in ERPS} | {"anaplan": anaplan.__name__}
SOURCES = [path for part in MODULES for path in sorted((PACKAGE / part).rglob("*.py")) if path.name != "words.py"]
COMPARING = {"equal", "not_equal", "is_in", "index_in"}


def compared(tree: ast.AST) -> Iterator[ast.expr]:
    """What stands in comparisons, and in the columns' comparisons of Arrow."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield from (node.left, *node.comparators)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            arrow = isinstance(node.func.value, ast.Name) and node.func.value.id == "pc" and node.func.attr in COMPARING
            defaulted = node.func.attr == "get" and len(node.args) == 2
            if arrow or defaulted:
                yield from (*node.args, *(keyword.value for keyword in node.keywords))
        elif isinstance(node, ast.MatchValue):
            yield node.value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_word_of_a_vendor_is_compared_outside_of_its_table(path: Path):
    part = next(part for part in MODULES if path.is_relative_to(PACKAGE / part))
    known = {word for each in vocabularies(MODULES[part]).values() for word in each.words if word}
    said = {
        each.value
        for expression in compared(ast.parse(path.read_text(encoding="utf-8")))
        for each in ast.walk(expression)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }
    assert not said & known


def texts(node: ast.expr) -> list[str]:
    """The texts that an argument is, or is made of: not the names by which a column is found."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) and node.value else []
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [text for each in node.elts for text in texts(each)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"array", "scalar"}:
        return [text for each in node.args for text in texts(each)]
    return []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_column_is_compared_with_a_word(path: Path):
    """Of another word nothing would be known: `Vocabulary.decided` raises, a comparison gives false."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in COMPARING:
            if any(isinstance(each, ast.Attribute) and each.attr == "decided" for each in ast.walk(node)):
                continue
            assert not [text for argument in node.args for text in texts(argument)], f"line {node.lineno}"
