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

_TEXT, _BOOL, _NULL, _MERGE = (f"tag:yaml.org,2002:{name}" for name in ("str", "bool", "null", "merge"))
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
}


def _without_guesses(loader: type[Any]) -> type[Any]:
    return type("Loader", (loader,), {"yaml_implicit_resolvers": _GUESSES})


_LOADER = _without_guesses(yaml.SafeLoader)
# libyaml, where PyYAML was built with it, is ten times as fast; its errors are worded differently.
_FAST_LOADER = _without_guesses(getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def parse_yaml(text: str) -> ParsedText:
    """Reads one YAML document."""
    parsed = ParsedText()
    try:
        node = _compose(text)
    except yaml.MarkedYAMLError as error:
        parsed.faults.append(_syntax_fault(error))
    except yaml.YAMLError:
        parsed.faults.append(TextFault("", "has characters that YAML doesn't allow", "Save it as plain UTF-8 text."))
    else:
        parsed.content = _Reader(parsed.faults).value(node, "") if node is not None else None
    return parsed


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
            _TEXT: lambda scalar, _: scalar.value,
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
            if name in own:
                self._fault(name_node, place, f"repeats the key of line {lines[name]}", "Remove one of the two")
                self.value(value_node, place)
                continue
            lines[name] = line
            own[name] = self.value(value_node, place)
        return {**merged, **own}

    def _fault(self, node: yaml.Node, key: str, problem: str, remedy: str) -> None:
        self.faults.append(TextFault(key, f"line {node.start_mark.line + 1} {problem}", f"{remedy}."))
