"""Code cites the vendors' pages in docs/vendors by section: the page and the section exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("mlc_pipelines", "mlc_sandbox", "mlc_pipelines_tests", "docs")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".md", ".yaml"} and path != Path(__file__)
)

_NUMBER = r"(?:[A-Z]\d|\d+(?:\.\d+)*)"
_NUMBERS = rf"{_NUMBER}(?:(?:, | and | to ){_NUMBER})*"
_CITATION = re.compile(rf"docs/vendors/(\w+)\.md(?:, (?:sections? ({_NUMBERS})|part ([A-Z])\b))?")
_ON_PAGE = re.compile(rf"(?<!\.md, )\bsections? ({_NUMBERS})")
_HEADING = re.compile(rf"^#+ (?:Part )?({_NUMBER}|[A-Z])(?=[.: ])", re.MULTILINE)
# Without the page, or by the name of a file that isn't here.
_NO_PAGE = re.compile(rf"\b[Cc]ontract \w+\.md|\b[Cc]ontract,? sections? {_NUMBER}|\(sections? {_NUMBER}")
# The switches of a sandbox name the page once and then the sections in brackets.
_BRACKETS = re.compile(r'in brackets are sections of docs/vendors/(\w+)\.md\.(.*?)"""')


@cache
def sections(page: str) -> frozenset[str]:
    """The numbers of a page's headings; none where there is no such page."""
    path = ROOT / "docs" / "vendors" / f"{page}.md"
    return frozenset(_HEADING.findall(path.read_text(encoding="utf-8"))) if path.exists() else frozenset()


def cited(text: str) -> set[tuple[str, str]]:
    """Page and section of each citation; no section where the whole page is meant."""
    found = {
        (page, number)
        for page, numbers, part in _CITATION.findall(text)
        for number in re.findall(_NUMBER, numbers) or [part]
    }
    for page, switches in _BRACKETS.findall(text):
        brackets = re.findall(rf"\(({_NUMBER}(?:, {_NUMBER})*)(?=[ ,:)])", switches)
        found |= {(page, number) for numbers in brackets for number in re.findall(_NUMBER, numbers)}
    return found


def faults(text: str, page: str | None = None) -> list[str]:
    """What is wrong with the citations of a file, whose lines may break them; a page need not name itself."""
    text = re.sub(r"\s*\n\s*(?:# )?", " ", text)
    found = cited(text)
    if page:
        found |= {(page, number) for numbers in _ON_PAGE.findall(text) for number in re.findall(_NUMBER, numbers)}
    lost = [
        f"docs/vendors/{name}.md has no section {number}" if number else f"there is no docs/vendors/{name}.md"
        for name, number in sorted(found)
        if (number not in sections(name) if number else not sections(name))
    ]
    return (
        lost
        if page
        else lost + [f"`{old}`: cite docs/vendors/<page>.md, section <number>" for old in _NO_PAGE.findall(text)]
    )


def test_every_cited_page_and_section_exists() -> None:
    found = {
        str(path.relative_to(ROOT)): faults(
            path.read_text(encoding="utf-8"), path.stem if path.parent.name == "vendors" else None
        )
        for path in FILES
    }
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_the_code_cites_every_page() -> None:
    pages = {path.stem for path in (ROOT / "docs" / "vendors").glob("*.md")} - {"README"}
    code = [path.read_text(encoding="utf-8") for path in FILES if path.suffix == ".py"]
    assert {page for text in code for page, _ in cited(text)} == pages


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# As there (docs/vendors/netsuite.md, section 3.9).", "no section 3.9"),
        ("# As there (docs/vendors/acumatica.md,\n    # sections 4 to\n    # 99).", "no section 99"),
        ('"""Drafts (docs/vendors/syspro.md, part D)."""', "no section D"),
        ("Written from docs/vendors/lost.md.", "no docs/vendors/lost.md"),
        ('"""Numbers in brackets are sections of docs/vendors/syspro.md.\n\n    a: b (B1, B9)."""', "no section B9"),
        ("# As there (contract netsuite.md, section 4).", "cite docs/vendors"),
        ("# As there (section 4).", "cite docs/vendors"),
    ],
)
def test_a_wrong_citation_is_found(text: str, says: str) -> None:
    assert says in " ".join(faults(text))


def test_a_page_cites_itself() -> None:
    assert faults("as above (section 3.2)", "netsuite") == []
    assert faults("as above (section 3.9)", "netsuite") == ["docs/vendors/netsuite.md has no section 3.9"]


def test_a_right_citation_is_none() -> None:
    assert faults("docs/vendors/netsuite.md, sections 3.1 to 3.3, 4 and\n# 5.8; docs/vendors/syspro.md, part A") == []
