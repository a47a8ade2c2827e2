"""What a list is asked for, and what becomes of its rows (docs/vendors/acumatica.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa

from mlc_pipelines.erp.acumatica.connection import AcumaticaConnection
from mlc_pipelines.erp.acumatica.derived import (
    between,
    check_base,
    check_period,
    completed,
    counting,
    of_branch,
    stamps,
    with_bare,
)
from mlc_pipelines.erp.acumatica.fields import AcumaticaEntity
from mlc_pipelines.erp.acumatica.periods import quoted
from mlc_pipelines.erp.arrow_json import PageParser, paths
from mlc_pipelines.fiscal import Period

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Page:
    """One answer.

    Attributes:
        rows: those that are wanted.
        records: how many there are, wanted or not.
        stamps: the documents among them, wanted or not, and when each was last changed.
    """

    rows: pa.RecordBatch
    records: int
    stamps: Mapping[tuple[Any, ...], datetime | None]


@dataclass(frozen=True)
class Query:
    """The records of an entity that meet some conditions.

    Attributes:
        entity: what is listed.
        subject: for messages, such as `bills of FY2026-P05`.
        conditions: `$filter`, all of which hold.
        fields: of the entity, those that are read.
        custom: place of each field outside the endpoint, such as `Document.UsrRegion`.
        period: that they post to, where it was asked for.
        days: first and last day of the records, where they have no period.
        branch: the only branch that is read.
    """

    entity: AcumaticaEntity
    subject: str
    conditions: tuple[str, ...]
    fields: tuple[str, ...]
    custom: Mapping[str, str]
    period: str | None
    days: tuple[date, date] | None
    branch: str | None

    @property
    def keys_only(self) -> Query:
        """The same records with no more than tells which they are, when they changed, and what they add up to."""
        entity = self.entity
        named = {*entity.document, entity.modified, entity.control_by, entity.dated_by}
        named |= {entity.amount, entity.debit, entity.credit, entity.treated_by}
        if self.branch:
            named |= {"branch", "document_branch"}
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
            CutOff, DataError: as `PageParser.parse`.
        """
        page = self._parser.parse(body)
        rows = completed(page.rows, self.entity)
        rated = self.entity.wire("exchange_rate") if "exchange_rate" in self.fields else ""
        if place := self.custom.get("base_amount", rated):
            check_base(counting(rows, self.entity), self.entity.document, place)
        if self.period and "period_id" in self.fields:
            check_period(rows, self.period)
        found = stamps(rows, self.entity)
        if self.entity.keeps_bare and len(found) < page.records:
            rows = with_bare(rows, completed(self._headers.parse(body).rows, self.entity), self.entity.document)
            found = stamps(rows, self.entity)
        if self.branch and "branch" in self.fields:
            rows = of_branch(rows, self.branch)
        if self.days:
            rows = between(rows, self.entity.dated_by, *self.days)
        rows = counting(rows, self.entity)
        return Page(rows, page.records, found)

    @cached_property
    def _parser(self) -> PageParser:
        return self._parser_of(self._paths, self.entity.lines)

    @cached_property
    def _headers(self) -> PageParser:
        """Of records, whether or not they have lines."""
        found = {name: path for name, path in self._paths.items() if path[0] != self.entity.lines}
        return self._parser_of(found, None)

    def _parser_of(self, leads: Mapping[str, tuple[str, ...]], lines: str | None) -> PageParser:
        entity = self.entity
        key = {*entity.key, *entity.document}
        return PageParser(self.schema, leads, subject=entity.name, key=key, records=None, lines=lines, padded=True)

    @cached_property
    def _paths(self) -> Mapping[str, tuple[str, ...]]:
        found = paths(self.entity, self.fields)
        for name, place in self.custom.items():
            lines, _, field = place.rpartition("/")
            found[name] = (*filter(None, [lines]), "custom", *field.split("."), "value")
        return found


def query(
    entity: AcumaticaEntity,
    connection: AcumaticaConnection,
    subject: str,
    *conditions: str,
    period: str | None = None,
    window: Period | None = None,
) -> Query:
    """All fields of the records that meet the conditions and are the connection's.

    Args:
        entity: what is listed.
        connection: ledger, branch and custom fields.
        subject: for messages.
        conditions: of `$filter`, besides those that always hold.
        period: MMYYYY, of a fact that is placed by its period.
        window: the days, of a fact that is placed by its date.
    """
    always: list[str] = []
    if entity.placed_by == "posting period" and "ledger" in entity.schema.names:
        always.append(f"{entity.wire('ledger')} eq {quoted(connection.ledger)}")
    if period:
        always.append(f"{entity.wire('period_id')} eq {quoted(period)}")
    if window:
        always += _dated_in(entity, window)
    return Query(
        entity,
        subject,
        (*always, *conditions),
        tuple(entity.schema.names),
        connection.places(entity.name),
        period,
        (window.start, window.end) if window else None,
        connection.branch if entity.kind == "fact" and "branch" in entity.schema.names else None,
    )


def _dated_in(entity: AcumaticaEntity, window: Period) -> tuple[str, str]:
    """Conditions: dated in the window, with room for offsets and times that the server's days may have."""
    wire = entity.wire(entity.dated_by)
    first, last = (
        datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (window.start - _DAY, window.end + 2 * _DAY)
    )
    return f"{wire} ge {_moment(first)}", f"{wire} le {_moment(last)}"


def changed_between(entity: AcumaticaEntity, after: datetime, until: datetime) -> tuple[str, str]:
    """Conditions: last changed after a moment and not after another."""
    wire = entity.wire(entity.watermark or "")
    return f"{wire} gt {_moment(after)}", f"{wire} le {_moment(until)}"


def _moment(moment: datetime) -> str:
    return f"datetimeoffset'{moment.astimezone(UTC).isoformat(timespec='milliseconds')}'"
