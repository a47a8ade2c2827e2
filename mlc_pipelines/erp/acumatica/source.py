"""Acumatica as a source: entities, changes, control totals and live checks of one tenant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from mlc_pipelines.erp.acumatica.auth import SessionAuth, sign_in
from mlc_pipelines.erp.acumatica.client import open_client, open_sign_in
from mlc_pipelines.erp.acumatica.connection import AcumaticaConnection
from mlc_pipelines.erp.acumatica.endpoint import check_endpoint
from mlc_pipelines.erp.acumatica.facts.ledger import GL_DETAILS
from mlc_pipelines.erp.acumatica.fields import AcumaticaEntity
from mlc_pipelines.erp.acumatica.inquiries import balances, details
from mlc_pipelines.erp.acumatica.periods import find_periods, period_of
from mlc_pipelines.erp.acumatica.queries import Query, changed_between, query
from mlc_pipelines.erp.acumatica.reading import Reader
from mlc_pipelines.erp.base import ControlTotal, ErpPeriod, ReadProgress, SourceContext
from mlc_pipelines.erp.lazy import Lazy
from mlc_pipelines.erp.totals import totals_by
from mlc_pipelines.errors import Forbidden
from mlc_pipelines.findings import Finding
from mlc_pipelines.fiscal import Period

_OVERLAP = timedelta(minutes=5)
"""Changes before the watermark that are read once more: stamps are set before a transaction ends
(docs/vendors/acumatica.md, section 5)."""

_ROWS_A_BATCH = 50_000


class AcumaticaSource:
    """An open connection to one Acumatica tenant. Safe to use from several threads.

    Endpoint and periods are looked up once, before anything is read.

    Args:
        connection: the tenant's `erp:` keys.
        context: secrets, shared tokens and budgets, clock.
    """

    def __init__(self, connection: AcumaticaConnection, context: SourceContext) -> None:
        self._connection = connection
        self._context = context
        self._sign_in = open_sign_in(connection, context)
        self._auth = sign_in(connection, context, self._sign_in)
        self._http = open_client(connection, context, self._auth)
        self._pool = ThreadPoolExecutor(connection.max_concurrent_requests, thread_name_prefix="acumatica")
        self._reader = Reader(
            self._http, connection.address, self._pool, connection.max_concurrent_requests, connection.page_size
        )
        self._endpoint = Lazy(lambda: check_endpoint(self._http, connection))
        self._periods = Lazy(lambda: find_periods(self._http, connection))

    def read(self, entity: AcumaticaEntity, window: Period) -> Iterator[pa.RecordBatch]:
        """The whole dimension, or the fact's records of the period, in the order of the key.

        Orders and payments have no period: those dated in the window are its records, and an adjustment period has
        none.

        Raises:
            IncompleteRead: the records went on changing while they were read.
            ConfigurationError: Acumatica has no such endpoint or period.
            Forbidden: the user may not see the form.
        """
        declared = entity.in_version(self._connection.version)
        self._endpoint()
        if declared.placed_by == "inquiry":
            yield from self._inquired(declared, window)
        elif not _has_none(declared, window):
            yield from self._listed(self._query(declared, window))

    def control(self, entity: AcumaticaEntity, window: Period) -> Sequence[ControlTotal]:
        """Acumatica's own totals where it has them, else a second reading of keys and figures only.

        The ledger's details and its balances are each other's totals: two inquiries that Acumatica works out apart.
        """
        declared = entity.in_version(self._connection.version)
        self._endpoint()
        if declared.placed_by == "inquiry":
            period = self._period(window)
            if declared is GL_DETAILS:
                rows = balances(self._http, self._connection, period)
                return totals_by([rows], "account_number", rows=None, amount="amount", debit="debit", credit="credit")
            rows = details(self._http, self._connection, period)
            return totals_by([rows], "account_number", rows=None, amount="amount")
        if _has_none(declared, window):
            return []
        rows = self._reader.totals(self._query(declared, window))
        if declared.kind == "dimension":
            return [ControlTotal(None, sum(batch.num_rows for batch in rows))]
        group = declared.control_by or ""
        return totals_by(rows, group, amount=declared.amount, debit=declared.debit, credit=declared.credit)

    def changes(self, entity: AcumaticaEntity, since: str) -> Iterator[pa.RecordBatch]:
        """The records changed at or after the watermark, less five minutes, and up to now by this machine's clock.

        Posted batches only, as `read`. What was deleted is not told.

        Raises:
            ValueError: the entity has no watermark.
            IncompleteRead: as `read`.
        """
        declared = entity.in_version(self._connection.version)
        if not declared.watermark:
            raise ValueError(f"{entity.name} has no change feed")
        until = self._context.clock.now()
        after = datetime.fromisoformat(since)
        after = (after if after.tzinfo else after.replace(tzinfo=UTC)) - _OVERLAP
        self._endpoint()
        conditions = changed_between(declared, after, until)
        subject = f"Changes of {entity.name} since {since}"
        return self._listed(query(declared, self._connection, subject, *conditions))

    def periods(self) -> Sequence[ErpPeriod]:
        """The financial periods of the master calendar, or of the configured company's; their ids are MMYYYY."""
        return self._periods()

    def ping(self) -> Sequence[Finding]:
        """Credentials, endpoint, ledger, branch, periods and every entity, each tried live."""
        from mlc_pipelines.erp.acumatica.ping import AcumaticaPing

        return AcumaticaPing(self._connection, self._http, self._reader, pool=self._pool).run()

    def close(self) -> None:
        """Sign out where there is a session that nobody else uses, and close connections."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._http.close()
        if isinstance(self._auth, SessionAuth):
            self._auth.close()
        self._sign_in.close()

    def _listed(self, wanted: Query) -> Iterator[pa.RecordBatch]:
        name = wanted.entity.name
        try:
            yield from self._reader.read(wanted, lambda rows: self._progress(name, rows))
        except Forbidden as error:
            raise _not_permitted(wanted.entity, error) from None

    def _inquired(self, entity: AcumaticaEntity, window: Period) -> Iterator[pa.RecordBatch]:
        period = self._period(window)
        inquire = details if entity is GL_DETAILS else balances
        try:
            rows = inquire(self._http, self._connection, period)
        except Forbidden as error:
            raise _not_permitted(entity, error) from None
        self._progress(entity.name, rows.num_rows)
        for start in range(0, rows.num_rows, _ROWS_A_BATCH):
            yield rows.slice(start, _ROWS_A_BATCH)

    def _query(self, entity: AcumaticaEntity, window: Period) -> Query:
        subject = f"{entity.name} of {window.key}"
        period = self._period(window) if entity.placed_by == "posting period" else None
        days = window if entity.placed_by == "date" else None
        return query(entity, self._connection, subject, period=period, window=days)

    def _period(self, window: Period) -> str:
        return period_of(window, self._periods()).id

    def _progress(self, entity: str, rows: int) -> None:
        self._context.progress(ReadProgress(entity, rows, None))


def _has_none(entity: AcumaticaEntity, window: Period) -> bool:
    return entity.placed_by == "date" and window.adjustment


def _not_permitted(entity: AcumaticaEntity, error: Forbidden) -> Forbidden:
    return Forbidden(
        f"{entity.name}: {error.message}",
        hint=f"Give the user's role the right to view {entity.form}, or enable its feature; `mlc ping` shows all.",
        request_id=error.request_id,
    )
