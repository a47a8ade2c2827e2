"""Toy Books for the shared suite, and a tenant that reads them into a model."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from mlc_pipelines.fiscal import Period
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.contract.driver import Access, Driver, Truth
from mlc_pipelines_tests.contract.toy_erp.server import ACCOUNTS, ToySandbox
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.anaplan import ListSpec
from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.sample import Facts, SampleTenant, month_calendar, sample_model, sample_tenant

_CLOSED = fiscal_period("FY2026-P05", date(2026, 5, 1), date(2026, 5, 31))
_SECRET = "toy_client_secret"

_TENANT_FILE = """\
tenant: $tenant
erp:
  kind: $kind
  base_url: $erp_url
  client_id: $client_id
  client_secret: {secret: toy_client_secret}
calendar: $tenant
$anaplan
loads:
  accounts:
    - import: Load Accounts
      columns: {Code: number, Name: name}
  ledger:
    - import: Load Actuals
      columns: {Account: account_number, Period: {period: "%b %y"}, Amount: {sum: amount}}
      members: {Account: Accounts}
"""


@dataclass
class ToyDriver:
    """See `Driver`."""

    sandbox: ToySandbox
    kind: str = "toy"
    closed: Period = _CLOSED
    ledger: str = "ledger"
    rows_path: str = "/ledger"
    memo_key: str = "memo"
    debit_key: str = "debit"
    login_path: str = "/token"
    coded: tuple[str, str, str] | None = ("accounts", "code", "/accounts")
    facts: tuple[str, ...] = ("ledger",)
    dimensions: tuple[str, ...] = ("accounts",)
    unfilled: frozenset[str] = frozenset()

    @property
    def access(self) -> Access:
        return self._access(self.sandbox.client_secret)

    def _access(self, secret: str) -> Access:
        connection = {"base_url": self.sandbox.url, "client_id": self.sandbox.client_id}
        return Access({**connection, "client_secret": {"secret": _SECRET}}, {_SECRET: secret})

    def truth(self, entity: str, window: Period) -> Truth:
        if entity in self.dimensions:
            return Truth(len(ACCOUNTS))
        lines = self._lines(f"{window.start:%Y-%m}")
        return Truth(len(lines), sum((Decimal(line["net"]) for line in lines), Decimal(0)))

    def _lines(self, period: str) -> list[dict[str, Any]]:
        return [line for _, line in sorted(self.sandbox.lines.items()) if line["period"] == period]

    def _some(self) -> list[dict[str, Any]]:
        """The lines of an entry in the middle of the closed period."""
        lines = self._lines("2026-05")
        entry = lines[len(lines) // 2]["id"].partition("-")[0]
        return [line for line in lines if line["id"].startswith(entry)]

    def add(self) -> None:
        self.sandbox.post(self.closed.end, "Sen faktura", {"6100": Decimal("1204.5501"), "2000": Decimal("-1204.5501")})

    def change(self) -> None:
        for line in self._some():
            line["memo"] = "Changed by the controller"

    def void(self) -> None:
        turned = {line["account"]: -Decimal(line["net"]) for line in self._some()}
        self.sandbox.post(self.closed.end, "Reversal", turned)

    def delete(self) -> None:
        for line in self._some():
            del self.sandbox.lines[line["id"]]

    def expire(self) -> None:
        self.sandbox.tokens.clear()

    def wrong_credentials(self) -> Access:
        return self._access("not-this-one")

    def wrong_version(self) -> None:
        """It has one company and one version."""

    def without_right(self) -> None:
        self.sandbox.readable = False


@contextmanager
def start(*, gl_lines: int = 240) -> Iterator[Driver]:
    """Books of two months; a month takes several pages."""
    with ToySandbox(clock=sandbox_clock(), entries=gl_lines // 2) as sandbox:
        yield ToyDriver(sandbox)


@contextmanager
def serve(port: int, clock: SandboxClock) -> Generator[SampleTenant]:
    """The server with its books, and the tenant that reads them; see `mlc_sandbox.sample.Serve`."""
    accounts = {"Account": "Accounts"}
    model = sample_model(
        "Toy Planning", loaded=[ListSpec("Accounts")], facts=[Facts("GL Actuals", accounts, load="Actuals")]
    )
    with ToySandbox(clock=clock, port=port) as sandbox:
        yield sample_tenant(
            sandbox,
            _TENANT_FILE,
            {"tenant": "toyshop", "kind": "toy", "erp_url": sandbox.url, "client_id": sandbox.client_id},
            calendar=month_calendar("toyshop", "NO", "UTC", adjustment_periods=0),
            model=model,
            secrets={_SECRET: sandbox.client_secret},
            today=date(2026, 6, 15),
            expense=lambda day, amount, text: sandbox.post(day, text, {"6100": amount, "1000": -amount}),
        )
