"""The live checks of one company: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from mlc_pipelines.erp.lazy import Lazy
from mlc_pipelines.erp.ping import Ping, Trial
from mlc_pipelines.erp.sap_business_one.abilities import Abilities
from mlc_pipelines.erp.sap_business_one.auth import Login
from mlc_pipelines.erp.sap_business_one.client import ServiceLayer
from mlc_pipelines.erp.sap_business_one.connection import ServiceLayerConnection
from mlc_pipelines.erp.sap_business_one.entities import ENTITIES
from mlc_pipelines.erp.sap_business_one.fields import CANCEL_STATUS, ServiceLayerEntity
from mlc_pipelines.erp.sap_business_one.totals import SqlAccess
from mlc_pipelines.errors import MlcError, PermanentError
from mlc_pipelines.findings import Finding, failed_by, passed

_ALLOW_LIST = (
    "For totals per account add OJDT and JDT1 to conf/b1s_sqltable.conf, restart the Service Layer, and let the user"
    " create and run Service Layer SQL queries."
)

_NO_CANCEL_STATUS = "Without CancelStatus the cancellation of a document can't be told from a document."
_NO_COUNT = "The server doesn't count its records: reads take longer."


@dataclass(frozen=True)
class ServiceLayerPing(Ping):
    """One company, as its trials see it.

    Attributes:
        connection: the tenant's `erp:` keys.
        login: logs in.
        service: requests with the shared session.
        abilities: of the server, by name of the entity.
        sql: whether the ledger can be summed by SQL.
    """

    connection: ServiceLayerConnection
    login: Login
    service: ServiceLayer
    abilities: Mapping[str, Lazy[Abilities]]
    sql: Lazy[SqlAccess]

    def no_way_in(self, error: MlcError) -> Finding:
        """No Service Layer at that address."""
        return failed_by(
            "connection", error, f"Check base_url: host and port (50000) of the Service Layer. {error.hint}"
        )

    def enter(self) -> tuple[Sequence[Finding], Sequence[Trial]]:
        """A login, then each entity and the way to totals."""
        trials: list[Trial] = [(name, partial(self._readable, entity)) for name, entity in ENTITIES.items()]
        return [self._credentials()], [*trials, ("ledger totals", self._ledger_totals)]

    def _credentials(self) -> Finding:
        # A login of its own: the shared session may be older than a change of the password.
        session, answer = self.login.log_in()
        self.login.log_out(session)
        return passed(
            "credentials",
            f"Logged in to {self.connection.company_db} by Service Layer {self.connection.odata}; the server is"
            f" {answer.get('Version', 'of an unknown version')}, sessions end after"
            f" {answer.get('SessionTimeout', '?')} idle minutes.",
        )

    def _readable(self, entity: ServiceLayerEntity) -> Finding:
        try:
            able = self.abilities[entity.name]()
        except PermanentError as error:
            return failed_by(
                entity.name, error, f"Give the user the authorization {entity.authorization}. {error.hint}"
            )
        said = ["Readable."]
        if able.absent:
            said.append(f"The server has no {', '.join(sorted(able.absent))}.")
        if CANCEL_STATUS in able.absent:
            said.append(_NO_CANCEL_STATUS)
        if not able.counts:
            said.append(_NO_COUNT)
        return passed(entity.name, " ".join(said))

    def _ledger_totals(self) -> Finding:
        refusal = self.sql().refusal
        if refusal is None:
            return passed("ledger totals", "Journal entries are tied out by account, summed by the database.")
        return passed("ledger totals", f"Journal entries are only counted ({refusal.message}) {_ALLOW_LIST}")
