"""SYSPRO for the shared suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from mlc_pipelines.fiscal import Period
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.contract.driver import Access, Driver, Truth
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.syspro import Entry, Journal, SysproSandbox

TODAY = date(2026, 6, 15)
_CLOSED = fiscal_period("FY2026-P05", date(2026, 5, 1), date(2026, 5, 31))
_PSEUDO = ("FORCED", "RETAINED")
_TABLES = {"suppliers": "ApSupplier", "customers": "ArCustomer", "inventory": "InvWarehouse"}


@dataclass
class SysproDriver:
    """See `Driver`."""

    sandbox: SysproSandbox
    kind: str = "syspro"
    closed: Period = _CLOSED
    ledger: str = "gl_journals"
    rows_path: str = "/GenJournalDetail"
    memo_key: str = "Comment"
    debit_key: str = "EntryValue"
    login_path: str = "/Logon"
    coded: tuple[str, str, str] | None = ("suppliers", "Supplier", "/ApSupplier")
    facts: tuple[str, ...] = (
        "gl_journals",
        "gl_history",
        "ap_invoices",
        "ap_payments",
        "ar_invoices",
        "purchase_orders",
    )
    dimensions: tuple[str, ...] = ("gl_accounts", "suppliers", "customers", "inventory")
    unfilled: frozenset[str] = frozenset({"ap_invoices.status", "gl_accounts.report_index_2"})

    @property
    def access(self) -> Access:
        return self._access()

    def _access(self, *, odata_url: str = "", company: str = "", password: str = "") -> Access:
        sandbox = self.sandbox
        return Access(
            {
                "rest_url": sandbox.rest_url,
                "odata_url": odata_url or sandbox.odata_url,
                "odata_user": sandbox.operator,
                "odata_password": {"secret": "syspro_odata_password"},
                "operator": sandbox.operator,
                "operator_password": {"secret": "syspro_operator_password"},
                "company": company or sandbox.company,
                "company_password": {"secret": "syspro_company_password"},
            },
            {
                "syspro_odata_password": password or sandbox.password,
                "syspro_operator_password": password or sandbox.password,
                "syspro_company_password": sandbox.company_password,
            },
        )

    def truth(self, entity: str, window: Period) -> Truth:
        if entity in self.dimensions:
            return Truth(len(self._accounts() if entity == "gl_accounts" else self._rows(_TABLES[entity])))
        year = window.start.year
        period = 13 if window.adjustment else window.start.month
        if entity == "gl_journals":
            control = self.sandbox.books.control(year, period)
            return Truth(control.lines, control.debit - control.credit)
        if entity == "gl_history":
            rows = [row for row in self._rows("GenHistory", GlYear=year) if _ours(row, self.sandbox.company)]
            opening = "BeginYearBalance" if period == 1 else f"ClosingBalPer{period - 1}"
            return Truth(len(rows), _sum(row[f"ClosingBalPer{period}"] - row[opening] for row in rows))
        if entity == "ap_invoices":
            rows = self._rows("ApJnlDistrib", TrnYear=year, TrnMonth=period)
            return Truth(len(rows), _sum(row["DistrValue"] for row in rows))
        if entity == "ap_payments":
            rows = self._rows("ApInvoicePay", TrnYear=year, TrnMonth=period)
            return Truth(len(rows), _sum(row["TrnValue"] for row in rows))
        return self._dated(entity, window)

    def _dated(self, entity: str, window: Period) -> Truth:
        """Entities that know no period, so that an adjustment period has none of them."""

        def inside(day: date) -> bool:
            return window.start <= day <= window.end and not window.adjustment

        if entity == "ar_invoices":
            rows = [row for row in self._rows("ArInvoice") if inside(row["InvoiceDate"])]
            return Truth(len(rows), _sum(_money(row["CurrencyValue"] * row["ExchangeRate"]) for row in rows))
        orders = {row["PurchaseOrder"] for row in self._rows("PorMasterHdr") if inside(row["OrderEntryDate"])}
        rows = [row for row in self._rows("PorMasterDetail") if row["PurchaseOrder"] in orders]
        return Truth(len(rows), _sum(_money(row["MOrderQty"] * row["MPrice"]) for row in rows))

    def _rows(self, table: str, **equal: Any) -> list[Mapping[str, Any]]:
        found = self.sandbox.books.tables[table]
        return list(found.where(**equal) if equal else found.rows())

    def _accounts(self) -> list[Mapping[str, Any]]:
        return [row for row in self._rows("GenMaster") if _ours(row, self.sandbox.company)]

    @contextmanager
    def _reopened(self) -> Iterator[tuple[int, int]]:
        slot = (self.closed.start.year, self.closed.start.month)
        self.sandbox.books.reopen_period(*slot)
        yield slot
        self.sandbox.books.close_period(*slot)

    def add(self) -> None:
        with self._reopened() as (year, period):
            value = Decimal("1204.55")
            entries = [Entry("30-6200-00", value, comment="Späte Rechnung"), Entry("10-2300-00", -value)]
            self.sandbox.books.post(Journal(year, period, TODAY, entries, reference="LATE"))

    def change(self) -> None:
        self.sandbox.books.annotate(self._some(), "Changed by the controller")

    def void(self) -> None:
        with self._reopened():
            self.sandbox.books.reverse(self._some())

    def delete(self) -> None:
        with self._reopened():
            self.sandbox.books.delete(self._some())

    def _some(self) -> tuple[int, int, int]:
        keys = sorted(self.sandbox.books.posted(self.closed.start.year, self.closed.start.month))
        return keys[len(keys) // 2]

    def expire(self) -> None:
        self.sandbox.sessions.end_all()

    def wrong_credentials(self) -> Access:
        return self._access(password="not-this-one")

    def wrong_version(self) -> Access:
        elsewhere = self.sandbox.odata_url.removesuffix(self.sandbox.company) + "NOPE"
        return self._access(odata_url=elsewhere, company="NOPE")

    def without_right(self) -> None:
        self.sandbox.switches.denied_tables = frozenset({"GenJournalCtl", "GenJournalDetail"})


def _ours(row: Mapping[str, Any], company: str) -> bool:
    return row["Company"] == company and row["GlCode"] not in _PSEUDO


def _money(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _sum(values: Iterator[Decimal]) -> Decimal:
    return sum(values, Decimal(0))


@contextmanager
def start(*, gl_lines: int = 3_000) -> Iterator[Driver]:
    """A sandbox with books of its own, on 15 June 2026."""
    with SysproSandbox(gl_lines=gl_lines, today=TODAY, clock=sandbox_clock()) as sandbox:
        # A period would be one page else.
        sandbox.switches.max_rows = 60
        yield SysproDriver(sandbox)
