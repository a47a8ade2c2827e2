"""The live checks of one SYSPRO company: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import pyarrow as pa

from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.erp.ping import Ping, Trial
from mlc_pipelines.erp.syspro.connection import SysproConnection
from mlc_pipelines.erp.syspro.entities import ENTITIES
from mlc_pipelines.erp.syspro.entity_rows import Company, EntityRows
from mlc_pipelines.erp.syspro.fields import SysproEntity
from mlc_pipelines.erp.syspro.parsing import parser_of, unpadded
from mlc_pipelines.erp.syspro.periods import PostingPeriod
from mlc_pipelines.erp.syspro.queries import Query
from mlc_pipelines.erp.syspro.reading import Reader
from mlc_pipelines.erp.syspro.tables import LEDGER_CODE
from mlc_pipelines.errors import ConfigurationError, MlcError, NotFound, TransientError
from mlc_pipelines.findings import Finding, failed, failed_by, passed
from mlc_pipelines.fiscal import Period, period_key

_ADDRESS = "Check odata_url, and that the OData service runs."
_ROWS = 1000
_MOST_SHOWN = 5


@dataclass(frozen=True)
class SysproPing(Ping):
    """One company, as its trials see it.

    Attributes:
        connection: the tenant's `erp:` keys.
        context: secrets, locks, clock.
        company: how its tables are read.
    """

    connection: SysproConnection
    context: SourceContext
    company: Company

    def no_way_in(self, error: MlcError) -> Finding:
        """No OData service at that address."""
        return failed_by("connection", error, _ADDRESS if isinstance(error, TransientError) else "")

    def enter(self) -> tuple[Sequence[Finding], Sequence[Trial]]:
        """The company in its ledger; without it the ledger's tables are not tried."""
        company = self._ledger()
        trials: list[Trial] = [("GL codes", self._codes)] if company.ok else []
        trials += [
            (name, partial(self._readable, entity))
            for name, entity in ENTITIES.items()
            if company.ok or not entity.table.per_company
        ]
        if self.connection.rest_url and self.connection.operator:
            trials.append(("e.net", partial(self._enet, self.connection.rest_url, self.connection.operator)))
        return [passed("credentials", "OData lets the user in."), company], trials

    def _ledger(self) -> Finding:
        try:
            query = self._rows(ENTITIES["gl_accounts"]).query(LEDGER_CODE)
        except ConfigurationError as error:
            return failed_by("company", error)
        count = Reader(self.company.odata, query).count()
        return passed("company", f"The ledger has {count} GL codes of company {self.company.name}.")

    def _codes(self) -> Finding:
        rows = self._first(self._rows(ENTITIES["gl_accounts"]).query(LEDGER_CODE))
        codes = [code or "" for code in rows.column("GlCode").to_pylist()]
        pseudo = ENTITIES["gl_accounts"].table.unlike["GlCode"]
        unsplit = [code for code in codes if code not in pseudo and not self.company.codes.matches(code)]
        if unsplit:
            return failed(
                "GL codes",
                f"cost_centre_pattern doesn't match {len(unsplit)} of {len(codes)}: {', '.join(unsplit[:_MOST_SHOWN])}",
                "They have no cost centre and no account. Correct the pattern, or use account_number.",
            )
        for part in self.company.codes.parts:
            if codes and not any(self._split(codes, part)):
                return failed(
                    "GL codes",
                    f"cost_centre_pattern finds no {part} in any of {len(codes)}: {', '.join(codes[:_MOST_SHOWN])}.",
                    f"Its group {part} is empty or passed over in all of them. Correct the pattern.",
                )
        split = self._split(codes, "cost_centre")
        found = [f"{code} is {centre}" for code, centre in zip(codes, split, strict=True) if centre]
        return passed(
            "GL codes",
            f"cost_centre_pattern splits all of {len(codes)}; {len(found)} have a cost centre"
            + (f": {', '.join(found[:_MOST_SHOWN])}." if found else "."),
        )

    def _split(self, codes: list[str], part: str) -> list[str | None]:
        return self.company.codes.part(pa.chunked_array([codes], pa.string()), part).to_pylist()

    def _readable(self, entity: SysproEntity) -> Finding:
        rows, lines = self._rows(entity), entity.lines
        tables = [(entity.table, entity.placed, False)]
        tables += [(lines.table, lines.placed, lines.optional)] if lines else []
        tables += [(lookup.table, None, True) for lookup in entity.lookups]
        lacking: list[str] = []
        for table, placed, optional in tables:
            try:
                self._first(rows.query(table, placed), 1)
            except NotFound:
                if not optional:
                    raise
                lacking.append(f"the table {table.name}")
            except ConfigurationError:
                continue  # the company is not in the ledger: a finding of its own
            lacking += [f"{table.name}.{column}" for column in self.company.odata.lacking(table)]
        names = " and ".join(table.name for table, *_ in tables[: 2 if lines else 1])
        without = f" This SYSPRO lacks {', '.join(lacking)}: left empty." if lacking else ""
        return passed(entity.name, f"{names} can be read.{without}")

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
        return passed("e.net", f"Logged on to {profile.get('companyname', 'the company')}, {version}, and off again.")

    def _rows(self, entity: SysproEntity) -> EntityRows:
        today = self.context.clock.now().date()
        key = period_key(today.year, today.month)
        window = Period(key, today.year, today.month, date(today.year, today.month, 1), today)
        return EntityRows(self.company, entity, window, PostingPeriod(today.year, today.month))

    def _first(self, query: Query, most: int = _ROWS) -> pa.RecordBatch:
        answer = self.company.odata.page(query, query.conditions, parser_of(query.table), most)
        return unpadded(answer.rows, query.table)
