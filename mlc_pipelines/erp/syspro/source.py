"""SYSPRO as a source: entities, control totals and live checks of one company."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa

from mlc_pipelines.erp.base import ControlTotal, ReadProgress, Source, SourceContext
from mlc_pipelines.erp.lazy import Lazy
from mlc_pipelines.erp.steady import steady, steady_rows
from mlc_pipelines.erp.syspro.codes import CodeSplitter
from mlc_pipelines.erp.syspro.connection import SysproConnection
from mlc_pipelines.erp.syspro.derived import posted
from mlc_pipelines.erp.syspro.entity_rows import Company, EntityRows
from mlc_pipelines.erp.syspro.facts import GL_HISTORY
from mlc_pipelines.erp.syspro.fields import Placed, SysproEntity, Table
from mlc_pipelines.erp.syspro.ledger import in_ledger
from mlc_pipelines.erp.syspro.odata import MOST_ROWS, OData, open_http
from mlc_pipelines.erp.syspro.parsing import pc, unpadded
from mlc_pipelines.erp.syspro.periods import posting_period
from mlc_pipelines.erp.syspro.queries import literal
from mlc_pipelines.erp.syspro.reading import Reader
from mlc_pipelines.erp.syspro.tables import AP_INVOICE_TOTAL, JOURNAL_TOTAL, UNPOSTED_ENTRY
from mlc_pipelines.erp.syspro.words import ENTRY_POSTED, POSTING_TYPE, STATISTICAL
from mlc_pipelines.erp.totals import totals_by
from mlc_pipelines.errors import BadRequest, ConfigurationError, IncompleteRead, NotFound
from mlc_pipelines.findings import Finding
from mlc_pipelines.fiscal import Period
from mlc_pipelines.vocabulary import refuse_unknown

_log = logging.getLogger(__name__)


class SysproSource(Source[SysproEntity]):
    """An open connection to one SYSPRO company. Safe to use from several threads.

    It has no `changes`: the change counter of rows can't be asked for (docs/vendors/syspro.md, section B1). Nor has it
    `periods`: the tables name years and periods, and not their days (docs/vendors/syspro.md, section B2).

    Args:
        connection: the tenant's `erp:` keys.
        context: secrets, shared budgets, clock.
        page_rows: rows per request.
    """

    def __init__(self, connection: SysproConnection, context: SourceContext, *, page_rows: int = MOST_ROWS) -> None:
        self._connection = connection
        self._context = context
        self._http = open_http(connection, context)
        in_flight = connection.max_concurrent_requests
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="syspro")
        odata = OData(self._http, page_rows=page_rows)
        codes = CodeSplitter(connection.cost_centre_pattern)
        known = Lazy(lambda: in_ledger(odata, connection.company))
        self._company = Company(connection.company, odata, self._pool, in_flight, codes, known)

    def read(self, entity: SysproEntity, window: Period) -> Iterator[pa.RecordBatch]:
        """The whole dimension, or the fact's rows of the period, in the order of its tables' keys."""
        rows = self._rows(entity, window)
        if _has_none(rows):
            return
        yield from steady_rows(f"{entity.name} of {window.key}", rows.entity.schema, lambda: self._told(rows))

    def control(self, entity: SysproEntity, window: Period) -> Sequence[ControlTotal]:
        """SYSPRO's own totals, else sums and counts by a query of their own (docs/vendors/syspro.md, section B2).

        Journals say their entries, debits and credits, and the balances of the accounts what they moved them by;
        invoices of suppliers say their values.
        """
        rows = self._rows(entity, window)
        if _has_none(rows):
            return []
        if entity.name == "gl_journals":
            return self._ledger_totals(rows)
        if entity.name == "ap_invoices":
            return self._invoice_totals(rows)
        declared = rows.entity
        if declared.lines and not declared.lines.keep_bare:
            return [ControlTotal(None, self._count(rows, declared.lines.table, declared.lines.placed))]
        if declared.kind == "fact" and not declared.lines:
            return self._amounts(rows)
        counted = self._count(rows, declared.table, declared.placed)
        return [ControlTotal(None, records=counted) if declared.lines else ControlTotal(None, counted)]

    def ping(self) -> Sequence[Finding]:
        """Credentials, company, tables, GL codes and e.net, each tried live."""
        from mlc_pipelines.erp.syspro.ping import SysproPing

        return SysproPing(self._connection, self._context, self._company, pool=self._pool).run()

    def close(self) -> None:
        """Close the connections; OData has no sessions."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._http.close()

    def _rows(self, entity: SysproEntity, window: Period) -> EntityRows:
        period = posting_period(window, self._connection.fiscal_year_start)
        return EntityRows(self._company, entity, window, period)

    def _told(self, rows: EntityRows) -> Iterator[pa.RecordBatch]:
        read = 0
        for batch in rows.batches():
            read += batch.num_rows
            self._context.progress(ReadProgress(rows.entity.name, read, None))
            yield batch

    def _count(self, rows: EntityRows, table: Table, placed: Placed | None) -> int:
        return Reader(self._company.odata, rows.query(table, placed)).count()

    def _amounts(self, rows: EntityRows) -> list[ControlTotal]:
        """The amounts of a fact of one table, out of those columns alone that they are made of."""
        declared = rows.entity
        group, amount = declared.control_by or "", declared.amount or ""
        fields = (declared.field(group), declared.field(amount))
        table = declared.table.only(declared.table.needed)
        narrow = replace(rows, entity=replace(declared, fields=fields, table=table, lookups=()))
        return steady(_subject(rows), lambda: totals_by(narrow.batches(), group, amount=amount))

    def _totals(self, rows: EntityRows, table: Table, *within: str) -> pa.Table:
        reader = Reader(self._company.odata, rows.query(table, rows.entity.placed))
        batches = steady(_subject(rows), lambda: [unpadded(batch, table) for batch in reader.pages(*within)])
        return pa.Table.from_batches(batches, table.schema)

    def _ledger_totals(self, rows: EntityRows) -> list[ControlTotal]:
        journals, moved = self._journal_totals(rows), self._movements(rows)
        if journals.rows and not any(total.amount for total in moved):
            # Nothing tells when SYSPRO writes a period's balances: some that say nothing of it are none.
            _log.warning(
                "%s: the balances (GenHistory) hold nothing of the period, so they don't prove the sides and posting"
                " types of its journals.",
                _subject(rows),
            )
            return [journals]
        return [journals, *moved]

    def _journal_totals(self, rows: EntityRows) -> ControlTotal:
        journals = self._totals(rows, JOURNAL_TOTAL)
        dates = journals.column("PostDate")
        if len(dates) and dates.null_count == len(dates) and rows.window.end < self._context.clock.now().date():
            raise IncompleteRead(
                f"{_subject(rows)}: there are {len(dates)} journals, and not one has a PostDate, by which posted ones"
                " are known.",
                hint="If they are posted, this SYSPRO does not fill GenJournalCtl.PostDate and its ledger can't be read"
                " so: use gl_history. If they are not, post them.",
            )
        key = {name: journals.column(name) for name in ("GlYear", "GlPeriod", "GlJournal")}
        refuse_unknown(_subject(rows), "JnlPostingType", POSTING_TYPE, journals.column("JnlPostingType"), key)
        journals = journals.filter(posted(journals, "JnlPostingType", "PostDate"))
        journals = journals.filter(pc.greater(journals.column("NumOfEntries"), 0))
        unposted = self._unposted(rows)
        journals = journals.filter(pc.invert(pc.is_in(journals.column("GlJournal"), value_set=unposted)))
        entries, debit, credit = (
            pc.sum(journals.column(name)).as_py() or 0 for name in ("NumOfEntries", "DebitAmount", "CreditAmount")
        )
        return ControlTotal(
            None,
            entries,
            amount=Decimal(debit - credit),
            debit=Decimal(debit),
            credit=Decimal(credit),
            records=journals.num_rows,
        )

    def _movements(self, rows: EntityRows) -> list[ControlTotal]:
        """By how much each account moved: the proof of sides and posting types, by which balances don't go.

        Of statistical accounts nothing is said: their balances hold what statistical journals post, which are left out.
        """
        names = ("account_number", "account_type", "amount")
        entity = replace(GL_HISTORY, fields=tuple(GL_HISTORY.field(name) for name in names))
        balances = replace(rows, entity=entity)
        try:
            batches = steady(_subject(rows), lambda: list(balances.batches()))
        except (NotFound, ConfigurationError):  # an installation without balances of the company
            return []
        moved = pa.Table.from_batches(batches, entity.schema).to_pylist()
        return [
            ControlTotal(row["account_number"], amount=None if row["account_type"] in STATISTICAL else row["amount"])
            for row in moved
            if row["amount"] or row["account_type"] in STATISTICAL
        ]

    def _unposted(self, rows: EntityRows) -> Any:
        """Numbers of the period's journals with entries that say that they are not posted."""
        try:
            said = " or ".join(f"EntryPosted eq {literal(word)}" for word in ENTRY_POSTED.of(decision=False))
            entries = self._totals(rows, UNPOSTED_ENTRY, said)
        except BadRequest:  # an installation without that column
            entries = UNPOSTED_ENTRY.schema.empty_table()
        return entries.column("Journal").combine_chunks()

    def _invoice_totals(self, rows: EntityRows) -> list[ControlTotal]:
        batches = self._totals(rows, AP_INVOICE_TOTAL).to_batches()
        return totals_by(batches, "Supplier", rows=None, amount="OrigInvValue")


def _subject(rows: EntityRows) -> str:
    return f"Control totals of {rows.entity.name} of {rows.window.key}"


def _has_none(rows: EntityRows) -> bool:
    """Whether it is found by dates in an adjustment period: those days belong to the regular one."""
    placed = rows.entity.placed
    return placed is not None and placed.by == "date" and rows.window.adjustment
