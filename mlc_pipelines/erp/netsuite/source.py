"""NetSuite as a source: entities, control totals and live checks of one account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pyarrow as pa

from mlc_pipelines.erp.arrow_json import PageParser
from mlc_pipelines.erp.base import ControlTotal, ErpPeriod, ReadProgress, SourceContext
from mlc_pipelines.erp.lazy import Lazy
from mlc_pipelines.erp.netsuite import queries
from mlc_pipelines.erp.netsuite.account import Account
from mlc_pipelines.erp.netsuite.auth import TokenIssuer
from mlc_pipelines.erp.netsuite.books import chosen_books, chosen_subsidiaries, find_books
from mlc_pipelines.erp.netsuite.client import open_client
from mlc_pipelines.erp.netsuite.connection import NetSuiteConnection
from mlc_pipelines.erp.netsuite.features import find_features
from mlc_pipelines.erp.netsuite.fields import Feature, NetSuiteEntity
from mlc_pipelines.erp.netsuite.periods import find_periods, period_of
from mlc_pipelines.erp.netsuite.reading import Reader, Reading
from mlc_pipelines.erp.netsuite.suiteql import MOST_ROWS, SuiteQl
from mlc_pipelines.erp.netsuite.totals import check_posting, control_totals
from mlc_pipelines.erp.netsuite.words import BOOLEANS
from mlc_pipelines.errors import BadRequest, ConfigurationError, Forbidden
from mlc_pipelines.findings import Finding
from mlc_pipelines.fiscal import Period

_OVERLAP = timedelta(days=1)


class NetSuiteSource:
    """An open connection to one NetSuite account. Safe to use from several threads.

    What the account has (features, books, periods) is asked for once, when it is first needed.

    Args:
        connection: the tenant's `erp:` keys.
        context: secrets, shared tokens and budgets, clock.
        page_rows: rows per request.
        row_limit: rows from which a query is cut because NetSuite ends it there.

    Raises:
        ConfigurationError: the private key can't be used.
    """

    def __init__(
        self,
        connection: NetSuiteConnection,
        context: SourceContext,
        *,
        page_rows: int = MOST_ROWS,
        row_limit: int = 100_000,
    ) -> None:
        self._connection = connection
        self._context = context
        self._issuer = TokenIssuer(connection, context)
        self._http = open_client(connection.url, connection, context, self._issuer)
        self._suiteql = SuiteQl(self._http, page_rows=page_rows)
        self._pool = ThreadPoolExecutor(connection.max_concurrent_requests, thread_name_prefix="netsuite")
        self._reader = Reader(self._suiteql, self._pool, connection.max_concurrent_requests, row_limit)
        self._account = Lazy(self._find_account)
        self._periods = Lazy(lambda: find_periods(self._suiteql))

    def read(self, entity: NetSuiteEntity, window: Period) -> Iterator[pa.RecordBatch]:
        """The whole dimension, or the fact's records of the period, in the order of the key.

        Purchase orders post nothing: those dated in the window are its records, and an adjustment period has none.

        Raises:
            IncompleteRead: the rows read differ from what NetSuite says it has.
            ConfigurationError: NetSuite has no such period, book or subsidiary.
            Forbidden: the role may not read the records.
        """
        account = self._account()
        if self._has_none(entity, account, window):
            return
        placed = self._placed(entity, window) if entity.kind == "fact" else None
        yield from self._rows(entity, account, placed, f"{entity.name} of {window.key}")

    def changes(self, entity: NetSuiteEntity, since: str) -> Iterator[pa.RecordBatch]:
        """The records changed since a moment in the account's time zone, less a day.

        The day is for a zone that SuiteQL doesn't name, and clocks that are set
        (docs/vendors/netsuite.md, section 3.4). Records that were deleted or are no longer posted don't show.

        Raises:
            ValueError: the entity has no change stamp.
            IncompleteRead: records went on changing.
            Forbidden: the role may not read the records.
        """
        if not entity.stamp:
            raise ValueError(f"{entity.name} has no change stamp")
        account = self._account()
        if entity.needs and entity.needs not in account.features:
            return
        changed = queries.changed_since(entity, datetime.fromisoformat(since) - _OVERLAP)
        yield from self._rows(entity, account, changed, f"changes of {entity.name} since {since}")

    def _rows(
        self, entity: NetSuiteEntity, account: Account, placed: queries.Condition | None, subject: str
    ) -> Iterator[pa.RecordBatch]:
        statement = queries.rows(entity, account, placed)
        paths = {column.name: (column.alias,) for column in entity.columns if account.expression(column)}
        keys = tuple(column.name for column in entity.key_columns if account.has(column))
        parser = PageParser(
            entity.schema, paths, subject=entity.name, key=entity.key, booleans=BOOLEANS, fold_case=True
        )
        reading = Reading(statement, parser, keys, subject)
        try:
            yield from self._reader.read(
                reading, lambda rows, expected: self._context.progress(ReadProgress(entity.name, rows, expected))
            )
        except (BadRequest, Forbidden) as error:
            raise _not_permitted(entity, error) from None

    def control(self, entity: NetSuiteEntity, window: Period) -> Sequence[ControlTotal]:
        """NetSuite's own totals: by account number (ledger), by vendor id (bills, orders), one count (dimension).

        Records without an account number or vendor are the group of the empty text.

        Raises:
            DataError: a line of the period says neither that it is posted nor that it isn't.
        """
        account = self._account()
        try:
            if entity.kind == "dimension":
                absent = self._has_none(entity, account, window)
                return [ControlTotal(None, 0 if absent else self._reader.count(queries.whole(entity)))]
            if self._has_none(entity, account, window):
                return []
            if entity.placed_by == "posting period":
                check_posting(self._suiteql, period_of(window, self._periods()), entity.name)
            statement = queries.control(entity, account, self._placed(entity, window))
            return control_totals(self._reader, statement, f"Control totals of {entity.name} of {window.key}")
        except (BadRequest, Forbidden) as error:
            raise _not_permitted(entity, error) from None

    def periods(self) -> Sequence[ErpPeriod]:
        """The accounting periods that are posted to; they have no numbers."""
        return self._periods()

    def ping(self) -> Sequence[Finding]:
        """Token, clock, tables, features, books, limits and certificate, each tried live."""
        from mlc_pipelines.erp.netsuite.ping import NetSuitePing

        with open_client(self._connection.restlets_url, self._connection, self._context, self._issuer) as restlets:
            clock, pool = self._context.clock, self._pool
            return NetSuitePing(self._connection, self._http, restlets, self._suiteql, clock, pool=pool).run()

    def close(self) -> None:
        """Close the connections; NetSuite has no sessions to end here."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._http.close()
        self._issuer.close()

    def _find_account(self) -> Account:
        features = find_features(self._suiteql, self._pool)
        wanted = self._connection.accounting_book
        books: tuple[str, ...] = ()
        if Feature.BOOKS in features:
            books = chosen_books(find_books(self._suiteql), wanted)
        elif wanted is not None:
            raise ConfigurationError(
                "accounting_book is given, but the account has no accounting books.", hint="Leave it out."
            )
        subsidiaries: tuple[str, ...] = ()
        if self._connection.subsidiaries:
            if Feature.SUBSIDIARIES not in features:
                raise ConfigurationError(
                    "subsidiaries is given, but the account is not OneWorld.", hint="Leave it out."
                )
            subsidiaries = chosen_subsidiaries(self._suiteql, self._connection.subsidiaries)
        return Account(features, books, subsidiaries)

    def _has_none(self, entity: NetSuiteEntity, account: Account, window: Period) -> bool:
        if entity.needs and entity.needs not in account.features:
            return True
        return entity.placed_by == "transaction date" and window.adjustment

    def _placed(self, entity: NetSuiteEntity, window: Period) -> queries.Condition:
        if entity.placed_by == "posting period":
            return queries.posted_to(period_of(window, self._periods()).id)
        return queries.dated_in(window)


def _not_permitted(entity: NetSuiteEntity, error: BadRequest | Forbidden) -> BadRequest | Forbidden:
    return type(error)(
        f"{entity.name}: {error.message}",
        hint=f"Give the role of the certificate's mapping the permission {entity.permission}; `mlc ping` shows all.",
        request_id=error.request_id,
    )
