"""From validation errors to faults in plain words, without a secret."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError

from mlc_pipelines.config.base import FAULT
from mlc_pipelines.config.references import suggestion
from mlc_pipelines.errors import Fault

Error = Mapping[str, Any]
Said = tuple[str, str]


def dotted(place: Iterable[str | int]) -> str:
    """A key's path: `loads.accounts[1].columns.Code`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def faults_of(
    error: ValidationError, *, file: str, raw: object, model: object, prefix: tuple[str | int, ...] = ()
) -> list[Fault]:
    """One fault for every error.

    Args:
        error: what validation raised.
        file: relative to the configuration's home.
        raw: what was validated, to tell its keys from pydantic's own marks in a path.
        model: the type it was validated against, for the names of known keys.
        prefix: path of `raw` in the file.
    """
    faults: list[Fault] = []
    for each in cast("list[Error]", error.errors(include_url=False)):
        place, known = _walk(model, raw, each["loc"], missing=each["type"] == "missing")
        problem, remedy = _words(each, known)
        shown = _shown(each["input"]) if _may_show(each) else ""
        faults.append(Fault(file, dotted((*prefix, *place)), shown, problem, remedy))
    return faults


def _walk(model: object, raw: object, loc: Sequence[str | int], *, missing: bool) -> tuple[list[str | int], list[str]]:
    """The path through what the user wrote, and the keys that are known where it ends.

    Pydantic puts the name of a union's member into a path, before the keys of that member.
    """
    place: list[str | int] = []
    here, marked = _members(model), False
    for index, part in enumerate(loc):
        if len(here) > 1 and not marked:
            here, marked = [each for each in here if _is_called(each, part)] or here, True
            continue
        last = index == len(loc) - 1
        if isinstance(raw, Mapping) and part in raw:
            raw = cast("Mapping[Any, Any]", raw)[part]
        elif isinstance(raw, list) and isinstance(part, int) and part < len(cast("list[Any]", raw)):
            raw = cast("list[Any]", raw)[part]
        elif not (missing and last):
            continue
        place.append(part)
        if not last:
            here, marked = [found for each in here for found in _below(each, part)], False
    models = [cast("type[BaseModel]", each) for each in here if _is_model(each)]
    return place, sorted({each.alias or name for found in models for name, each in found.model_fields.items()})


def _may_show(error: Error) -> bool:
    """Values are shown only where they can't be a credential in the wrong place."""
    if error["type"] == FAULT:
        return bool(error["ctx"]["show"])
    return error["type"] in _SHOWN and not any(_SECRET.search(str(part)) for part in error["loc"])


_SECRET = re.compile(r"(?i)secret|password|passwd|pwd|passphrase|token|private|credential|certificate$|_key$|^key$")
_SHOWN = {
    "literal_error", "enum", "int_parsing", "int_type", "bool_parsing", "decimal_parsing", "float_parsing",
    "greater_than", "greater_than_equal", "less_than", "less_than_equal", "union_tag_invalid", "value_error",
    "string_pattern_mismatch", "date_from_datetime_parsing", "date_parsing", "mlc_absent",
}  # fmt: skip


def _shown(value: object) -> str:
    text = "" if value is None or isinstance(value, Mapping | list | tuple | set) else str(value)
    if "-----BEGIN" in text or re.search(r"://[^/]*@", text):
        return ""
    return text


@dataclass(frozen=True)
class _Case:
    """One error as the sayers below see it: its text, input, context, and the keys known where it happened."""

    text: str
    kind: str
    given: object
    context: Mapping[str, Any]
    last: str
    known: Sequence[str]


def _words(error: Error, known: Sequence[str]) -> Said:
    """Problem and remedy."""
    kind = str(error["type"])
    context = cast("Mapping[str, Any]", error.get("ctx", {}))
    last = str(error["loc"][-1]) if error["loc"] else ""
    case = _Case(str(error["msg"]), kind, error["input"], context, last, known)
    return next(say(case) for pattern, say in _SAYERS if re.fullmatch(pattern, kind))


def _text(case: _Case) -> Said:
    if case.given is None:
        return "is empty", "Write its value, or remove the key."
    if isinstance(case.given, bool):
        return "is true or false, and text is wanted", "Put it in quotes."
    return "is not a text", "Write a single value."


def _mapping(case: _Case) -> Said:
    if case.given is None:
        return "is empty", "Write its keys below it, indented, or remove it."
    return "is not a mapping of keys to values", "Write its keys below it, indented."


def _number(case: _Case) -> Said:
    if case.given is None:
        return "is empty", "Write a number, or remove the key."
    return "is not a number of that kind", "Write a whole number." if "int" in case.kind else "Write a number."


def _choices(expected: object) -> str:
    """Pydantic's list of possible values, without its quotes."""
    return str(expected).replace("'", "")


def _bound(case: _Case) -> str:
    return str(next(iter(case.context.values())))


_SAYERS: tuple[tuple[str, Callable[[_Case], Said]], ...] = (
    (FAULT, lambda case: (str(case.context["problem"]), str(case.context["remedy"]))),
    ("missing", lambda _: ("is missing", "Add it.")),
    (
        "extra_forbidden",
        lambda case: ("is not a key that is known here", suggestion(case.last, case.known, what="key")),
    ),
    (
        "literal_error|enum",
        lambda case: ("is not one of the possible values", f"Write {_choices(case.context['expected'])}."),
    ),
    (
        "union_tag_invalid",
        lambda case: (
            f"has an unknown {_choices(case.context['discriminator'])}: {case.context['tag']}",
            f"Write one of {_choices(case.context['expected_tags'])}.",
        ),
    ),
    (
        "union_tag_not_found",
        lambda case: (
            f"doesn't say its {_choices(case.context['discriminator'])}",
            f"Add {_choices(case.context['discriminator'])}: ... to it.",
        ),
    ),
    ("value_error", lambda case: (case.text.removeprefix("Value error, ").rstrip("."), "Correct it.")),
    ("string_type", _text),
    ("string_too_short", lambda _: ("is empty", "Write its value, or remove the key.")),
    (
        "string_pattern_mismatch",
        lambda case: ("has not the form it must have", f"It must match {case.context['pattern']}"),
    ),
    ("dict_type|model_type|model_attributes_type|mapping_type", _mapping),
    ("list_type|tuple_type", lambda _: ("is not a list", "Write [first, second], or a line with a dash for each.")),
    ("too_short", lambda _: ("is empty", "Write at least one.")),
    ("(int|float|decimal)_.*", _number),
    ("bool_.*", lambda _: ("is neither true nor false", "Write true or false.")),
    ("date_.*", lambda _: ("is not a date", "Write it like 2026-01-31.")),
    ("greater_than_equal", lambda case: ("is too small", f"Write {_bound(case)} or more.")),
    ("less_than_equal", lambda case: ("is too large", f"Write {_bound(case)} or less.")),
    (
        "mlc_column",
        lambda _: (
            "is not a column",
            "Write a field's name, or a mapping with exactly one of field, period, constant, sum.",
        ),
    ),
    ("mlc_absent", lambda _: ("is no way to treat what is gone", "Write zero, keep or {action: NAME}.")),
    (".*", lambda case: (case.text.replace("Input should be", "should be").rstrip("."), "Correct it.")),
)


def _is_model(candidate: object) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _members(annotation: object) -> list[object]:
    """The types that an annotation stands for: unions and annotations unwrapped, without None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _members(get_args(annotation)[0])
    if origin is Union or isinstance(annotation, types.UnionType):
        return [found for each in get_args(annotation) for found in _members(each)]
    return [] if annotation is type(None) else [annotation]


def _below(candidate: object, part: str | int) -> list[object]:
    """The types under a key or position."""
    if _is_model(candidate):
        for name, each in cast("type[BaseModel]", candidate).model_fields.items():
            if part in (each.alias, name):
                return _members(each.annotation)
        return []
    arguments = get_args(candidate)
    origin = get_origin(candidate)
    if not arguments or not isinstance(origin, type):
        return []
    return _members(arguments[-1] if issubclass(origin, Mapping) else arguments[0])


def _is_called(candidate: object, mark: str | int) -> bool:
    """Whether a union's member is the one that pydantic calls so: by class, by discriminator or by our column kinds."""
    if not _is_model(candidate):
        return False
    model = cast("type[BaseModel]", candidate)
    literals = [
        get_args(each.annotation) for each in model.model_fields.values() if get_origin(each.annotation) is Literal
    ]
    return mark == model.__name__ or any(mark in values for values in literals) or mark in model.model_fields
