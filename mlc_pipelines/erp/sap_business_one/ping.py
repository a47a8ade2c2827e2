"""The live checks of one company: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from mlc_pipelines.erp.once import Once
from mlc_pipelines.erp.sap_business_one.abilities import Abilities
from mlc_pipelines.erp.sap_business_one.auth import Login
from mlc_pipelines.erp.sap_business_one.client import ServiceLayer
from mlc_pipelines.erp.sap_business_one.connection import ServiceLayerConnection
from mlc_pipelines.erp.sap_business_one.entities import ENTITIES
from mlc_pipelines.erp.sap_business_one.fields import CANCEL_STATUS, ServiceLayerEntity
from mlc_pipelines.erp.sap_business_one.totals import SqlAccess
from mlc_pipelines.erp.trials import failed, tried, well
from mlc_pipelines.errors import AuthenticationError, MlcError, PermanentError
from mlc_pipelines.findings import Finding

_ALLOW_LIST = (
    "For totals per account add OJDT and JDT1 to conf/b1s_sqltable.conf, restart the Service Layer, and let the user"
    " create and run Service Layer SQL queries."
)

_NO_CANCEL_STATUS = "Without CancelStatus the cancellation of a document can't be told from a document."
_NO_COUNT = "The server doesn't count its records: reads take longer."


@dataclass(frozen=True)
class Check:
    """One company, as its checks see it.

    Attributes:
        connection: the tenant's `erp:` keys.
        login: logs in.
        service: requests with the shared session.
        pool: runs checks side by side.
        abilities: of the server, by name of the entity.
        sql: whether the ledger can be summed by SQL.
    """

    connection: ServiceLayerConnection
    login: Login
    service: ServiceLayer
    pool: Executor
    abilities: Mapping[str, Once[Abilities]]
    sql: Once[SqlAccess]

    def run(self) -> list[Finding]:
        """All findings; only one when there is no way in, for then nothing else can be tried."""
        try:
            way_in = self._credentials()
        except MlcError as error:
            subject = "credentials" if isinstance(error, AuthenticationError) else "connection"
            remedy = f"Check base_url: host and port (50000) of the Service Layer. {error.hint}"
            return [failed(subject, error, remedy if subject == "connection" else error.hint)]
        trials: list[tuple[str, Callable[[], Finding]]] = [
            (name, lambda entity=entity: self._readable(entity)) for name, entity in ENTITIES.items()
        ]
        trials.append(("ledger totals", self._ledger_totals))
        return [way_in, *self.pool.map(lambda trial: tried(*trial), trials)]

    def _credentials(self) -> Finding:
        # A login of its own: the shared session may be older than a change of the password.
        session, answer = self.login.log_in()
        self.login.log_out(session)
        return well(
            "credentials",
            f"Logged in to {self.connection.company_db} by Service Layer {self.connection.odata}; the server is"
            f" {answer.get('Version', 'of an unknown version')}, sessions end after"
            f" {answer.get('SessionTimeout', '?')} idle minutes.",
        )

    def _readable(self, entity: ServiceLayerEntity) -> Finding:
        try:
            able = self.abilities[entity.name]()
        except PermanentError as error:
            return failed(entity.name, error, f"Give the user the authorization {entity.authorization}. {error.hint}")
        said = ["Readable."]
        if able.absent:
            said.append(f"The server has no {', '.join(sorted(able.absent))}.")
        if CANCEL_STATUS in able.absent:
            said.append(_NO_CANCEL_STATUS)
        if not able.counts:
            said.append(_NO_COUNT)
        return well(entity.name, " ".join(said))

    def _ledger_totals(self) -> Finding:
        refusal = self.sql().refusal
        if refusal is None:
            return well("ledger totals", "Journal entries are tied out by account, summed by the database.")
        return well("ledger totals", f"Journal entries are only counted ({refusal.message}) {_ALLOW_LIST}")
