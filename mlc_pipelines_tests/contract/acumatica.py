"""Acumatica for the shared suite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mlc_pipelines.fiscal import Period
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.contract.driver import Access, Driver, Truth
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.acumatica import AcumaticaSandbox, Batch, Line
from mlc_sandbox.acumatica.records import Record

TODAY = date(2026, 6, 15)
_CLOSED = fiscal_period("FY2026-P05", date(2026, 5, 1), date(2026, 5, 31))
_PERIOD, _ELSEWHERE = "052026", "032026"
_TABLES = {
    "accounts": "Account",
    "subaccounts": "Subaccount",
    "ledgers": "Ledger",
    "vendors": "Vendor",
    "stock_items": "StockItem",
    "non_stock_items": "NonStockItem",
}


@dataclass
class AcumaticaDriver:
    """See `Driver`."""

    sandbox: AcumaticaSandbox
    kind: str = "acumatica"
    closed: Period = _CLOSED
    ledger: str = "journal_transactions"
    rows_path: str = "/JournalTransaction"
    memo_key: str = "TransactionDescription"
    debit_key: str = "DebitAmount"
    login_path: str = "/connect/token"
    coded: tuple[str, str, str] | None = ("accounts", "AccountCD", "/Account")
    facts: tuple[str, ...] = (
        "gl_details",
        "journal_transactions",
        "account_balances",
        "bills",
        "purchase_orders",
        "payments",
    )
    dimensions: tuple[str, ...] = tuple(_TABLES)
    # What a tenant adds to its ERP: nothing here. The two inquiries have no such fields.
    unfilled: frozenset[str] = frozenset(
        f"{entity}.custom_{number}"
        for entity in (*_TABLES, "journal_transactions", "bills", "purchase_orders", "payments")
        for number in range(1, 6)
    )

    @property
    def access(self) -> Access:
        return self._access()

    def _access(self, *, version: str = "24.200.001", password: str = "") -> Access:
        sandbox = self.sandbox
        return Access(
            {
                "base_url": sandbox.url,
                "tenant": sandbox.tenant,
                "endpoint": "Default",
                "version": version,
                "ledger": "ACTUAL",
                "page_size": 12,
                "base_amounts": {"bills": "Details/Transactions.TranAmt", "payments": "Document.OrigDocAmt"},
                "auth": {
                    "method": "oauth",
                    "client_id": sandbox.client_id,
                    "client_secret": {"secret": "acumatica_client_secret"},
                    "user": sandbox.username,
                    "password": {"secret": "acumatica_password"},
                },
            },
            {
                "acumatica_client_secret": sandbox.client_secret,
                "acumatica_password": password or sandbox.password,
            },
        )

    def truth(self, entity: str, window: Period) -> Truth:
        books = self.sandbox.books
        if entity in _TABLES:
            return Truth(len(books.tables[_TABLES[entity]]))
        period = f"{13 if window.adjustment else window.start.month:02d}{window.start.year}"
        match entity:
            case "gl_details":
                return _truth(line.base_debit - line.base_credit for line in books.lines(period))
            case "journal_transactions":
                return _truth(line.debit - line.credit for line in books.lines(period))
            case "account_balances":
                found = books.balances("ACTUAL", books.calendar[period]).values()
                return _truth(within.debit - within.credit for _, within in found)
            case "bills":
                bills = [bill for bill in books.tables["Bill"].heap() if bill.fields["PostPeriod"] == period]
                return _truth(
                    row.get("Amount", Decimal) * (-1 if bill.fields["Type"] == "Debit Adj." else 1)
                    for bill in bills
                    for row in bill.rows("Details")
                )
            case "purchase_orders":
                orders = self._dated("PurchaseOrder", "Date", window)
                return _truth(row.get("ExtendedCost", Decimal) for order in orders for row in order.rows("Details"))
            case _:
                checks = self._dated("Check", "ApplicationDate", window)
                return _truth(check.get("PaymentAmount", Decimal) for check in checks)

    def _dated(self, table: str, field: str, window: Period) -> list[Record]:
        """Records that know no period, so that an adjustment period has none of them."""
        return [
            record
            for record in self.sandbox.books.tables[table].heap()
            if window.start <= record.get(field, date) <= window.end and not window.adjustment
        ]

    def add(self) -> None:
        amount = Decimal("1204.55")
        lines = [
            Line("64000", "300STR", "NORDIC", debit=amount, text="Späte Rechnung"),
            Line("21000", "000000", "NORDIC", credit=amount),
        ]
        self.sandbox.books.post(lines, period=_PERIOD)

    def change(self) -> None:
        self.sandbox.books.annotate(self._some(), "Changed by the controller")

    def void(self) -> None:
        self.sandbox.books.reverse(self._some())

    def delete(self) -> None:
        # What is posted can't be deleted; it can be moved.
        self.sandbox.books.move(self._some(), _ELSEWHERE)

    def _some(self) -> Batch:
        batches = self.sandbox.books.batches(_PERIOD)
        return batches[len(batches) // 2]

    def expire(self) -> None:
        self.sandbox.expire_tokens(refresh_tokens=True)
        self.sandbox.end_sessions()

    def wrong_credentials(self) -> Access:
        return self._access(password="not-this-one")

    def wrong_version(self) -> Access:
        return self._access(version="19.200.001")

    def without_right(self) -> None:
        self.sandbox.switches.forbidden = {"JournalTransaction"}


def _truth(amounts: Iterable[Decimal]) -> Truth:
    found = list(amounts)
    return Truth(len(found), sum(found, Decimal(0)))


@contextmanager
def start(*, gl_lines: int = 3_000) -> Iterator[Driver]:
    """A sandbox with books of its own, on 15 June 2026."""
    with AcumaticaSandbox(gl_lines=gl_lines, today=TODAY, clock=sandbox_clock()) as sandbox:
        yield AcumaticaDriver(sandbox)
