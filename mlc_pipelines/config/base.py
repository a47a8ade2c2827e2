"""What all configuration models share: the base model, secrets by reference, durations and URLs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Self, cast
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from mlc_pipelines.config.bounds import unseen

FAULT = "mlc_fault"
"""Type of the errors that already say problem and remedy in plain words."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts of this machine: the only ones that plain http may go to."""

Raw = Mapping[str, Any]
"""A mapping as it stands in a file, before it is checked."""


def refused(problem: str, remedy: str, *, show: bool = True) -> PydanticCustomError:
    """An error for a validator to raise.

    Args:
        problem: what is wrong with the value.
        remedy: what to do, as a sentence.
        show: False where the value may be a secret.
    """
    return PydanticCustomError(FAULT, "{problem}. {remedy}", {"problem": problem, "remedy": remedy, "show": show})


class ConfigModel(BaseModel):
    """Base of the models: frozen, no unknown keys, values never in its own error texts."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @classmethod
    def relations(cls, raw: Raw) -> Iterable[tuple[tuple[str, ...], PydanticCustomError]]:
        """Faults between keys, found in the raw mapping: so they are reported also when a single key is wrong."""
        del raw
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _with_relations(cls, raw: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        errors: list[InitErrorDetails] = []
        built: Self | None = None
        try:
            built = handler(raw)
        except ValidationError as error:
            errors = [_kept(cast("dict[str, Any]", each)) for each in error.errors(include_url=False)]
        if isinstance(raw, Mapping):
            given = cast("Raw", raw)
            errors += [
                InitErrorDetails(type=error, loc=place, input=given.get(place[0]) if place else None)
                for place, error in cls.relations(given)
            ]
        if built is None or errors:
            raise ValidationError.from_exception_data(cls.__name__, errors, hide_input=True)
        return built


def _kept(error: dict[str, Any]) -> InitErrorDetails:
    """An error of an inner model, to be raised again together with others."""
    kind = PydanticCustomError(error["type"], "{text}", {**error.get("ctx", {}), "text": error["msg"]})
    return InitErrorDetails(type=kind, loc=error["loc"], input=error["input"])


class SecretRef(BaseModel):
    """A credential by its name in the vault: `{secret: NAME}`. The value itself never stands in a file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    NAME: ClassVar[re.Pattern[str]] = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")

    secret: str

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, raw: Any) -> Any:
        # Whatever stands here instead may be the credential itself, keys included: nothing of it is shown.
        if isinstance(raw, SecretRef):
            return raw
        given = cast("Raw", raw) if isinstance(raw, Mapping) else {}
        name = given.get("secret")
        if len(given) != 1 or not isinstance(name, str):
            raise refused(
                "must name a secret of the vault; a credential never stands in a file",
                "Write {secret: NAME} and store the value with `mlc secrets set TENANT NAME`.",
                show=False,
            )
        if not cls.NAME.fullmatch(name):
            raise refused(
                "has something in {secret: ...} that is no name",
                "Write a name of letters, digits, _ . - and store the value with `mlc secrets set TENANT NAME`.",
                show=False,
            )
        return cast("dict[str, Any]", raw)


def set_again(tenant: str, *references: SecretRef | None) -> str:
    """What to do about a refused credential, as a sentence; empty when there is none that could be set."""
    commands = [f"`mlc secrets set {tenant} {reference.secret}`" for reference in references if reference]
    return f"Store it again by {' or '.join(commands)}." if commands else ""


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(value: object) -> timedelta:
    """A duration, written `30s`, `15m`, `1h` or `1d`."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"([1-9][0-9]{0,5})\s*([smhd])", str(value).strip())
    if not found:
        raise refused("is not a duration", "Write a whole number and a unit: 30s, 15m, 1h or 1d.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _base_url(value: str) -> str:
    remedy = "Write it like https://host.example or https://host.example/path."
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise refused("is not a readable URL", remedy) from None
    if parts.username or parts.password:
        raise refused("holds a user or password", "Write only the address: credentials go into the vault.", show=False)
    if parts.scheme not in {"https", "http"} or not host:
        raise refused("is not a web address", remedy)
    if {".", ".."} & {unquote(part) for part in parts.path.split("/")}:
        raise refused("has a path with dots that lead elsewhere", "Write the path that they lead to.")
    if parts.query or parts.fragment:
        raise refused("has a query or fragment", remedy)
    if parts.scheme == "http" and host not in LOOPBACK:
        raise refused("would send credentials unencrypted", "Write https:// (http is for this machine only).")
    return value.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""An https address, or an http one of this machine; without a slash at the end."""


def _one_line(value: str) -> str:
    if unseen(value):
        raise refused("has several lines, or a character that can't be seen", "Write it on one line, as it is seen.")
    return value


Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True), AfterValidator(_one_line)]
"""A name as it stands elsewhere (an action, a column, a user): not empty, on one line."""


def _no_dots(value: str) -> str:
    if value in {".", ".."}:
        raise refused("would lead elsewhere in an address", "Write the name as it is shown where it comes from.")
    return value


PathPart = Annotated[Name, AfterValidator(_no_dots)]
"""A name that becomes a part of an address's path."""


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _no_negative(value: str) -> str:
    if re.fullmatch(r"-\d+", value):
        raise refused("is a negative number", "Write the id or the name as the ERP shows it.")
    return value


NameOrId = Annotated[Name, BeforeValidator(_number_as_text), AfterValidator(_no_negative)]
"""What the ERP calls something, or the number that it has there."""
