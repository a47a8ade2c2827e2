"""People who work in the sandboxes' books: what they do, and what no feed tells of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mlc_pipelines_tests.erp.netsuite.truth import LEDGER, truth

Act = Callable[[Any, int], None]
"""Does something with a record, of those that a number picks."""


@dataclass(frozen=True)
class Bookkeeper:
    """Who works in the books of one ERP.

    Attributes:
        entities: what is watched.
        acts: what is done to them.
        periods: what is watched of them, and stays open.
        gl_lines: how large the books are.
        untold: acts that no feed tells of and totals show: found when the period is landed for another change.
        silent: acts that not even totals show: a whole read finds them.
    """

    entities: tuple[str, ...]
    acts: Mapping[str, Act]
    untold: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    gl_lines: int = 600
    periods: tuple[str, str] = ("FY2026-P04", "FY2026-P05")


def _pick(found: Sequence[Any], number: int) -> Any:
    return found[number % len(found)]


def _drivers(name: str) -> Act:
    return lambda driver, _: getattr(driver, name)()


# -- Visma.net ---------------------------------------------------------------------------------------------------------


def _visma_batch(driver: Any, number: int) -> Any:
    batches = driver.sandbox.books.batches_of("202604", "202605")
    return _pick([batch for batch in batches if batch.module == "GL" and batch.status == "Posted"], number)


def _visma_invoice(driver: Any, number: int) -> Any:
    invoices = driver.sandbox.books.invoices.values()
    return _pick([one for one in invoices if one.period in {"202604", "202605"} and one.status != "Voided"], number)


def _visma_move(driver: Any, number: int) -> None:
    record = (_visma_batch, _visma_invoice)[number % 2](driver, number)
    driver.sandbox.books.move(record, "202605" if record.period == "202604" else "202604")


VISMA_NET = Bookkeeper(
    ("accounts", "suppliers", "gl_transactions", "supplier_invoices"),
    {
        "post": _drivers("add"),
        "edit": lambda driver, n: driver.sandbox.books.edit(_visma_batch(driver, n), text=f"Rettet {n}"),
        "reverse": lambda driver, n: driver.sandbox.books.reverse(_visma_batch(driver, n)),
        "move": _visma_move,
        "delete": lambda driver, n: driver.sandbox.books.delete(_visma_batch(driver, n)),
        "enter an invoice": lambda driver, n: driver.sandbox.books.enter_invoice(_visma_invoice(driver, n)),
        "describe an invoice": lambda driver, n: driver.sandbox.books.describe_invoice(
            _visma_invoice(driver, n), f"Ny tekst {n}"
        ),
        "void an invoice": lambda driver, n: driver.sandbox.books.void_invoice(_visma_invoice(driver, n)),
        "renumber an account": lambda driver, n: driver.sandbox.books.renumber(
            _pick(driver.sandbox.books.company.accounts, n), f"9{driver.sandbox.books.version}"
        ),
    },
    untold=frozenset({"delete"}),
    gl_lines=2_000,
)

# -- Acumatica ---------------------------------------------------------------------------------------------------------


def _acumatica_batch(driver: Any, number: int) -> Any:
    books = driver.sandbox.books
    return _pick([*books.batches("042026"), *books.batches("052026")], number)


def _acumatica_move(driver: Any, number: int) -> None:
    batch = _acumatica_batch(driver, number)
    driver.sandbox.books.move(batch, "052026" if batch.slot[1] == "042026" else "042026")


def _acumatica_bill(driver: Any, number: int) -> None:
    books = driver.sandbox.books
    bills = [bill for bill in books.tables["Bill"].heap() if bill.fields["PostPeriod"] in {"042026", "052026"}]
    bill = _pick(bills, number)
    books.change("Bill", bill.fields["Type"], bill.fields["ReferenceNbr"], Description=f"Changed {number}")


def _acumatica_account(driver: Any, number: int) -> None:
    account = _pick(list(driver.sandbox.books.tables["Account"].heap()), number)
    driver.sandbox.books.change("Account", account.fields["AccountCD"], Description=f"Renamed {number}")


ACUMATICA = Bookkeeper(
    ("accounts", "vendors", "journal_transactions", "bills"),
    {
        "post": _drivers("add"),
        "annotate": lambda driver, n: driver.sandbox.books.annotate(_acumatica_batch(driver, n), f"Changed {n}"),
        "reverse": lambda driver, n: driver.sandbox.books.reverse(_acumatica_batch(driver, n)),
        "move": _acumatica_move,
        "delete": lambda driver, n: driver.sandbox.books.delete(_acumatica_batch(driver, n)),
        "change a bill": _acumatica_bill,
        "rename an account": _acumatica_account,
    },
    untold=frozenset({"delete"}),
)

# -- SAP Business One --------------------------------------------------------------------------------------------------


def _entry(driver: Any, number: int) -> int:
    table = driver.sandbox.books.tables["JournalEntries"]
    return _pick(table.between(driver.closed.start.replace(month=4), driver.closed.end), number)["JdtNum"]


def _invoice(driver: Any, number: int) -> Any:
    table = driver.sandbox.books.tables["Invoices"]
    found = table.between(driver.closed.start.replace(month=4), driver.closed.end)
    return _pick([row for row in found if row["Cancelled"] == "tNO"], number)


def _opened(act: Callable[[Any, int], Any]) -> Act:
    def done(driver: Any, number: int) -> None:
        for month in (4, 5):
            driver.sandbox.books.reopen_period(driver.closed.start.replace(month=month))
        act(driver, number)

    return done


def _redate(driver: Any, number: int) -> None:
    row = _invoice(driver, number)
    day = row["DocDate"].replace(month=9 - row["DocDate"].month, day=15)
    driver.sandbox.books.change("Invoices", row["DocEntry"], DocDate=day)


SAP_BUSINESS_ONE = Bookkeeper(
    ("chart_of_accounts", "business_partners", "journal_entries", "invoices"),
    {
        "post": _drivers("add"),
        "reverse": _opened(lambda driver, n: driver.sandbox.books.cancel(_entry(driver, n))),
        "edit a memo": lambda driver, n: driver.sandbox.books.edit(_entry(driver, n), Memo=f"Rettet {n}"),
        "delete": lambda driver, n: driver.sandbox.books.remove(_entry(driver, n)),
        "move an invoice": _redate,
        "change an invoice": lambda driver, n: driver.sandbox.books.change(
            "Invoices", _invoice(driver, n)["DocEntry"], NumAtCard=f"R{n}", PaidToDate=Decimal(n % 50)
        ),
        "copy an invoice": lambda driver, n: driver.sandbox.books.copy_document(
            "Invoices", _invoice(driver, n)["DocEntry"]
        ),
        "rename an account": lambda driver, n: driver.sandbox.books.change(
            "ChartOfAccounts", _pick(driver.sandbox.books.tables["ChartOfAccounts"].in_order(), n)["Code"], Name=f"N{n}"
        ),
    },
    untold=frozenset({"delete"}),
    silent=frozenset({"edit a memo"}),
    gl_lines=2_000,
)

# -- NetSuite ----------------------------------------------------------------------------------------------------------


def _netsuite_periods(driver: Any) -> tuple[int, int]:
    books = driver.sandbox.books
    first, second = (books.period(name).id for name in ("Jan 2025", "Feb 2025"))
    books.reopen_period(first)
    books.reopen_period(second)
    return first, second


def _journal(driver: Any, number: int) -> tuple[int, int]:
    """A journal's id, and the other of the two periods."""
    first, second = _netsuite_periods(driver)
    found = [
        (row["transaction_id"], other)
        for period, other in ((first, second), (second, first))
        for row in truth(driver.sandbox, LEDGER, period, 1)
        if row["transaction_type"] == "Journal"
    ]
    return _pick(sorted(set(found)), number)


def _rename(driver: Any, number: int) -> None:
    books = driver.sandbox.books
    books.rename_account(_pick(books.accounts, number).id, f"Renamed {number}")


NETSUITE = Bookkeeper(
    ("accounts", "vendors", "gl_activity", "vendor_bills"),
    {
        "post": _drivers("add"),
        "edit": lambda driver, n: driver.sandbox.books.edit(_journal(driver, n)[0], memo=f"Changed {n}"),
        "void": lambda driver, n: driver.sandbox.books.void(_journal(driver, n)[0]),
        "delete": lambda driver, n: driver.sandbox.books.delete(_journal(driver, n)[0]),
        "move": lambda driver, n: driver.sandbox.books.move(*_journal(driver, n)),
        "rename an account": _rename,
    },
    untold=frozenset({"delete"}),
    gl_lines=3_000,
    periods=("FY2025-P01", "FY2025-P02"),
)

# -- SYSPRO ------------------------------------------------------------------------------------------------------------


def _slots(driver: Any) -> list[tuple[int, int, int]]:
    books = driver.sandbox.books
    for month in (4, 5):
        books.reopen_period(2026, month)
    return [*books.posted(2026, 4), *books.posted(2026, 5)]


def _slot(act: Callable[[Any, tuple[int, int, int], int], Any]) -> Act:
    return lambda driver, n: act(driver.sandbox.books, _pick(sorted(_slots(driver)), n), n)


SYSPRO = Bookkeeper(
    ("gl_accounts", "suppliers", "gl_journals", "ap_invoices"),
    {
        "post": _drivers("add"),
        "annotate": _slot(lambda books, key, n: books.annotate(key, f"Changed {n}")),
        "reverse": _slot(lambda books, key, _: books.reverse(key)),
        "move": _slot(lambda books, key, _: books.move(key, 2026, 9 - key[1])),
        "delete": _slot(lambda books, key, _: books.delete(key)),
    },
)

BOOKKEEPERS = {
    "visma_net": VISMA_NET,
    "acumatica": ACUMATICA,
    "syspro": SYSPRO,
    "sap_business_one": SAP_BUSINESS_ONE,
    "netsuite": NETSUITE,
}
