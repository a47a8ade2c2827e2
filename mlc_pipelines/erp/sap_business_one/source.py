"""SAP Business One as a source: entities, control totals, changes and live checks of one company."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.base import ControlTotal, ErpPeriod, ReadProgress, SourceContext
from mlc_pipelines.erp.lazy import Lazy
from mlc_pipelines.erp.sap_business_one.abilities import Abilities, find_abilities
from mlc_pipelines.erp.sap_business_one.auth import Login
from mlc_pipelines.erp.sap_business_one.client import ServiceLayer
from mlc_pipelines.erp.sap_business_one.connection import ServiceLayerConnection
from mlc_pipelines.erp.sap_business_one.entities import ENTITIES
from mlc_pipelines.erp.sap_business_one.fields import ServiceLayerEntity
from mlc_pipelines.erp.sap_business_one.parsing import RecordParser
from mlc_pipelines.erp.sap_business_one.periods import Placement, find_periods, place
from mlc_pipelines.erp.sap_business_one.queries import numbered, overlapped, placed_in, stamped, uncancelled
from mlc_pipelines.erp.sap_business_one.reading import Query, Reader
from mlc_pipelines.erp.sap_business_one.totals import document_totals, find_sql, ledger_totals
from mlc_pipelines.errors import BadRequest, Forbidden, IncompleteRead, NotFound, PermanentError
from mlc_pipelines.findings import Finding
from mlc_pipelines.fiscal import Period

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

_FLAT_TO_ONE = 10
"""Records without lines on a page for each journal entry that would be: they are as much smaller."""


class ServiceLayerSource:
    """An open connection to one company. Safe to use from several threads.

    Args:
        connection: the tenant's `erp:` keys.
        context: secrets, shared session and budgets, clock.
    """

    def __init__(self, connection: ServiceLayerConnection, context: SourceContext) -> None:
        self._connection = connection
        self._context = context
        self._login = Login(connection, context)
        self._service = ServiceLayer(connection, context, self._login)
        in_flight = connection.max_concurrent_requests
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="service-layer")
        self._reader = Reader(self._service, self._pool, in_flight)
        self._abilities = {
            entity.name: Lazy(partial(find_abilities, self._service, entity)) for entity in ENTITIES.values()
        }
        self._sql = Lazy(lambda: find_sql(self._service))
        self._periods = Lazy(lambda: find_periods(self._service))

    def read(self, entity: ServiceLayerEntity, window: Period) -> Iterator[pa.RecordBatch]:
        """The whole dimension, or the fact's records dated in the window, in the order of the key.

        Journal entries carry no period, only a posting date. Where SQL queries may read the ledger, those of adjustment
        periods are told apart; elsewhere all belong to the period of their date, and an adjustment period has none
        (docs/vendors/sap_business_one.md, section 5).

        Raises:
            IncompleteRead: the records read differ from what the Service Layer counts.
            ConfigurationError: the company has no such posting period.
            Forbidden, BadRequest, NotFound: the user may not read them, or the Service Layer has no such entity set.
        """
        placement = self._placement(entity, window)
        if placement is None and _has_none(entity, window):
            return
        subject = f"{entity.name} of {window.key}"
        for batch in self._rows(entity, _condition(entity, window), subject):
            if entity.period and not _within(window, batch.column(entity.period)):
                raise IncompleteRead(f"{subject}: the Service Layer gives records of other days than asked for.")
            yield placement.kept(batch) if placement else batch

    def control(self, entity: ServiceLayerEntity, window: Period) -> Sequence[ControlTotal]:
        """The Service Layer's own totals.

        Journal entries by account where SQL queries may read the ledger, else how many there are; documents by business
        partner where the Service Layer sums, else how many there are; of a dimension how many there are.
        """
        placement = self._placement(entity, window)
        if placement:
            return ledger_totals(self._service, window, placement.period)
        if _has_none(entity, window):
            return []
        with _named(entity):
            able = self._abilities[entity.name]()
            # What can't be summed, or is summed to nothing at all, is counted.
            if totals := self._sums(entity, window, able):
                return totals
            subject = f"Count of {entity.name} of {window.key}"
            count = self._reader.count(Query(entity, _condition(entity, window), subject, able.counts))
        return [ControlTotal(None, records=count) if entity.has_lines else ControlTotal(None, rows=count)]

    def changes(self, entity: ServiceLayerEntity, since: str) -> Iterator[pa.RecordBatch]:
        """Records with a change stamp, or a number, from the watermark on (less an overlap) to the newest there is.

        Of journal entries only new ones are found, reversals among them: the Service Layer tells of no changes of
        their texts, which only full reads find (docs/vendors/sap_business_one.md, section 5).

        Raises:
            ValueError: the entity has no watermark.
            IncompleteRead: as for `read`.
        """
        if not entity.watermark:
            raise ValueError(f"{entity.name} has no watermark")
        with _named(entity):
            condition = self._numbered(entity, since) if entity.has_lines else self._stamped(entity, since)
        if condition:
            yield from self._rows(entity, condition, f"Changes of {entity.name} since {since}")

    def periods(self) -> Sequence[ErpPeriod] | None:
        """The posting periods; None where SQL queries may not be run."""
        return self._periods().found

    def ping(self) -> Sequence[Finding]:
        """Login, entities and the ways to control totals, each tried live."""
        from mlc_pipelines.erp.sap_business_one.ping import ServiceLayerPing

        return ServiceLayerPing(
            self._connection, self._login, self._service, self._abilities, self._sql, pool=self._pool
        ).run()

    def close(self) -> None:
        """Close the connections. The session is left open for the other processes of the tenant: it ends by itself."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._service.close()
        self._login.close()

    def _placement(self, entity: ServiceLayerEntity, window: Period) -> Placement | None:
        """Which journal entries are the window's own; None where days alone decide, and for everything else."""
        if not entity.has_lines:
            return None
        periods = self._periods()
        if periods.found is None or not periods.with_entries:
            return None
        return place(self._service, window, periods.found)

    def _sums(self, entity: ServiceLayerEntity, window: Period, able: Abilities) -> list[ControlTotal]:
        if entity.has_lines and self._sql().refusal is None:
            return ledger_totals(self._service, window, None)
        if entity.sign:
            with suppress(PermanentError):
                return document_totals(self._service, entity, window, uncancelled(entity, able))
        return []

    def _rows(self, entity: ServiceLayerEntity, condition: str, subject: str) -> Iterator[pa.RecordBatch]:
        size = self._connection.page_size * (1 if entity.has_lines else _FLAT_TO_ONE)

        def tell(rows: int, records: int) -> None:
            self._context.progress(ReadProgress(entity.name, rows, None if entity.has_lines else records))

        with _named(entity):
            able = self._abilities[entity.name]()
            query, parser = Query(entity, condition, subject, able.counts), RecordParser(entity, able.absent)
            yield from self._reader.read(query, parser, size, tell)

    def _numbered(self, entity: ServiceLayerEntity, since: str) -> str:
        key = entity.record_key
        newest = self._service.first(entity.entity_set, {"$select": key, "$orderby": f"{key} desc"})
        return numbered(key, since, newest[key]) if newest else ""

    def _stamped(self, entity: ServiceLayerEntity, since: str) -> str:
        begin = overlapped(since)
        newest = self._service.first(
            entity.entity_set,
            {
                "$select": "UpdateDate,UpdateTime",
                "$filter": f"UpdateDate ge '{begin:%Y-%m-%d}'",
                "$orderby": "UpdateDate desc,UpdateTime desc",
            },
        )
        return stamped(begin, newest) if newest else ""


def _has_none(entity: ServiceLayerEntity, window: Period) -> bool:
    return entity.kind == "fact" and window.adjustment


def _condition(entity: ServiceLayerEntity, window: Period) -> str:
    return placed_in(entity, window) if entity.kind == "fact" else ""


def _within(window: Period, days: pa.Array) -> bool:
    inside = pc.and_(pc.greater_equal(days, window.start), pc.less_equal(days, window.end))
    return pc.all(inside).as_py() is not False


@contextmanager
def _named(entity: ServiceLayerEntity) -> Generator[None]:
    """Have refusals name the entity, and the authorization that it takes."""
    try:
        yield
    except (BadRequest, Forbidden, NotFound) as error:
        raise type(error)(
            f"{entity.name}: {error.message}",
            hint=f"The user needs the authorization {entity.authorization}; `mlc ping` tries all. {error.hint}".strip(),
            request_id=error.request_id,
        ) from None
