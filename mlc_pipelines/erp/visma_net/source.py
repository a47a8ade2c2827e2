"""Visma.net as a source: entities, change feeds, control totals and live checks of one company."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import pyarrow as pa

from mlc_pipelines.erp.base import ControlTotal, ErpPeriod, ReadProgress, SourceContext
from mlc_pipelines.erp.lazy import Lazy
from mlc_pipelines.erp.totals import totals_by
from mlc_pipelines.erp.visma_net.auth import TokenIssuer
from mlc_pipelines.erp.visma_net.client import open_client
from mlc_pipelines.erp.visma_net.connection import VismaConnection
from mlc_pipelines.erp.visma_net.dimensions import DIMENSIONS, FINANCIAL_PERIODS
from mlc_pipelines.erp.visma_net.fields import VismaEntity
from mlc_pipelines.erp.visma_net.filters import dated_in, of_ledger, of_period
from mlc_pipelines.erp.visma_net.ledgers import find_ledgers, ledger_of
from mlc_pipelines.erp.visma_net.lists import ListQuery, Lists
from mlc_pipelines.erp.visma_net.periods import period_of, periods_of
from mlc_pipelines.erp.visma_net.reading import Reader
from mlc_pipelines.erp.visma_net.segments import Segments
from mlc_pipelines.findings import Finding
from mlc_pipelines.fiscal import Period

Progress = Callable[[ReadProgress], None]

OVERLAP = timedelta(hours=2)
"""Taken off a watermark, for stamps that come late (docs/vendors/visma_net.md, section 5)."""


def _untold(_progress: ReadProgress) -> None:
    """Control figures and feeds are not what a user waits for."""


class VismaSource:
    """An open connection to one Visma.net company. Safe to use from several threads.

    Args:
        connection: the tenant's `erp:` keys.
        context: secrets, shared tokens and limits, clock.
    """

    def __init__(self, connection: VismaConnection, context: SourceContext) -> None:
        self._context = context
        self._connection = connection
        self._issuer = TokenIssuer(connection, context)
        self._http = open_client(connection, context, self._issuer)
        self._lists = Lists(self._http, context.clock)
        self._zone = ZoneInfo(connection.timezone)
        ahead = connection.max_concurrent_requests
        self._pool = ThreadPoolExecutor(ahead, thread_name_prefix="visma-net")
        self._reader = Reader(self._lists, self._pool, ahead, connection.page_size, self._zone)
        self._segments = Segments(self._lists, self._pool, ahead, self._zone)
        self._periods = Lazy(self._find_periods)
        self._ledgers = Lazy(lambda: find_ledgers(self._lists))

    def read(self, entity: VismaEntity, window: Period) -> Iterator[pa.RecordBatch]:
        """The whole dimension, or the fact's records of the period, in the order of the key.

        Purchase orders post nothing: those dated in the window are its records, and an adjustment period has none.

        Raises:
            IncompleteRead: the list moved each time that it was read.
            ConfigurationError: Visma.net has no such period or ledger.
        """
        if entity is DIMENSIONS:
            yield from self._segments.batches()
        else:
            yield from self._read(entity, window, self._context.progress)

    def control(self, entity: VismaEntity, window: Period) -> Sequence[ControlTotal]:
        """Visma.net's own figures.

        Of the ledger its balances by account, of invoices and orders what their heads say their lines come to by
        supplier, of balances what another read of them comes to, of dimensions a count.
        """
        if entity.control_by is None:
            return [ControlTotal(None, self._count(entity, None))]
        sides = {name: getattr(entity, name) for name in ("amount", "debit", "credit")}
        told = chain.from_iterable(self._read(each, window) for each in entity.totals or (entity,))
        return totals_by(told, entity.control_by, rows=None if entity.totals else "", **sides)

    def changes(self, entity: VismaEntity, since: str) -> Iterator[pa.RecordBatch]:
        """The records that changed at or after `since`, less two hours.

        There is no upper bound to give to Visma.net: a record that changes during the feed is read as it is then, and
        what it hides is found by the next feed's overlap.
        """
        if entity.feed is None:
            raise ValueError(f"{entity.name} has no change feed")
        begin = datetime.fromisoformat(since)
        begin = (begin if begin.tzinfo else begin.replace(tzinfo=UTC)) - OVERLAP
        filters = {"lastModifiedDateTime": filter_text(begin, self._zone)}
        if entity.feed == "condition":
            filters["lastModifiedDateTimeCondition"] = ">="
        yield from self._gathered(entity, filters, f"Changes of {entity.name}")

    def periods(self) -> Sequence[ErpPeriod]:
        """The financial periods; their ids are YYYYPP."""
        return self._periods()

    def ping(self) -> Sequence[Finding]:
        """Token, company, periods, ledger, each entity, clock and limit, each tried live."""
        from mlc_pipelines.erp.visma_net.ping import VismaPing

        return VismaPing(
            self._connection,
            self._http,
            self._context.clock,
            ledgers=self._ledgers,
            periods=self._periods,
            count=self._count,
            retiring=self._lists.retiring,
        ).run()

    def close(self) -> None:
        """Close the connections; Visma.net has no sessions to end."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._http.close()
        self._issuer.close()

    def _read(self, entity: VismaEntity, window: Period, progress: Progress = _untold) -> Iterator[pa.RecordBatch]:
        subject = f"{entity.name} of {window.key}"
        if entity.placed_by is None:
            yield from self._gathered(entity, {}, subject, progress)
        elif entity.placed_by != "orderDate":
            code = period_of(window, self._periods()).id
            yield from of_period(self._gathered(entity, _in_period(entity, code), subject, progress), code)
        elif not window.adjustment:
            # One bound is all that a request takes: later orders come too.
            since = {"orderDate": window.start.isoformat(), "orderDateCondition": ">="}
            yield from dated_in(self._gathered(entity, since, subject, progress), window)

    def _gathered(
        self, entity: VismaEntity, filters: Mapping[str, str], subject: str, progress: Progress = _untold
    ) -> Iterator[pa.RecordBatch]:
        def tell(rows: int, expected: int | None) -> None:
            progress(ReadProgress(entity.name, rows, expected))

        with self._reader.gathered(entity, self._query(entity, filters), subject, tell) as rows:
            if not entity.of_ledger:
                yield from rows.batches()
                return
            ledger = self._ledger()
            others = [each.number for each in self._ledgers() if each.number != ledger]
            yield from of_ledger(rows.batches(), ledger, others)

    def _query(self, entity: VismaEntity, filters: Mapping[str, str]) -> ListQuery:
        ledger = {"ledger": self._ledger()} if entity.of_ledger else {}
        return ListQuery(entity.path, {**entity.query, **ledger, **filters}, entity.paged)

    def _ledger(self) -> str:
        return ledger_of(self._ledgers(), self._connection.ledger)

    def _count(self, entity: VismaEntity, code: str | None) -> int:
        """How many records there are, of a period where one is given."""
        if entity is DIMENSIONS:
            return self._segments.count()
        query = self._query(entity, _in_period(entity, code) if code else {})
        if query.paged:
            return self._reader.count(query, entity)
        return len(self._lists.records(query.path, query.params))

    def _find_periods(self) -> list[ErpPeriod]:
        batches = self._gathered(FINANCIAL_PERIODS, {}, "Financial periods")
        return periods_of(row for batch in batches for row in batch.to_pylist())


def _in_period(entity: VismaEntity, code: str) -> dict[str, str]:
    return {str(entity.placed_by): code} | ({"toPeriod": code} if entity.placed_by == "fromPeriod" else {})


def filter_text(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as filters take it: to the millisecond, without its zone (docs/vendors/visma_net.md, section 5).

    They are read as UTC or as company time, which is known of branches only: the earlier of the two misses nothing.
    """
    readings = (moment.astimezone(each).replace(tzinfo=None) for each in (UTC, zone))
    return min(readings).isoformat(timespec="milliseconds")
