"""The books themselves: in balance, the same for the same seed, with everything awkward in them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

import pytest

from mlc_pipelines_tests.effort import calls_of
from mlc_sandbox.acumatica import Books, BooksError, Line

NOW = datetime(2026, 6, 15, 16, tzinfo=UTC)


def make(gl_lines: int = 3_000, seed: int = 7) -> Books:
    return Books(now=lambda: NOW, seed=seed, gl_lines=gl_lines, today=date(2026, 6, 15))


@cache
def shared() -> Books:
    return make()


def test_released_batches_of_the_actual_ledger_balance_in_both_currencies() -> None:
    for batch in shared().ledger.all_batches():
        if batch.slot[0] == "ACTUAL" and batch.status == "Posted":
            assert sum(line.base_debit - line.base_credit for line in batch.lines) == 0
            assert sum(line.debit - line.credit for line in batch.lines) == 0


def test_the_same_seed_gives_the_same_books() -> None:
    def text(books: Books) -> list[str]:
        return [repr(batch) for batch in books.ledger.by_keys()]

    assert text(make(500)) == text(make(500))
    assert text(make(500)) != text(make(500, seed=8))


def test_the_work_grows_with_the_lines_and_no_faster() -> None:
    many = calls_of(lambda: make(20_000))
    assert many < 1.1 * 20_000 / 5_000 * calls_of(lambda: make(5_000))
    assert many < 30 * 20_000


def test_size() -> None:
    books = make(20_000)
    assert 20_000 <= sum(len(batch.lines) for batch in books.ledger.all_batches()) < 20_100


def test_awkward_things_are_there() -> None:
    books = shared()
    batches = list(books.ledger.all_batches())
    assert {"Posted", "Unposted", "Balanced", "On Hold", "Scheduled"} == {batch.status for batch in batches}
    assert {"GL", "AP", "AR", "CA", "CM", "IN"} == {batch.key[0] for batch in batches}
    assert {"Bill", "Debit Adj.", "Credit Adj.", "Prepayment"} == {
        r.fields["Type"] for r in books.tables["Bill"].heap()
    }
    checks = {(r.fields["Type"], r.fields["Status"]) for r in books.tables["Check"].heap()}
    assert {("Payment", "Voided"), ("Voided Payment", "Closed")} < checks
    assert any(line.account == "64900" for batch in batches for line in batch.lines)
    assert any(line.debit.as_tuple().exponent == -4 for batch in batches for line in batch.lines)
    assert any(batch.slot[1] == "132025" for batch in batches)
    assert any(batch.day.month != int(batch.slot[1][:2]) for batch in batches if not batch.slot[1].startswith("13"))
    assert len({batch.fields["CurrencyID"] for batch in batches}) >= 4
    assert any(row.fields["POOrderNbr"] for bill in books.tables["Bill"].heap() for row in bill.rows("Details"))


def test_a_bill_and_its_batch_tell_the_same() -> None:
    books = shared()
    posted = Counter(
        line.reference
        for batch in books.ledger.all_batches()
        if batch.kind in {"Bill", "Debit Adj."}
        for line in batch.lines
    )
    for bill in books.tables["Bill"].heap():
        if bill.fields["Type"] in {"Bill", "Debit Adj."}:
            released = bill.fields["Status"] in {"Open", "Closed"}
            assert bool(posted[str(bill.fields["ReferenceNbr"])]) is released
            assert sum(row.get("Amount", Decimal) for row in bill.rows("Details")) + bill.get(
                "TaxTotal", Decimal
            ) == bill.get("Amount", Decimal)


def test_book_keeping_moves_stamps_and_totals() -> None:
    books = make(500)
    lines = [
        Line("60000", "100STR", "WEST", debit=Decimal("1.10")), Line("21000", "000000", "WEST", credit=Decimal("1.10")),
    ]  # fmt: skip
    before = books.activity("052026").get("60000", (Decimal(0), Decimal(0)))
    batch = books.post(lines, period="052026")
    assert books.activity("052026")["60000"][0] - before[0] == Decimal("1.10")
    stamp = batch.modified
    books.edit(batch, Description="late")
    assert batch.modified > stamp
    books.move(batch, "042026")
    assert books.activity("052026").get("60000", (Decimal(0), Decimal(0))) == before
    turned = books.reverse(batch)
    assert turned.lines[0].base_credit == Decimal("1.10")
    with pytest.raises(BooksError):
        books.void(batch)
    books.delete(batch)
    with pytest.raises(BooksError):
        books.batch(*batch.key)


def test_voiding_a_payment_makes_its_bills_owed_again() -> None:
    books = make(1_000)
    check = next(c for c in books.tables["Check"].by_keys() if c.fields["Status"] == "Closed" and c.rows("History"))
    row = check.rows("History")[0]
    bill = books.record("Bill", row.get("DocType", str), row.get("ReferenceNbr", str))
    voided = books.void_check(check.get("ReferenceNbr", str))
    assert voided.fields["PaymentAmount"] == -check.get("PaymentAmount", Decimal)
    assert check.fields["Status"] == "Voided"
    assert (bill.fields["Status"], bill.fields["Balance"]) == ("Open", bill.fields["Amount"])
