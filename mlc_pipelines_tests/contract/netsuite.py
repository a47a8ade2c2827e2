"""NetSuite for the shared suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from mlc_pipelines.fiscal import Period
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.contract.driver import Access, Driver, Truth
from mlc_pipelines_tests.erp.netsuite.truth import BILLS, DIMENSIONS, LEDGER, ORDERS, truth
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.netsuite import NetSuiteSandbox
from mlc_sandbox.netsuite.books.entries import Entry, Line

TODAY = date(2026, 6, 15)
_CLOSED = fiscal_period("FY2026-P05", date(2026, 5, 1), date(2026, 5, 31))


@dataclass
class NetSuiteDriver:
    """See `Driver`."""

    sandbox: NetSuiteSandbox
    kind: str = "netsuite"
    closed: Period = _CLOSED
    ledger: str = "gl_activity"
    rows_path: str = "/suiteql"
    memo_key: str = "f_memo"
    debit_key: str = "f_debit"
    login_path: str = "/oauth2/v1/token"
    coded: tuple[str, str, str] | None = None
    facts: tuple[str, ...] = ("gl_activity", "vendor_bills", "purchase_orders")
    dimensions: tuple[str, ...] = tuple(DIMENSIONS)
    unfilled: frozenset[str] = frozenset(
        {"vendors.first_name", "vendors.last_name", "employees.class_id", "purchase_orders.due_date"}
    )

    def __post_init__(self) -> None:
        self.access = Access(
            {
                "account_id": self.sandbox.account_id,
                "base_url": self.sandbox.url,
                "client_id": self.sandbox.integration.client_id,
                "certificate_id": self.sandbox.integration.certificate_id,
                "private_key": {"secret": "netsuite_private_key"},
                "max_concurrent_requests": 4,
            },
            {"netsuite_private_key": self.sandbox.integration.private_key},
        )

    def truth(self, entity: str, window: Period) -> Truth:
        if entity in self.dimensions:
            return Truth(len(truth(self.sandbox, DIMENSIONS[entity])))
        if entity == "gl_activity":
            rows = truth(self.sandbox, LEDGER, self._period(), 1)
        elif entity == "vendor_bills":
            rows = truth(self.sandbox, BILLS, "VendBill", self._period())
        else:
            rows = truth(self.sandbox, ORDERS, "PurchOrd", window.start, window.end)
        return Truth(len(rows), sum((row["amount"] for row in rows), Decimal(0)))

    def _period(self) -> int:
        return self.sandbox.books.period(f"{self.closed.start:%b %Y}").id

    def _some(self) -> int:
        """A journal in the middle of the period, which is open from now on."""
        period = self._period()
        self.sandbox.books.reopen_period(period)
        rows = truth(self.sandbox, LEDGER, period, 1)
        journals = sorted({row["transaction_id"] for row in rows if row["transaction_type"] == "Journal"})
        return journals[len(journals) // 2]

    def add(self) -> None:
        books, period = self.sandbox.books, self._period()
        books.reopen_period(period)
        lines = [
            Line(books.account("6010").id, Decimal("1204.55"), memo="Späte Rechnung"),
            Line(books.account("0110").id, Decimal("-1204.55")),
        ]
        books.post(Entry("Journal", self.closed.end, period, lines))

    def change(self) -> None:
        self.sandbox.books.edit(self._some(), memo="Changed by the controller")

    def void(self) -> None:
        self.sandbox.books.void(self._some())

    def delete(self) -> None:
        self.sandbox.books.delete(self._some())

    def expire(self) -> None:
        self.sandbox.expire_tokens()

    def wrong_credentials(self) -> Access:
        return replace(self.access, connection={**self.access.connection, "certificate_id": "unknown"})

    def wrong_version(self) -> Access:
        return replace(self.access, connection={**self.access.connection, "accounting_book": "No such book"})

    def without_right(self) -> None:
        self.sandbox.switches.permitted = False


@contextmanager
def start(*, gl_lines: int = 10_000) -> Iterator[Driver]:
    """Books of ten weeks: older months cost time. Some thousand lines a month, as NetSuite has pages of a thousand."""
    clock = sandbox_clock(datetime(2025, 3, 15, 19, tzinfo=UTC))
    with NetSuiteSandbox(gl_lines=gl_lines, today=date(2025, 3, 15), clock=clock) as sandbox:
        yield NetSuiteDriver(sandbox, closed=fiscal_period("FY2025-P02", date(2025, 2, 1), date(2025, 2, 28)))
