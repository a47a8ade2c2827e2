"""One tenant's file: its sections against the models, the ERP's catalogue, the maps and the calendars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from mlc_pipelines.config.base import Raw
from mlc_pipelines.config.loads import FieldColumn, Load, SumColumn
from mlc_pipelines.config.maps import CodeMap
from mlc_pipelines.config.references import EntityDeclaration, ErpDeclaration, References, Sparing, suggestion
from mlc_pipelines.config.starter import blanks
from mlc_pipelines.config.tenant import Tenant, TenantFile
from mlc_pipelines.config.validation_messages import dotted, faults_of
from mlc_pipelines.errors import Fault
from mlc_pipelines.fiscal import FiscalCalendar

Model = TypeVar("Model", bound=BaseModel)


@dataclass
class TenantReader:
    """Checks one file; goes on after a fault, to find the others.

    Attributes:
        file: relative to the configuration's home.
        raw: what the file says.
        erps: the ERPs by kind.
        maps: code maps by name.
        calendars: by name; None for one that has faults of its own.
        faults: what was found.
    """

    file: str
    raw: Raw
    erps: Mapping[str, ErpDeclaration]
    maps: Mapping[str, CodeMap]
    calendars: Mapping[str, FiscalCalendar | None]
    faults: list[Fault] = field(default_factory=list[Fault])

    def tenant(self) -> Tenant | None:
        """The tenant, or None when the file has faults."""
        tenant = self._checked()
        blank = {dotted(place): shown for place, shown in blanks(self.raw)}
        # What is not filled in is one fault, whatever else would be said of it.
        self.faults = [fault for fault in self.faults if fault.key not in blank]
        for key, shown in blank.items():
            self._fault(key, shown, "is not filled in", "Write your own in its place; the comment beside it says what.")
        return None if self.faults else tenant

    def _checked(self) -> Tenant | None:
        erp = self._erp()
        connection = self._connection(erp)
        self._calendar()
        sections = self._validated(TenantFile, self.raw, self._references(), ())
        loads = self._loads(erp, connection)
        self._plan(erp)
        self._schedule(loads)
        if self.faults or sections is None or erp is None or connection is None:
            return None
        return Tenant(
            tenant=sections.tenant,
            erp_kind=erp.kind,
            connection=connection,
            calendar=sections.calendar,
            anaplan=sections.anaplan,
            loads=loads,
            plan=sections.plan,
            schedule=sections.schedule,
        )

    def _erp(self) -> ErpDeclaration | None:
        """The ERP by its kind; that `erp` is there and a mapping is checked with the file as a whole."""
        section = self.raw.get("erp")
        if not isinstance(section, Mapping):
            return None
        kind = cast("Raw", section).get("kind")
        if isinstance(kind, str) and kind in self.erps:
            return self.erps[kind]
        if kind is None:
            self._fault("erp.kind", "", "is missing", f"Write one of {', '.join(sorted(self.erps))}.")
        else:
            self._fault("erp.kind", _text(kind), "is no ERP", suggestion(str(kind), self.erps, what="ERP"))
        return None

    def _connection(self, erp: ErpDeclaration | None) -> BaseModel | None:
        if erp is None:
            return None
        keys = {key: value for key, value in cast("Raw", self.raw["erp"]).items() if key != "kind"}
        return self._validated(erp.connection, keys, self._references(), ("erp",))

    def _calendar(self) -> None:
        name = self.raw.get("calendar")
        if isinstance(name, str) and name and name not in self.calendars:
            remedy = suggestion(name, self.calendars, what="calendar")
            self._fault("calendar", name, f"names no file calendars/{name}.yaml", remedy)

    def _loads(self, erp: ErpDeclaration | None, connection: BaseModel | None) -> dict[str, tuple[Load, ...]]:
        section = self.raw.get("loads")
        loads: dict[str, tuple[Load, ...]] = {}
        for entity, raw in cast("Raw", section).items() if isinstance(section, Mapping) else ():
            if erp is not None and entity not in erp.entities:
                near = suggestion(entity, erp.entities, what="entity")
                self._fault(f"loads.{entity}", "", f"is not an entity of {erp.kind}", near)
            listed = cast("list[Any]", raw) if isinstance(raw, list) else [raw]
            if not listed:
                self._fault(f"loads.{entity}", "", "has no load", "Write one, or remove the entity.")
            known = self._fields(erp, connection, entity)
            places = [("loads", entity, *([index] if isinstance(raw, list) else [])) for index in range(len(listed))]
            checked = [self._validated(Load, each, known, place) for each, place in zip(listed, places, strict=True)]
            loads[entity] = tuple(load for load in checked if load is not None)
            self._check_actions(entity, checked)
            declared = erp.entities.get(entity) if erp else None
            if declared and declared.currency:
                self._check_currencies(declared, checked, declared.currency)
        return loads

    def _check_currencies(self, entity: EntityDeclaration, loads: Sequence[Load | None], currency: str) -> None:
        """Amounts of several currencies are not added up."""
        for index, load in enumerate(loads):
            if load is None:
                continue
            for header, column in load.columns.items():
                if isinstance(column, SumColumn) and column.sum == entity.amount and not _by_currency(load, currency):
                    self._fault(
                        f"loads.{entity.name}[{index}].columns.{header}",
                        column.sum,
                        "is in the currency of each record, so that it can't be added up",
                        f"Add a column that takes {currency}, or `where: {{{currency}: {{equals: EUR}}}}`.",
                    )

    def _check_actions(self, entity: str, loads: Sequence[Load | None]) -> None:
        """Loads of one entity follow each other by their action: what the newest lacks is set to zero."""
        seen: set[tuple[str, ...]] = set()
        for index, load in enumerate(loads):
            if load is None:
                continue
            answers = sorted(f"{asked}: {answer!r}" for asked, answer in load.parameters.items())
            action = (load.action_kind, load.action_name, *answers)
            if action in seen:
                problem = "is the action of another load of this entity, and each would zero what the other sent"
                remedy = "Put both into one load, or have a model builder make another import."
                self._fault(f"loads.{entity}[{index}].{load.action_kind}", load.action_name, problem, remedy)
            seen.add(action)

    def _fields(self, erp: ErpDeclaration | None, connection: BaseModel | None, entity: str) -> References:
        declared = erp.entities.get(entity) if erp else None
        fields = {each.name: each for each in declared.fields} if declared else None
        empty = connection.empty(entity) if isinstance(connection, Sparing) else {}
        return self._references(fields=fields, entity=entity, empty=empty)

    def _plan(self, erp: ErpDeclaration | None) -> None:
        plan = self.raw.get("plan")
        if not isinstance(plan, Mapping):
            return
        if erp is not None and not erp.takes_journals:
            self._fault("plan", "", f"can't be: {erp.kind} takes no journal entries", "Remove the section.")
        maps = cast("Raw", plan).get("maps")
        for dimension, name in cast("Raw", maps).items() if isinstance(maps, Mapping) else ():
            code_map = self.maps.get(str(name))
            if code_map is not None and code_map.ambiguous:
                several = ", ".join(code_map.ambiguous[:5])
                problem = f"can't be used backwards: several ERP codes lead to {several}"
                self._fault(f"plan.maps.{dimension}", _text(name), problem, "Make a map of its own for the plan.")

    def _schedule(self, loads: Mapping[str, tuple[Load, ...]]) -> None:
        section = self.raw.get("schedule")
        entities = cast("Raw", section).get("entities") if isinstance(section, Mapping) else None
        for entity in cast("Raw", entities) if isinstance(entities, Mapping) else ():
            if entity not in loads:
                near = suggestion(str(entity), loads, what="entity with a load")
                self._fault(f"schedule.entities.{entity}", "", "has no load, so that it is never asked for", near)

    def _references(self, **more: Any) -> References:
        calendar = self.raw.get("calendar")
        known = self.calendars.get(calendar) if isinstance(calendar, str) else None
        return References(maps=self.maps.keys(), calendar=known, **more)

    def _validated(
        self, model: type[Model], raw: object, references: References | None, place: tuple[str | int, ...]
    ) -> Model | None:
        try:
            return model.model_validate(raw, context=references)
        except ValidationError as error:
            self.faults += faults_of(error, file=self.file, raw=raw, model=model, prefix=place)
            return None

    def _fault(self, key: str, value: str, problem: str, remedy: str) -> None:
        self.faults.append(Fault(self.file, key, value, problem, remedy))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _by_currency(load: Load, currency: str) -> bool:
    """Whether no two currencies come together in one figure of the model."""
    condition = load.where.get(currency)
    only_one = condition is not None and not condition.negated and len(condition.values) == 1
    return only_one or any(
        isinstance(column, FieldColumn) and column.field == currency for column in load.columns.values()
    )
