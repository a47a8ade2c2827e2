"""The live checks of one Acumatica tenant: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

from mlc_pipelines.erp.acumatica.connection import AcumaticaConnection
from mlc_pipelines.erp.acumatica.endpoint import check_endpoint
from mlc_pipelines.erp.acumatica.entities import ENTITIES
from mlc_pipelines.erp.acumatica.facts.ledger import GL_DETAILS
from mlc_pipelines.erp.acumatica.fields import AcumaticaEntity
from mlc_pipelines.erp.acumatica.inquiries import balances, details
from mlc_pipelines.erp.acumatica.periods import find_periods
from mlc_pipelines.erp.acumatica.queries import query
from mlc_pipelines.erp.acumatica.reading import Reader
from mlc_pipelines.erp.acumatica.words import LEDGER_TYPE
from mlc_pipelines.erp.base import ErpPeriod
from mlc_pipelines.erp.trials import failed, tried, well, wrong
from mlc_pipelines.errors import AuthenticationError, DataError, Forbidden, MlcError, TransientError
from mlc_pipelines.findings import Finding
from mlc_pipelines.http import HttpClient, read_json

_WHERE = "Check base_url: it is the instance's, with its path."


@dataclass(frozen=True)
class Check:
    """One tenant, as its checks see it.

    Attributes:
        connection: the tenant's `erp:` keys.
        http: client of the endpoint.
        reader: reads lists by it.
        pool: runs checks side by side.
    """

    connection: AcumaticaConnection
    http: HttpClient
    reader: Reader
    pool: Executor

    def run(self) -> list[Finding]:
        """All findings; only those of the way in when there is none, for then nothing else can be tried."""
        try:
            build = check_endpoint(self.http, self.connection)
        except AuthenticationError as error:
            return [failed("credentials", error)]
        except MlcError as error:
            subject = "connection" if isinstance(error, TransientError) else "endpoint"
            return [failed(subject, error, _WHERE if subject == "connection" and not error.hint else "")]
        pinned = f"{self.connection.endpoint} {self.connection.version}"
        findings = [well("endpoint", f"{pinned} is there{f', on build {build}' if build else ''}.")]
        try:
            periods = find_periods(self.http, self.connection)
        except AuthenticationError as error:
            return [failed("credentials", error), *findings]
        except MlcError as error:
            periods = []
            findings.append(failed("financial periods", error, "Give the right to view GL201000."))
        findings.insert(0, well("credentials", f"Signed in to tenant {self.connection.tenant}."))
        if periods:
            findings.append(_shown(periods))
        checks: list[tuple[str, Callable[[], Finding]]] = [("ledger", self._ledger), ("language", self._language)]
        checks += [(name, partial(self._readable, entity, periods)) for name, entity in ENTITIES.items()]
        findings += self.pool.map(lambda check: tried(*check), checks)
        return findings

    def _ledger(self) -> Finding:
        answer = self.http.request(
            "GET",
            f"{self.connection.address}/Ledger",
            params={"$select": "LedgerID,Type,Branches/BranchID", "$expand": "Branches"},
        )
        try:
            ledgers: list[dict[str, Any]] = read_json(answer)
            kinds = {_text(each, "LedgerID"): _text(each, "Type") for each in ledgers}
            posting = {
                _text(each, "LedgerID"): sorted(_text(row, "BranchID") for row in each.get("Branches") or ())
                for each in ledgers
            }
        except (DataError, TypeError, AttributeError):
            raise DataError("Ledger: Acumatica's answer is no list of records.", hint=_WHERE) from None
        branch, branches = self.connection.branch, posting.get(self.connection.ledger)
        if branches is None:
            there = ", ".join(f"{name} ({kind})" for name, kind in sorted(kinds.items()))
            return wrong(
                "ledger",
                f"There is no ledger {self.connection.ledger}. There are: {there or 'none'}.",
                "Correct ledger.",
            )
        # A ledger that names no branches is every branch's.
        if branch and branches and branch not in branches:
            return wrong(
                "ledger",
                f"Branch {branch} does not post to ledger {self.connection.ledger}.",
                f"Its branches are: {', '.join(branches)}.",
            )
        return well(
            "ledger",
            f"{self.connection.ledger} ({kinds[self.connection.ledger]}),"
            f" {f'only branch {branch}' if branch else 'all branches'}.",
        )

    def _language(self) -> Finding:
        """Every tenant has a ledger, and a ledger has a type: a word that must be known."""
        listed = self.http.request("GET", f"{self.connection.address}/Ledger", params={"$select": "LedgerID,Type"})
        try:
            ledgers: list[dict[str, Any]] = read_json(listed)
            said = sorted(filter(None, (_text(each, "Type") for each in ledgers)))
        except (DataError, TypeError, AttributeError):
            raise DataError("Ledger: Acumatica's answer is no list of records.", hint=_WHERE) from None
        if strange := [word for word in said if word not in LEDGER_TYPE.words]:
            return wrong(
                "language",
                f"Acumatica doesn't answer this user in English: types of ledgers are {', '.join(strange)}.",
                "Set the user's language to English (User Profile, SM203010): words decide signs and states.",
            )
        return well("language", "Acumatica answers in English, whose words decide signs and states.")

    def _readable(self, entity: AcumaticaEntity, periods: list[ErpPeriod]) -> Finding:
        try:
            if entity.placed_by != "inquiry":
                self.reader.first(query(entity.in_version(self.connection.version), self.connection, entity.name))
            elif periods:
                # The oldest period has the fewest lines.
                inquire = details if entity is GL_DETAILS else balances
                inquire(self.http, self.connection, periods[0].id)
            else:
                return wrong(entity.name, "Can't be tried without a financial period.", "See financial periods.")
        except Forbidden as error:
            return failed(
                entity.name, error, f"Give the user's role the right to view {entity.form}, or enable its feature."
            )
        return well(entity.name, "Readable.")


def _shown(periods: list[ErpPeriod]) -> Finding:
    adjusting = sum(period.adjustment for period in periods)
    span = f"{periods[0].start} to {max(period.end for period in periods)}"
    return well("financial periods", f"{len(periods)}, {adjusting} of them adjusting, {span}.")


def _text(record: dict[str, Any], field: str) -> str:
    return str((record.get(field) or {}).get("value") or "").strip()
