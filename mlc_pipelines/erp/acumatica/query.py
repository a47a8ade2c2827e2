"""What a list is asked for, and what becomes of its rows (contract acumatica.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import pyarrow as pa

from mlc_pipelines.erp.acumatica.connection import AcumaticaConnection
from mlc_pipelines.erp.acumatica.declaration import CUSTOM_FIELDS, AcumaticaEntity
from mlc_pipelines.erp.acumatica.figures import between, completed, of_branch
from mlc_pipelines.erp.acumatica.periods import quoted
from mlc_pipelines.erp.arrow_json import Page, PageParser, paths
from mlc_pipelines.erp.base import FiscalWindow

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Query:
    """The records of an entity that meet some conditions.

    Attributes:
        entity: what is listed.
        subject: for messages, such as `bills of FY2026-P05`.
        conditions: `$filter`, all of which hold.
        fields: of the entity, those that are read.
        custom: place of each custom field, such as `Document.UsrRegion`.
        days: first and last day of the records, where they have no period.
        branch: the only branch that is read.
    """

    entity: AcumaticaEntity
    subject: str
    conditions: tuple[str, ...]
    fields: tuple[str, ...]
    custom: Mapping[str, str]
    days: tuple[date, date] | None
    branch: str | None

    @property
    def keys_only(self) -> Query:
        """The same records with no more than tells which they are, when they changed, and what they add up to."""
        entity = self.entity
        named = {*entity.document, entity.modified, entity.control_by, entity.dated_by}
        named |= {entity.amount, entity.debit, entity.credit, entity.turn and entity.turn.by}
        if self.branch:
            named.add("branch")
        fields = tuple(field.name for field in entity.fields if field.name in named)
        return replace(self, fields=fields, custom={})

    def only(self, keys: Iterable[Sequence[str]]) -> Query:
        """Those of these documents that meet the conditions."""
        wires = [self.entity.wire(name) for name in self.entity.document]
        each = [
            "(" + " and ".join(f"{wire} eq {quoted(part)}" for wire, part in zip(wires, key, strict=True)) + ")"
            for key in keys
        ]
        return replace(self, conditions=(*self.conditions, f"({' or '.join(each)})"))

    @cached_property
    def schema(self) -> pa.Schema:
        """Of the rows."""
        return pa.schema([field for field in self.entity.schema if field.name in self.fields])

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Of the request, besides those of the page: nothing is given that isn't asked for."""
        selected = dict.fromkeys(self.entity.wire(name) for name in self.fields if self.entity.field(name).source)
        asked = {"$select": ",".join(selected)}
        if self.entity.lines:
            asked["$expand"] = self.entity.lines
        if self.conditions:
            asked["$filter"] = " and ".join(self.conditions)
        if self.custom:
            asked["$custom"] = ",".join(place.removeprefix("Details/") for place in self.custom.values())
        return asked

    def parse(self, body: bytes) -> Page:
        """The rows of a page: those wanted, with what is worked out.

        Raises:
            ValueError, DataError: as `PageParser.parse`.
        """
        page = self._parser.parse(body)
        rows = completed(page.rows, self.entity)
        if self.branch and "branch" in self.fields:
            rows = of_branch(rows, self.branch)
        if self.days:
            rows = between(rows, self.entity.dated_by, *self.days)
        return replace(page, rows=rows)

    @cached_property
    def _parser(self) -> PageParser:
        found = paths(self.entity, self.fields)
        for name, place in self.custom.items():
            lines, _, field = place.rpartition("/")
            found[name] = (*filter(None, [lines]), "custom", *field.split("."), "value")
        return PageParser(self.schema, found, records=None, lines=self.entity.lines, padded=True)


def query(
    entity: AcumaticaEntity,
    connection: AcumaticaConnection,
    subject: str,
    *conditions: str,
    window: FiscalWindow | None,
) -> Query:
    """All fields of the records that meet the conditions and are the connection's.

    Args:
        entity: what is listed.
        connection: ledger, branch and custom fields.
        subject: for messages.
        conditions: of `$filter`, besides those that always hold.
        window: the days, of a fact that is placed by its date.
    """
    always = [entity.condition] if entity.condition else []
    if entity.placed_by == "posting period" and "ledger" in entity.schema.names:
        always.append(f"{entity.wire('ledger')} eq {quoted(connection.ledger)}")
    custom = connection.custom_fields.get(entity.name, {})
    return Query(
        entity,
        subject,
        (*always, *conditions),
        tuple(entity.schema.names),
        {name: custom[name] for name in CUSTOM_FIELDS if name in custom},
        (window.start, window.end) if window else None,
        connection.branch if entity.kind == "fact" and "branch" in entity.schema.names else None,
    )


def posted_to(entity: AcumaticaEntity, period: str) -> str:
    """Condition: it posts to that period."""
    return f"{entity.wire('period_id')} eq {quoted(period)}"


def dated_in(entity: AcumaticaEntity, window: FiscalWindow) -> tuple[str, str]:
    """Conditions: dated in the window, and a day to either side, for the offset of the server's days is not known."""
    wire = entity.wire(entity.dated_by)
    first, last = (
        datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (window.start - _DAY, window.end + _DAY)
    )
    return f"{wire} ge {_moment(first)}", f"{wire} le {_moment(last)}"


def changed_between(entity: AcumaticaEntity, after: datetime, until: datetime) -> tuple[str, str]:
    """Conditions: last changed after a moment and not after another."""
    wire = entity.wire(entity.watermark or "")
    return f"{wire} gt {_moment(after)}", f"{wire} le {_moment(until)}"


def _moment(moment: datetime) -> str:
    return f"datetimeoffset'{moment.astimezone(UTC).isoformat(timespec='milliseconds')}'"
