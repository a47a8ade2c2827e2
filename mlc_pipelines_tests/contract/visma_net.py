"""Visma.net for the shared suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mlc_pipelines.fiscal import Period
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.contract.driver import Access, Driver, Truth
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.visma_net import Batch, VismaNetSandbox

TODAY = date(2026, 6, 15)
_CLOSED = fiscal_period("FY2026-P05", date(2026, 5, 1), date(2026, 5, 31))
_PLACES = Decimal("0.0001")


@dataclass
class VismaNetDriver:
    """See `Driver`."""

    sandbox: VismaNetSandbox
    kind: str = "visma_net"
    closed: Period = _CLOSED
    ledger: str = "gl_transactions"
    rows_path: str = "/v1/GeneralLedgerTransactions"
    memo_key: str = "description"
    debit_key: str = "debitAmount"
    login_path: str = "/connect/token"
    coded: tuple[str, str, str] | None = ("departments", "departmentId", "/v1/department")
    facts: tuple[str, ...] = ("gl_transactions", "gl_balances", "supplier_invoices", "purchase_orders")
    dimensions: tuple[str, ...] = (
        "accounts",
        "dimensions",
        "subaccounts",
        "branches",
        "departments",
        "suppliers",
        "financial_periods",
    )
    unfilled: frozenset[str] = frozenset()

    @property
    def access(self) -> Access:
        return self._access()

    def _access(self, *, client_id: str = "", secret: str = "", tenant_id: str = "") -> Access:
        sandbox = self.sandbox
        return Access(
            {
                "base_url": sandbox.url,
                "token_url": sandbox.token_url,
                "client_id": client_id or sandbox.client_id,
                "client_secret": {"secret": "visma_client_secret"},
                "company_tenant_id": tenant_id or sandbox.tenant_id,
            },
            {"visma_client_secret": secret or sandbox.client_secret},
        )

    def truth(self, entity: str, window: Period) -> Truth:
        if entity in self.dimensions:
            return Truth(self._members(entity))
        books = self.sandbox.books
        period = f"{window.start.year}{13 if window.adjustment else window.start.month:02d}"
        if entity == "gl_transactions":
            lines = books.ledger_lines(period)
            return Truth(len(lines), sum((line.amount for _, line in lines), Decimal(0)))
        if entity == "gl_balances":
            balances = [balance for balance in books.balances()[period] if balance.ledger.number == "1"]
            return Truth(len(balances), sum((one.debit - one.credit for one in balances), Decimal(0)))
        if entity == "supplier_invoices":
            invoices = [invoice for invoice in books.invoices.values() if invoice.period == period]
            signed = ((-1 if invoice.type == "DebitAdj" else 1) * invoice.detail_total for invoice in invoices)
            return Truth(sum(len(invoice.lines) for invoice in invoices), sum(signed, Decimal(0)))
        # Orders post nothing: they lie where their date does, and an adjustment period has none.
        inside = [one for one in books.orders.values() if window.start <= one.day <= window.end]
        orders = [] if window.adjustment else inside
        totals = (sum(line.amount for line in order.lines) * order.rate for order in orders)
        amount = sum((total.quantize(_PLACES) for total in totals), Decimal(0))
        return Truth(sum(len(order.lines) for order in orders), amount)

    def _members(self, entity: str) -> int:
        company = self.sandbox.books.company
        if entity == "dimensions":
            return sum(len(segment.values) for dimension in company.dimensions for segment in dimension.segments)
        return len(company.periods if entity == "financial_periods" else getattr(company, entity))

    def add(self) -> None:
        company = self.sandbox.books.company
        value, neutral, branch = Decimal("1204.5525"), company.subaccounts[0], company.branches[1]
        postings = [
            (company.chart["6790"], company.subaccounts[20], branch, value, "Sen faktura, Ærø"),
            (company.chart["2400"], neutral, branch, -value, "Sen faktura, Ærø"),
        ]
        self.sandbox.books.post("GL", postings, day=TODAY, period="202605", text="Sen faktura")

    def change(self) -> None:
        self.sandbox.books.edit(self._some(), text="Rettet av controller")

    def void(self) -> None:
        self.sandbox.books.reverse(self._some())

    def delete(self) -> None:
        self.sandbox.books.delete(self._some())

    def _some(self) -> Batch:
        """A posted batch of the general ledger, somewhere in the middle of the period."""
        found = [one for one, _ in self.sandbox.books.ledger_lines("202605") if one.module == "GL"]
        return found[len(found) // 2]

    def expire(self) -> None:
        self.sandbox.expire_tokens()

    def wrong_credentials(self) -> Access:
        # Another application's, because a good token of this one may still be in the cache.
        return self._access(client_id="isv_other", secret="not-this-one")

    def wrong_version(self) -> Access:
        return self._access(tenant_id="11111111-2222-3333-4444-555555555555")

    def without_right(self) -> None:
        self.sandbox.switches.forbidden = frozenset({"generalledgertransactions"})


@contextmanager
def start(*, gl_lines: int = 3_000) -> Iterator[Driver]:
    """Books up to 15 June 2026; pages are small, so that a period takes several."""
    with VismaNetSandbox(gl_lines=gl_lines, today=TODAY, clock=sandbox_clock()) as sandbox:
        sandbox.switches.max_page_sizes = {"generalledgertransactions": 30}
        yield VismaNetDriver(sandbox)
