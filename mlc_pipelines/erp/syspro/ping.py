"""The live checks of one SYSPRO company: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

import pyarrow as pa

from mlc_pipelines.erp.base import FiscalWindow, SourceContext
from mlc_pipelines.erp.syspro.columns import LEDGER_CODE
from mlc_pipelines.erp.syspro.connection import SysproConnection
from mlc_pipelines.erp.syspro.entities import ENTITIES
from mlc_pipelines.erp.syspro.entity_rows import Company, EntityRows
from mlc_pipelines.erp.syspro.periods import PostingPeriod
from mlc_pipelines.erp.syspro.query import Query
from mlc_pipelines.erp.syspro.reading import parser_of, unpadded
from mlc_pipelines.erp.syspro.tables import SysproEntity, Table
from mlc_pipelines.erp.trials import failed, tried, well, wrong
from mlc_pipelines.errors import AuthenticationError, MlcError, TransientError
from mlc_pipelines.findings import Finding

_ADDRESS = "Check odata_url, and that the OData service runs."
_COMPANIES = Table("GenMaster", ("GlCode",), {"Company": pa.string(), "GlCode": pa.string()})
_ROWS = 1000
_MOST_SHOWN = 5


@dataclass(frozen=True)
class Check:
    """One company, as its checks see it.

    Attributes:
        connection: the tenant's `erp:` keys.
        context: secrets, locks, clock.
        company: how its tables are read.
    """

    connection: SysproConnection
    context: SourceContext
    company: Company

    def run(self) -> list[Finding]:
        """All findings; only one when there is no way in, for then nothing else can be tried."""
        try:
            company = self._ledger()
        except AuthenticationError as error:
            return [failed("credentials", error)]
        except MlcError as error:
            return [failed("connection", error, _ADDRESS if isinstance(error, TransientError) else "")]
        checks: list[tuple[str, Callable[[], Finding]]] = [("GL codes", self._codes)]
        checks += [(name, partial(self._readable, entity)) for name, entity in ENTITIES.items()]
        if self.connection.rest_url and self.connection.operator:
            checks.append(("e.net", partial(self._enet, self.connection.rest_url, self.connection.operator)))
        found = self.company.pool.map(lambda check: tried(*check), checks)
        return [well("credentials", "OData lets the user in."), company, *found]

    def _ledger(self) -> Finding:
        rows = self._rows(ENTITIES["gl_accounts"])
        count = self.company.odata.count(rows.query(LEDGER_CODE))
        if count:
            return well("company", f"The ledger has {count} GL codes of company {self.company.name}.")
        seen = self._first(rows.query(_COMPANIES)).column("Company")
        there = ", ".join(sorted(seen.drop_null().unique().to_pylist())[:_MOST_SHOWN]) or "none"
        return wrong(
            "company",
            f"The ledger has no GL codes of company {self.company.name}.",
            f"Set company as the ledger has it, also in its case. Among those there: {there}.",
        )

    def _codes(self) -> Finding:
        codes = self._first(self._rows(ENTITIES["gl_accounts"]).query(LEDGER_CODE)).column("GlCode").to_pylist()
        pseudo = ENTITIES["gl_accounts"].table.unlike["GlCode"]
        unsplit = [code for code in codes if code not in pseudo and not self.company.codes.matches(code)]
        if unsplit:
            return wrong(
                "GL codes",
                f"cost_centre_pattern doesn't match {len(unsplit)} of {len(codes)}: {', '.join(unsplit[:_MOST_SHOWN])}",
                "They have no cost centre and no account. Correct the pattern, or use account_number.",
            )
        return well("GL codes", f"cost_centre_pattern splits all of {len(codes)}.")

    def _readable(self, entity: SysproEntity) -> Finding:
        rows = self._rows(entity)
        tables = [(entity.table, entity.placed)]
        if entity.lines:
            tables.append((entity.lines.table, entity.lines.placed))
        for table, placed in tables:
            self._first(rows.query(table, placed), 1)
        return well(entity.name, f"{' and '.join(table.name for table, _ in tables)} can be read.")

    def _enet(self, rest_url: str, operator: str) -> Finding:
        from mlc_pipelines.erp.syspro.enet import Enet

        enet = Enet(rest_url, operator, self.connection, self.context)
        try:
            with enet.session() as session:
                profile = session.profile()
                nobodys = [("Reference", "EQ", "mlc ping")]
                list(session.find("GenJournalCtl", ["GlJournal"], where=nobodys, order_by="GlJournal"))
        finally:
            enet.close()
        version = profile.get("sysproversion") or "an unknown version"
        return well("e.net", f"Logged on to {profile.get('companyname', 'the company')}, {version}, and off again.")

    def _rows(self, entity: SysproEntity) -> EntityRows:
        today = self.context.clock.now().date()
        window = FiscalWindow("today", date(today.year, today.month, 1), today)
        return EntityRows(self.company, entity, window, PostingPeriod(today.year, today.month))

    def _first(self, query: Query, most: int = _ROWS) -> pa.RecordBatch:
        return unpadded(self.company.odata.page(query, query.conditions, parser_of(query.table), most)[0].rows)
