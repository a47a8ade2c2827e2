"""The page of the words that decide something, made from the declarations.

`python -m mlc_pipelines_tests.erp.words_page > docs/words.md`
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from mlc_pipelines.anaplan import words as anaplan
from mlc_pipelines.erp.base import Erp
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.vocabulary import Decision, Vocabulary

PAGE = Path(__file__).parents[2] / "docs/words.md"

_HEAD = """\
# Words that decide something

For the administrator of the ERP, to check. A sign, a state, or whether a row counts may hang on a word of the vendor.
These are all such words: each table is closed. A word that is not in it ends the read with an error that names entity,
record, field and word; nothing is ever taken for a default. Fields that are not listed are only shown, and take every
word.

This page is made from the code (`python -m mlc_pipelines_tests.erp.words_page`); a test fails when it is not.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(line for kind, erp in ERPS.items() for line in _section(kind, erp)), *_anaplan()]) + "\n"


def places(kind: str) -> Mapping[str, Vocabulary]:
    """Those of an ERP that are at no field of an entity."""
    return getattr(import_module(f"mlc_pipelines.erp.{kind}.words"), "PLACES", {})


def vocabularies(module: str) -> dict[str, Vocabulary]:
    """Those of a module, by the name that they have there."""
    return {name: each for name, each in vars(import_module(module)).items() if isinstance(each, Vocabulary)}


def _section(kind: str, erp: Erp) -> Iterator[str]:
    yield f"## {kind}"
    yield ""
    yield f"{erp.title}."
    yield ""
    where: dict[str, list[str]] = {}
    own = vocabularies(f"mlc_pipelines.erp.{kind}.words")
    for place, each in places(kind).items():
        where[next(name for name, one in own.items() if one is each)] = [f"`{place}`"]
    for entity in erp.entities.values():
        for field in entity.deciding:
            (name,) = [name for name, each in own.items() if each is field.words]
            source = field.source.removesuffix("/value")
            where.setdefault(name, []).append(f"`{entity.name}.{field.name}` ({source})")
    yield from _table([(where[name], each) for name, each in own.items()])
    asked = {f"`{entity.name}`": entity.asked for entity in erp.entities.values() if entity.asked}
    yield (
        "Words in queries: "
        + ("; ".join(f"{name}: {', '.join(f'`{each}`' for each in said)}" for name, said in asked.items()) or "none")
        + "."
    )
    yield ""
    proofs = [f"`{entity.name}`: {entity.unproven}" for entity in erp.entities.values() if entity.unproven]
    yield "Not proven by control totals: " + ("; ".join(proofs) or "nothing") + "."
    yield ""


def _anaplan() -> Iterator[str]:
    yield "## Anaplan"
    yield ""
    yield from _table([([f"`{place}`"], each) for place, each in anaplan.PLACES.items()])


def _table(rows: list[tuple[list[str], Vocabulary]]) -> Iterator[str]:
    yield "| where | decides | words |"
    yield "|---|---|---|"
    for where, each in rows:
        language = "; in the user's language, which must be English" if each.translated else ""
        yield f"| {', '.join(where)} | {each.decides}{language} | {_words(each)} |"
    yield ""


def _words(each: Vocabulary) -> str:
    decisions: list[Decision] = list(dict.fromkeys(each.words.values()))
    return "; ".join(
        f"{_decision(decision)}: {', '.join(f'`{word}`' if word else 'empty' for word in each.of(decision=decision))}"
        for decision in decisions
    )


def _decision(decision: Decision) -> str:
    shown = {True: "yes", False: "no", None: "unknown"}
    return shown[decision] if decision is None or isinstance(decision, bool) else str(decision)


if __name__ == "__main__":
    sys.stdout.write(page())
