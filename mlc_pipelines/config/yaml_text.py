"""YAML -> plain mappings, with every fault of the text, and no surprises from YAML's guesses.

Only `true`, `false` and nothing become something else than text. YAML 1.1 would read `country: NO` as false, `0100` as
64 and `24.20` as 24.2; here the models decide what is a number, from the text as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from mlc_pipelines.config.bounds import DEEPEST, MOST_VALUES, unseen

_TEXT, _BOOL, _NULL, _MERGE = (f"tag:yaml.org,2002:{name}" for name in ("str", "bool", "null", "merge"))
_NO_NUMBER = "tag:yaml.org,2002:float"
_MAP, _SEQ = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"

# PyYAML quotes undefined aliases and tags, which may be the beginning of a credential that was not put in quotes.
_OWN_WORDS = {
    "found undefined alias": ("has a value that begins with *", "Put it in quotes (a credential goes into the vault)."),
    "found character '\\t'": ("has a tab, where YAML wants spaces", "Replace the tab by spaces."),
    "expected a single document": ("has a second document", "Keep one document, without a --- in the middle."),
    "found unexpected end of stream": ("has a quote or bracket that is never closed", "Close it."),
    "mapping values are not allowed": ("has a colon where none can be", "Check the indentation, or quote the text."),
    "expected <block end>": ("is not indented like the lines around it", "Align it with its neighbours."),
    "could not find expected ':'": ("has a key without a colon", "Write `key: value`, with a space after the colon."),
}


@dataclass(frozen=True)
class TextFault:
    """Something wrong with the text: dotted key (may be empty), problem with its line, remedy."""

    key: str
    problem: str
    remedy: str


@dataclass
class ParsedText:
    """What a text says, as far as it can be read, and its faults."""

    content: Any = None
    faults: list[TextFault] = field(default_factory=list[TextFault])


_GUESSES = {
    **{first: [(_BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"))] for first in "tTfF"},
    **{first: [(_NULL, re.compile(r"^(?:~|null|Null|NULL|)$"))] for first in ("~", "n", "N", "")},
    "<": [(_MERGE, re.compile(r"^<<$"))],
    **{first: [(_NO_NUMBER, re.compile(r"(?i)^[-+]?\.(?:nan|inf)$"))] for first in ".-+"},
}


def _without_guesses(loader: type[Any]) -> type[Any]:
    return type("Loader", (loader,), {"yaml_implicit_resolvers": _GUESSES})


_LOADER = _without_guesses(yaml.SafeLoader)
# libyaml, where PyYAML was built with it, is ten times as fast; its errors are worded differently.
_FAST_LOADER = _without_guesses(getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def parse_yaml(text: str) -> ParsedText:
    """Reads one YAML document, unless it is larger or deeper than any configuration."""
    excess = _excess(text)
    parsed = ParsedText()
    if excess:
        parsed.faults.append(excess)
        return parsed
    try:
        node = _compose(text)
    except yaml.MarkedYAMLError as error:
        parsed.faults.append(_syntax_fault(error))
    except yaml.YAMLError:
        parsed.faults.append(TextFault("", "has characters that YAML doesn't allow", "Save it as plain UTF-8 text."))
    else:
        parsed.content = _Reader(parsed.faults).value(node, "") if node is not None else None
    return parsed


@dataclass
class _Branch:
    """A node as far as it was read: where it begins, its values and levels, those of its aliases included."""

    line: int = 0
    anchor: str | None = None
    values: int = 1
    levels: int = 0


def _excess(text: str) -> TextFault | None:
    """What is too much in a text, found from its events alone: nothing is built, and aliases are counted, not followed.

    A text that breaks off has none: the composer, which then gets as far as the events did, says what is wrong with it.
    """
    known: dict[str, _Branch] = {}
    branches = [_Branch()]
    try:
        for event in yaml.parse(text, _FAST_LOADER):
            if isinstance(event, yaml.CollectionStartEvent):
                branches.append(_Branch(event.start_mark.line, event.anchor))
                branch = branches[-1]
            elif isinstance(event, yaml.CollectionEndEvent):
                branch = _joined(branches, branches.pop(), known)
            elif isinstance(event, yaml.ScalarEvent):
                branch = _joined(branches, _Branch(anchor=event.anchor), known)
            elif isinstance(event, yaml.AliasEvent):
                alias = known.get(event.anchor, _Branch())
                branch = _joined(branches, _Branch(values=alias.values, levels=alias.levels), known)
            else:
                continue
            if len(branches) + branch.levels > DEEPEST:
                where = f"line {branch.line + 1} is more than {DEEPEST} levels deep"
                return TextFault("", where, "Take out the inner levels: no key is that deep.")
            if branch.values > MOST_VALUES:
                where = f"line {branch.line + 1} begins what has more than {MOST_VALUES:,} keys and values"
                return TextFault("", f"{where}, those that its aliases (*) stand for included", "Make it smaller.")
    except yaml.YAMLError:
        pass
    return None


def _joined(branches: list[_Branch], node: _Branch, known: dict[str, _Branch]) -> _Branch:
    """The innermost open branch, with a node in it that has ended."""
    if node.anchor is not None:
        known[node.anchor] = node
    outer = branches[-1]
    outer.values += node.values
    outer.levels = max(outer.levels, node.levels + 1)
    return outer


def _compose(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, _FAST_LOADER)
    except yaml.YAMLError:
        return yaml.compose(text, _LOADER)


def _syntax_fault(error: yaml.MarkedYAMLError) -> TextFault:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1} " if mark else ""
    said = f"{error.context}, {error.problem}"
    for begin, (problem, remedy) in _OWN_WORDS.items():
        if begin in said:
            return TextFault("", where + problem, remedy)
    return TextFault("", f"{where}can't be read as YAML", "Check indentation, colons, brackets and quotes there.")


@dataclass
class _Reader:
    """Turns the node tree into plain values; goes on after a fault, to find the others."""

    faults: list[TextFault]
    _open: set[int] = field(default_factory=set[int])

    def value(self, node: yaml.Node, key: str) -> Any:
        """The node's value; None where it has a fault."""
        readers: dict[str, Callable[[Any, str], Any]] = {
            _TEXT: self._text,
            _NO_NUMBER: self._no_number,
            _BOOL: lambda scalar, _: scalar.value.lower() == "true",
            _NULL: lambda *_: None,
            _MAP: self._mapping,
            _SEQ: self._sequence,
        }
        read = readers.get(node.tag)
        if read is None:
            self._fault(node, key, "has a YAML tag (!...)", "Put the text in quotes (a credential goes into the vault)")
            return None
        if id(node) in self._open:
            self._fault(node, key, "contains itself through an alias", "Remove the alias")
            return None
        self._open.add(id(node))
        try:
            return read(node, key)
        finally:
            self._open.discard(id(node))

    def _text(self, node: yaml.ScalarNode, key: str) -> str:
        self._refuse_unseen(node, key, unseen(node.value, lines=True))
        return node.value

    def _no_number(self, node: yaml.ScalarNode, key: str) -> None:
        self._fault(node, key, "is YAML's word for what is no number", "Write a number, or put it in quotes")

    def _refuse_unseen(self, node: yaml.Node, key: str, found: str) -> None:
        if found:
            self._fault(node, key, f"has the character {found}, which can't be seen", "Type the text anew")

    def _sequence(self, node: yaml.SequenceNode, key: str) -> list[Any]:
        return [self.value(each, f"{key}[{index}]") for index, each in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, key: str) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for name_node, value_node in node.value:
            if name_node.tag == _MERGE:
                for source in value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]:
                    content = self.value(source, key)
                    merged = {**(content if isinstance(content, dict) else {}), **merged}
                continue
            if not isinstance(name_node, yaml.ScalarNode):
                self._fault(name_node, key, "has a key that is no text", "Put the key in quotes")
                continue
            name = str(name_node.value)
            line = name_node.start_mark.line + 1
            place = f"{key}.{name}" if key else name
            self._refuse_unseen(name_node, place, unseen(name))
            if name in own:
                self._fault(name_node, place, f"repeats the key of line {lines[name]}", "Remove one of the two")
                self.value(value_node, place)
                continue
            lines[name] = line
            own[name] = self.value(value_node, place)
        return {**merged, **own}

    def _fault(self, node: yaml.Node, key: str, problem: str, remedy: str) -> None:
        self.faults.append(TextFault(key, f"line {node.start_mark.line + 1} {problem}", f"{remedy}."))
