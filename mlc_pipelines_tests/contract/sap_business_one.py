"""SAP Business One for the shared suite."""

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
from mlc_sandbox.sap_business_one import SapBusinessOneSandbox, ledger_line

TODAY = date(2026, 6, 15)
_CLOSED = fiscal_period("FY2026-P05", date(2026, 5, 1), date(2026, 5, 31))
_DOCUMENTS = {
    "invoices": ("Invoices", 1),
    "purchase_invoices": ("PurchaseInvoices", 1),
    "purchase_orders": ("PurchaseOrders", 1),
    "credit_notes": ("CreditNotes", -1),
    "purchase_credit_notes": ("PurchaseCreditNotes", -1),
}
_SETS = {
    "chart_of_accounts": "ChartOfAccounts",
    "profit_centers": "ProfitCenters",
    "dimensions": "Dimensions",
    "distribution_rules": "DistributionRules",
    "business_partners": "BusinessPartners",
}


@dataclass
class SapBusinessOneDriver:
    """See `Driver`."""

    sandbox: SapBusinessOneSandbox
    kind: str = "sap_business_one"
    closed: Period = _CLOSED
    ledger: str = "journal_entries"
    rows_path: str = "/JournalEntries(?!/)"
    memo_key: str = "LineMemo"
    debit_key: str = "Debit"
    login_path: str = "/Login"
    coded: tuple[str, str, str] | None = ("chart_of_accounts", "Code", "/ChartOfAccounts")
    facts: tuple[str, ...] = ("journal_entries", *_DOCUMENTS)
    dimensions: tuple[str, ...] = tuple(_SETS)
    unfilled: frozenset[str] = frozenset({"journal_entries.branch_id", "purchase_orders.transaction_id"})

    @property
    def access(self) -> Access:
        return self._access()

    def _access(self, *, company: str = "", password: str = "") -> Access:
        return Access(
            {
                "base_url": f"{self.sandbox.url}/b1s/v2",
                "company_db": company or self.sandbox.company,
                "user": self.sandbox.user,
                "password": {"secret": "b1_password"},
                "page_size": 25,
            },
            {"b1_password": password or self.sandbox.password},
        )

    def truth(self, entity: str, window: Period) -> Truth:
        books = self.sandbox.books
        if entity in _SETS:
            return Truth(len(books.tables[_SETS[entity]]))
        if window.adjustment:
            # Nothing in the company tells an adjustment from other entries of its day.
            return Truth(0, Decimal(0))
        if entity == self.ledger:
            control = books.control(window.start, window.end)
            return Truth(control.lines, control.debit - control.credit)
        entity_set, sign = _DOCUMENTS[entity]
        found = books.documents(entity_set, window.start, window.end)
        counted = [row["DocTotal"] for row in found if row["Cancelled"] == "tNO"]
        return Truth(len(found), sign * sum(counted, Decimal(0)))

    def add(self) -> None:
        value = Decimal("1204.5501")
        lines = [ledger_line("5240", value, costing=("0210", None, "F01")), ledger_line("2260", -value)]
        with self._reopened():
            self.sandbox.books.post({"ReferenceDate": date(2026, 5, 29), "Memo": "Sen faktura"}, lines)

    def change(self) -> None:
        self.sandbox.books.edit(self._some(), Memo="Rettet af controlleren")

    def void(self) -> None:
        with self._reopened():
            self.sandbox.books.cancel(self._some())

    def delete(self) -> None:
        self.sandbox.books.remove(self._some())

    def _some(self) -> int:
        entries = self.sandbox.books.tables["JournalEntries"].between(self.closed.start, self.closed.end)
        return entries[len(entries) // 2]["JdtNum"]

    @contextmanager
    def _reopened(self) -> Iterator[None]:
        self.sandbox.books.reopen_period(self.closed.start)
        yield
        self.sandbox.books.close_period(self.closed.start)

    def expire(self) -> None:
        self.sandbox.expire_sessions()

    def wrong_credentials(self) -> Access:
        return self._access(password="not-this-one")

    def wrong_version(self) -> Access:
        return self._access(company="NOPE")

    def without_right(self) -> None:
        self.sandbox.switches.unreadable = frozenset({"JournalEntries"})


@contextmanager
def start(*, gl_lines: int = 12_000) -> Iterator[Driver]:
    """A sandbox with books of its own, on 15 June 2026."""
    with SapBusinessOneSandbox(gl_lines=gl_lines, today=TODAY, clock=sandbox_clock()) as sandbox:
        yield SapBusinessOneDriver(sandbox)
