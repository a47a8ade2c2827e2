"""Loads: which entity goes by which action into which columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from mlc_pipelines.config.base import ConfigModel, Name, Raw, refused
from mlc_pipelines.config.references import EntityField, MapName, NumberField, PeriodLabel

ActionKind = Literal["import", "process", "list", "module"]

_KINDS: tuple[ActionKind, ...] = ("import", "process", "list", "module")
_COLUMN_KINDS = ("field", "period", "constant", "sum")
_OPERATORS = ("in", "not_in", "equals", "not_equals")


class FieldColumn(ConfigModel):
    """A column that takes a field, as it is or mapped. A plain string in `columns` is the same as `{field: ...}`.

    Attributes:
        field: of the entity.
        map: name of the code map that translates it; none by default.
        default: takes the place of an empty value; none by default.
    """

    field: EntityField
    map: MapName | None = None
    default: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, raw: Any) -> Any:
        return {"field": raw} if isinstance(raw, str) else raw


class PeriodColumn(ConfigModel):
    """A column that takes the fiscal period in the model's words."""

    period: PeriodLabel


class ConstantColumn(ConfigModel):
    """A column that takes the same text in every row. In `parameters` a plain string is the same."""

    constant: str

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, raw: Any) -> Any:
        return {"constant": raw} if isinstance(raw, str) else raw


class SumColumn(ConfigModel):
    """A column that takes the sum of a field; rows are grouped by the other columns."""

    sum: NumberField


def _column_kind(raw: object) -> str | None:
    if isinstance(raw, str):
        return "field"
    if isinstance(raw, ConfigModel):
        return next((kind for kind in _COLUMN_KINDS if hasattr(raw, kind)), None)
    if not isinstance(raw, Mapping):
        return None
    found = [kind for kind in _COLUMN_KINDS if kind in raw]
    return found[0] if len(found) == 1 else None


Column = Annotated[
    Annotated[FieldColumn, Tag("field")]
    | Annotated[PeriodColumn, Tag("period")]
    | Annotated[ConstantColumn, Tag("constant")]
    | Annotated[SumColumn, Tag("sum")],
    Discriminator(
        _column_kind,
        custom_error_type="mlc_column",
        custom_error_message="is not a column",
    ),
]
"""What a column of the Anaplan file takes."""


def _parameter_kind(raw: object) -> str | None:
    kind = "constant" if isinstance(raw, str) else _column_kind(raw)
    return kind if kind in ("period", "constant") else None


Parameter = Annotated[
    Annotated[PeriodColumn, Tag("period")] | Annotated[ConstantColumn, Tag("constant")],
    Discriminator(
        _parameter_kind, custom_error_type="mlc_parameter", custom_error_message="is not a text or {period: FORMAT}"
    ),
]
"""The answer to what an import asks for at run time."""


def _as_text(value: object) -> object:
    """Values are compared as text, also when YAML made something else of them; nothing and blanks are empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    return str(value) if isinstance(value, int | float) else value


def _some(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        raise refused("is empty", "Write at least one value.")
    return values


Text = Annotated[str, BeforeValidator(_as_text)]
Texts = Annotated[tuple[Text, ...], AfterValidator(_some)]


class Condition(ConfigModel):
    """What the text of a field must be for its row to be sent: exactly one of the four. An empty field is ''.

    So is nothing: `equals:` alone and `equals: null` are `equals: ''`.
    """

    in_: Texts | None = Field(default=None, alias="in")
    not_in: Texts | None = None
    equals: Text | None = None
    not_equals: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _nothing(cls, raw: Any) -> Any:
        empty = {"equals": "", "not_equals": "", "in": (), "not_in": ()}
        if not isinstance(raw, Mapping):
            return raw
        return {key: empty.get(key) if value is None else value for key, value in cast("Raw", raw).items()}

    @classmethod
    def relations(cls, raw: Raw) -> Iterator[tuple[tuple[str, ...], PydanticCustomError]]:
        """Exactly one comparison; an unknown one is a fault of its own."""
        given = [each for each in _OPERATORS if each in raw]
        if len(given) > 1 or not raw:
            found = f"has {' and '.join(given)}" if given else "has no comparison"
            yield (), refused(found, "Write exactly one of in, not_in, equals, not_equals.")

    @property
    def negated(self) -> bool:
        """Whether rows with one of the values are left out, and not taken."""
        return self.not_in is not None or self.not_equals is not None

    @property
    def values(self) -> tuple[str, ...]:
        """The values that the field's text is compared with."""
        single = self.equals if self.equals is not None else self.not_equals
        return (single,) if single is not None else (self.in_ or self.not_in or ())


class ClearingAction(ConfigModel):
    """An Anaplan action that clears what is no longer delivered, by its exact name."""

    action: Name


def _absent_kind(raw: object) -> str | None:
    if isinstance(raw, Mapping | ClearingAction):
        return "action"
    return "word" if raw in ("zero", "keep") else None


Absent = Annotated[
    Annotated[Literal["zero", "keep"], Tag("word")] | Annotated[ClearingAction, Tag("action")],
    Discriminator(_absent_kind, custom_error_type="mlc_absent", custom_error_message="is not zero, keep or an action"),
]
"""What happens to coordinates that an earlier delivery filled and this one does not."""


class Load(ConfigModel):
    """One load of an entity into the model; exactly one of `import`, `process`, `list`, `module`.

    Attributes:
        import_: an import action (`import:` in the file).
        process: a process.
        list: a list, written by the transactional API.
        module: a module, written by the transactional API.
        columns: header of the Anaplan file -> what it takes, in file order.
        where: field -> condition; rows that fail one are left out. None by default.
        members: column -> Anaplan list that must hold its values. None by default.
        parameters: what the import or process asks for at run time (a version, a list) -> the member to use: a text, or
            the fiscal period as in `columns`. None by default.
        on_unmapped: rows with a code that has no map entry or list member: `fail` the load (default), or put them
            into `quarantine` and send the others.
        on_rejected: rows that Anaplan did not take: `fail` (default) or `warn`.
        on_unencodable: texts with a letter that the encoding of the import's file lacks: `fail` (default), so that
            nothing is sent, or `replace` the letter by a question mark.
        absent: coordinates that an earlier delivery of the period filled and this one does not: send them as `zero`
            (default when the load has a sum column), `keep` them (default else), or run a clearing action.
        remove_missing: delete members of a `list:` that an earlier delivery of the load held and that are gone from
            the ERP, by their codes; False by default.
    """

    import_: Name | None = Field(default=None, alias="import")
    process: Name | None = None
    list: Name | None = None
    module: Name | None = None
    columns: Annotated[dict[Name, Column], Field(min_length=1)]
    where: dict[EntityField, Condition] = Field(default_factory=dict)
    members: dict[Name, Name] = Field(default_factory=dict)
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    on_unmapped: Literal["quarantine", "fail"] = "fail"
    on_rejected: Literal["fail", "warn"] = "fail"
    on_unencodable: Literal["fail", "replace"] = "fail"
    absent: Absent = "keep"
    remove_missing: bool = False

    @model_validator(mode="before")
    @classmethod
    def _absent_by_columns(cls, raw: Any) -> Any:
        if isinstance(raw, Mapping) and "absent" not in raw and _sum_columns(cast("Raw", raw)):
            return {**cast("Raw", raw), "absent": "zero"}
        return raw

    @classmethod
    def relations(cls, raw: Raw) -> Iterator[tuple[tuple[str, ...], PydanticCustomError]]:
        """One action, and no reference to a column that isn't there."""
        kinds = [kind for kind in _KINDS if raw.get(kind) is not None]
        if len(kinds) != 1:
            found = f"has {' and '.join(kinds)}" if kinds else "names no action"
            yield (), refused(found, "Write exactly one of import, process, list, module, with an exact name.")
        sums = _sum_columns(raw)
        columns = _mapping(raw, "columns")
        if sums and len(columns) == len(sums):
            yield ("columns", sums[0]), refused("has no column to group by", "Add the columns of its coordinates.")
        if raw.get("absent") == "zero" and not sums:
            yield ("absent",), refused("needs a sum column to set to zero", "Write keep or {action: NAME}.")
        if raw.get("parameters") and not (raw.get("import") or raw.get("process")):
            yield ("parameters",), refused("answers an import or a process", "Name one, or take parameters out.")
        if raw.get("remove_missing"):
            yield from _removal_faults(raw)
        for column in _mapping(raw, "members"):
            if column not in columns:
                yield (
                    ("members", column),
                    refused(
                        f"checks column {column!r}, which the load doesn't have", f"Its columns: {', '.join(columns)}."
                    ),
                )

    @property
    def action_kind(self) -> ActionKind:
        """Which of the four ways the load goes."""
        return next(kind for kind in _KINDS if self._named(kind))

    @property
    def action_name(self) -> str:
        """Exact name of the action, list or module."""
        return self._named(self.action_kind) or ""

    @property
    def sums(self) -> dict[str, str]:
        """Headers of the columns that take a sum, each with the field that is summed; each is tied out."""
        return {header: column.sum for header, column in self.columns.items() if isinstance(column, SumColumn)}

    def _named(self, kind: ActionKind) -> str | None:
        return self.import_ if kind == "import" else cast("str | None", getattr(self, kind))


def _removal_faults(raw: Raw) -> Iterator[tuple[tuple[str, ...], PydanticCustomError]]:
    place = ("remove_missing",)
    if raw.get("list") is None:
        yield (
            place,
            refused("is for a list that is written directly", "Name it with list:, or take remove_missing out."),
        )
    elif not any(column.casefold() == "code" for column in _mapping(raw, "columns")):
        yield place, refused("needs a column named Code", "Add it: members are deleted by their codes.")
    if raw.get("on_unmapped") == "quarantine":
        yield (
            place,
            refused(
                "would delete members whose rows are in quarantine",
                "Write on_unmapped: fail, or take remove_missing out.",
            ),
        )


def _mapping(raw: Raw, key: str) -> Raw:
    value = raw.get(key)
    return cast("Raw", value) if isinstance(value, Mapping) else {}


def _sum_columns(raw: Raw) -> list[str]:
    columns = _mapping(raw, "columns")
    return [header for header, column in columns.items() if _column_kind(column) == "sum"]
