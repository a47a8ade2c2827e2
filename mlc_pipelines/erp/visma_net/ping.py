"""The live checks of one Visma.net company: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

from mlc_pipelines.clock import Clock
from mlc_pipelines.erp.base import ErpPeriod
from mlc_pipelines.erp.ping import Ping, Trial
from mlc_pipelines.erp.visma_net.connection import VismaConnection
from mlc_pipelines.erp.visma_net.entities import ENTITIES
from mlc_pipelines.erp.visma_net.fields import VismaEntity
from mlc_pipelines.erp.visma_net.ledgers import Ledger, ledger_of
from mlc_pipelines.erp.visma_net.lists import LEDGERS
from mlc_pipelines.errors import MlcError, NotFound, TransientError
from mlc_pipelines.findings import Finding, failed, failed_by, passed
from mlc_pipelines.http import HttpClient, Response

_TOLERATED_SKEW = timedelta(minutes=5)
_ENDING = "See Visma's end-of-life notices, and update mlc_pipelines before the call is gone."
_WHERE = "Check base_url and token_url, and whether the network lets this machine out to them."


@dataclass(frozen=True)
class VismaPing(Ping):
    """One company, as its trials see it.

    Attributes:
        connection: the tenant's `erp:` keys.
        http: client of the company.
        clock: this machine's time.
        ledgers: finds the ledgers.
        periods: finds the financial periods.
        count: how many records of an entity there are in the period of that code.
        retiring: what Visma.net's latest answer says of the end of the list at that path; empty when nothing.
    """

    connection: VismaConnection
    http: HttpClient
    clock: Clock
    ledgers: Callable[[], Sequence[Ledger]]
    periods: Callable[[], Sequence[ErpPeriod]]
    count: Callable[[VismaEntity, str | None], int]
    retiring: Callable[[str], str]

    def no_way_in(self, error: MlcError) -> Finding:
        """No Visma.net at that address."""
        return failed_by("connection", error, _WHERE if isinstance(error, TransientError | NotFound) else "")

    def enter(self) -> tuple[Sequence[Finding], Sequence[Trial]]:
        """The ledgers, whose answer also tells the time and what is left of the limit."""
        answer = self.http.request("GET", LEDGERS)
        trials: list[Trial] = [
            ("clock", lambda: self._clock(answer)),
            ("request limit", lambda: _limit(answer)),
            ("financial periods", self._periods),
            ("ledger", self._ledger),
            *((entity.name, lambda entity=entity: self._readable(entity)) for entity in ENTITIES.values()),
        ]
        company = self.connection.company_tenant_id
        return [passed("credentials", f"Company {company} is open to this application.")], trials

    def _clock(self, answer: Response) -> Finding:
        try:
            skew = self.clock.now() - parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
        except (ValueError, TypeError):
            return passed("clock", "Visma.net doesn't say what time it is.")
        message = f"This machine's clock is {skew.total_seconds():+.0f} s against Visma.net's."
        if abs(skew) > _TOLERATED_SKEW:
            return failed("clock", message, "Keep it right by NTP: tokens are renewed by it.")
        return passed("clock", message)

    def _periods(self) -> Finding:
        periods = self.periods()
        if not periods:
            return failed("financial periods", "There are none.", "Generate the financial periods in Visma.net.")
        codes = sorted(period.id for period in periods)
        return passed("financial periods", f"{len(codes)}, from {codes[0]} to {codes[-1]}.")

    def _ledger(self) -> Finding:
        ledgers = self.ledgers()
        chosen = ledger_of(ledgers, self.connection.ledger)
        return passed("ledger", f"Read is {chosen}. There is: {', '.join(map(str, ledgers))}.")

    def _readable(self, entity: VismaEntity) -> Finding:
        code = self._newest_code() if entity.placed_by not in {None, "orderDate"} else None
        records = self.count(entity, code)
        message = f"Readable: {records} records{f' in {code}' if code else ''}."
        if ending := self.retiring(entity.path):
            return Finding(entity.name, ok=True, message=f"{message} {ending}", remedy=_ENDING, warning=True)
        return passed(entity.name, message)

    def _newest_code(self) -> str | None:
        today = self.clock.now().date()
        return max((period.id for period in self.periods() if period.start <= today), default=None)


def _limit(answer: Response) -> Finding:
    headers = answer.headers
    if "x-ratelimit-remaining" not in headers:
        return passed("request limit", "Visma.net doesn't say what is left of it.")
    policy = f" (policy {headers['x-ratelimit-policy']})" if "x-ratelimit-policy" in headers else ""
    return passed(
        "request limit",
        f"{headers['x-ratelimit-remaining']} of {headers.get('x-ratelimit-limit', '?')} requests are left for the next"
        f" {headers.get('x-ratelimit-reset', '?')} s{policy}. All integrations of this application share them.",
    )
