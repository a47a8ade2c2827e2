"""The live checks of one Acumatica tenant: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
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
from mlc_pipelines.erp.ping import Ping, Trial
from mlc_pipelines.errors import AuthenticationError, DataError, Forbidden, MlcError, TransientError
from mlc_pipelines.findings import Finding, failed, failed_by, passed
from mlc_pipelines.http import HttpClient, read_json

_WHERE = "Check base_url: it is the instance's, with its path."


@dataclass(frozen=True)
class AcumaticaPing(Ping):
    """One tenant, as its trials see it.

    Attributes:
        connection: the tenant's `erp:` keys.
        http: client of the endpoint.
        reader: reads lists by it.
    """

    connection: AcumaticaConnection
    http: HttpClient
    reader: Reader

    def no_way_in(self, error: MlcError) -> Finding:
        """No address that answers, or one without the endpoint."""
        subject = "connection" if isinstance(error, TransientError) else "endpoint"
        return failed_by(subject, error, _WHERE if subject == "connection" and not error.hint else "")

    def enter(self) -> tuple[Sequence[Finding], Sequence[Trial]]:
        """The endpoint, which may be listed for anybody, then the periods, by which the rest is tried."""
        build = check_endpoint(self.http, self.connection)
        pinned = f"{self.connection.endpoint} {self.connection.version}"
        findings = [passed("endpoint", f"{pinned} is there{f', on build {build}' if build else ''}.")]
        try:
            periods = find_periods(self.http, self.connection)
        except AuthenticationError as error:
            return [failed_by("credentials", error), *findings], []
        except MlcError as error:
            periods = []
            findings.append(failed_by("financial periods", error, "Give the right to view GL201000."))
        findings.insert(0, passed("credentials", f"Signed in to tenant {self.connection.tenant}."))
        if periods:
            findings.append(_shown(periods))
        trials: list[Trial] = [("ledger", self._ledger), ("language", self._language)]
        trials += [(name, partial(self._readable, entity, periods)) for name, entity in ENTITIES.items()]
        return findings, trials

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
            return failed(
                "ledger",
                f"There is no ledger {self.connection.ledger}. There are: {there or 'none'}.",
                "Correct ledger.",
            )
        # A ledger that names no branches is every branch's.
        if branch and branches and branch not in branches:
            return failed(
                "ledger",
                f"Branch {branch} does not post to ledger {self.connection.ledger}.",
                f"Its branches are: {', '.join(branches)}.",
            )
        return passed(
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
            return failed(
                "language",
                f"Acumatica doesn't answer this user in English: types of ledgers are {', '.join(strange)}.",
                "Set the user's language to English (User Profile, SM203010): words decide signs and states.",
            )
        return passed("language", "Acumatica answers in English, whose words decide signs and states.")

    def _readable(self, entity: AcumaticaEntity, periods: list[ErpPeriod]) -> Finding:
        try:
            if entity.placed_by != "inquiry":
                self.reader.first(query(entity.in_version(self.connection.version), self.connection, entity.name))
            elif periods:
                # The oldest period has the fewest lines.
                inquire = details if entity is GL_DETAILS else balances
                inquire(self.http, self.connection, periods[0].id)
            else:
                return failed(entity.name, "Can't be tried without a financial period.", "See financial periods.")
        except Forbidden as error:
            return failed_by(
                entity.name, error, f"Give the user's role the right to view {entity.form}, or enable its feature."
            )
        return passed(entity.name, "Readable.")


def _shown(periods: list[ErpPeriod]) -> Finding:
    adjusting = sum(period.adjustment for period in periods)
    span = f"{periods[0].start} to {max(period.end for period in periods)}"
    return passed("financial periods", f"{len(periods)}, {adjusting} of them adjusting, {span}.")


def _text(record: dict[str, Any], field: str) -> str:
    return str((record.get(field) or {}).get("value") or "").strip()
