"""What the configuration may refer to: the ERP's entities and fields, code maps, labels that tell periods apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast, runtime_checkable

from pydantic import AfterValidator, BaseModel, ValidationInfo

from mlc_pipelines.config.base import Name, refused
from mlc_pipelines.fiscal import FiscalCalendar, label_problem

if TYPE_CHECKING:
    import pyarrow as pa


class FieldDeclaration(Protocol):
    """A column of an entity."""

    @property
    def name(self) -> str:
        """As written in `columns` and `where`."""
        ...

    @property
    def type(self) -> pa.DataType:
        """Arrow type of the landed column."""
        ...


class EntityDeclaration(Protocol):
    """An entity of an ERP's catalogue."""

    @property
    def name(self) -> str:
        """As written in `loads`."""
        ...

    @property
    def fields(self) -> Sequence[FieldDeclaration]:
        """The columns."""
        ...

    @property
    def amount(self) -> str | None:
        """Name of the field that is tied out, if there is one."""
        ...

    @property
    def currency(self) -> str | None:
        """Name of the field with the currency of `amount`, where that is not one for all records."""
        ...


class ErpDeclaration(Protocol):
    """What the configuration needs to know of an ERP; `erp.base.Erp` satisfies it."""

    @property
    def kind(self) -> str:
        """As written in `erp.kind`."""
        ...

    @property
    def connection(self) -> type[BaseModel]:
        """Model of the keys under `erp:` besides `kind`."""
        ...

    @property
    def entities(self) -> Mapping[str, EntityDeclaration]:
        """The catalogue, by name."""
        ...

    @property
    def takes_journals(self) -> bool:
        """Whether an approved plan can be posted to it."""
        ...


@runtime_checkable
class Sparing(Protocol):
    """A connection that fills some fields only where its keys say from what."""

    def empty(self, entity: str) -> Mapping[str, str]:
        """Fields of an entity that nothing fills, and the key that would."""
        ...


@dataclass(frozen=True)
class References:
    """What the keys of a section may refer to; it goes into validation as its context.

    Attributes:
        fields: fields of the load's entity by name; None when the entity is not known, and nothing can be said.
        entity: name of that entity.
        empty: those of the fields that stay empty in this tenant, and the key that would fill them.
        maps: names of the code maps, whether well or faulty.
        calendar: the tenant's calendar; None when it is not known.
    """

    fields: Mapping[str, FieldDeclaration] | None = None
    entity: str = ""
    empty: Mapping[str, str] = field(default_factory=dict[str, str])
    maps: Collection[str] = field(default_factory=frozenset[str])
    calendar: FiscalCalendar | None = None


def suggestion(wrong: str, known: Iterable[str], *, what: str) -> str:
    """A remedy that offers near names, or the known ones when none is near and they are few."""
    names = sorted(known)
    lowered = {name.lower(): name for name in names}
    near = [lowered[each] for each in get_close_matches(wrong.lower(), lowered, n=3, cutoff=0.6)]
    if near:
        return f"Did you mean {' or '.join(near)}?"
    if not names:
        return f"There is no {what} yet."
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"Known: {shown}."


def field_named(name: str, info: ValidationInfo) -> FieldDeclaration | None:
    """The entity's field of that name; None when the entity is not known.

    Raises:
        PydanticCustomError: the entity has no such field.
    """
    references = cast("References | None", info.context)
    if references is None or references.fields is None:
        return None
    if name not in references.fields:
        raise refused(
            f"is not a field of {references.entity}",
            suggestion(name, references.fields, what="field") + " `mlc entities` lists them all.",
        )
    if name in references.empty:
        raise refused(f"is empty in this tenant: there is no {references.empty[name]}", "Write that, or leave it out.")
    return references.fields[name]


def _entity_field(name: str, info: ValidationInfo) -> str:
    field_named(name, info)
    return name


def _number_field(name: str, info: ValidationInfo) -> str:
    declared = field_named(name, info)
    references = cast("References | None", info.context)
    if declared is None or references is None or _is_number(declared):
        return name
    numbers = [each.name for each in (references.fields or {}).values() if _is_number(each)]
    raise refused(
        f"holds {declared.type}, and only amounts and quantities can be summed",
        f"Take one of: {', '.join(numbers)}." if numbers else f"{references.entity} has no such field.",
    )


def _is_number(declared: FieldDeclaration) -> bool:
    # Imported here: 0.2 s that commands without an ERP's catalogue don't need.
    import pyarrow as pa

    types: Any = pa.types
    return bool(types.is_decimal(declared.type) or types.is_integer(declared.type))


def _map_name(name: str, info: ValidationInfo) -> str:
    references = cast("References | None", info.context)
    if references is not None and name not in references.maps:
        raise refused(
            f"names no file maps/{name}.csv",
            suggestion(name, references.maps, what="map") + " A map has the header erp,anaplan.",
        )
    return name


def _period_label(template: str, info: ValidationInfo) -> str:
    problem = label_problem(template)
    if problem:
        raise refused(problem, "Write it like %b %y (May 26), or Period %P FY%f (Period 05 FY26).")
    references = cast("References | None", info.context)
    calendar = references.calendar if references else None
    shared = calendar.shared_label(template) if calendar else None
    if calendar and shared:
        before, after = shared
        raise refused(
            f"gives {before.key} and {after.key} of calendar {calendar.name} the same label {after.label(template)!r}",
            "Use %P (period number) and %f or %F (fiscal year), such as Period %P FY%f.",
        )
    return template


EntityField = Annotated[Name, AfterValidator(_entity_field)]
"""Name of a field of the load's entity."""

NumberField = Annotated[Name, AfterValidator(_number_field)]
"""Name of a field of the load's entity that can be summed exactly."""

MapName = Annotated[Name, AfterValidator(_map_name)]
"""Name of a code map: `maps/<name>.csv`."""

PeriodLabel = Annotated[Name, AfterValidator(_period_label)]
"""How the model calls a period, as in `Period.label`; it tells all periods of the calendar apart."""
