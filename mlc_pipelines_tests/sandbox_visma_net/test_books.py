"""The books by themselves: balanced, awkward, the same for the same seed; and what a book-keeper does to them."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from mlc_sandbox.visma_net import Books, BooksError

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


class Watch:
    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


def make(seed: int = 7, gl_lines: int = 2_000) -> Books:
    return Books(now=Watch(), seed=seed, gl_lines=gl_lines, today=date(2026, 6, 15))


@pytest.fixture
def books() -> Books:
    return make()


def figures(books: Books) -> list[tuple[object, ...]]:
    return [(key, batch.period, batch.lines[0].amount, batch.modified) for key, batch in books.batches.items()]


def test_the_same_seed_gives_the_same_books() -> None:
    assert figures(make()) == figures(make())
    assert figures(make()) != figures(make(seed=8))


@pytest.mark.parametrize("gl_lines", [300, 2_000, 20_000])
def test_size(gl_lines: int) -> None:
    lines = sum(len(batch.lines) for batch in make(gl_lines=gl_lines).batches.values())
    # Statistics come on top, and each month ends with a whole batch.
    assert gl_lines <= lines <= gl_lines + 18 * 6 + 18 * 40


def test_every_journal_balances_and_lies_in_a_period(books: Books) -> None:
    for batch in books.batches.values():
        if batch.ledger.balance_type == "Actual":
            assert sum(line.amount for line in batch.lines) == 0
            assert sum(line.foreign for line in batch.lines) == 0
        assert batch.period in books.company.periods
        assert batch.modified <= NOW


def test_modules_share_numbers(books: Books) -> None:
    modules = defaultdict(set)
    for module, number in books.batches:
        modules[number].add(module)
    assert modules["100001"] == {"GL", "AP", "AR"}


def test_awkward_things(books: Books) -> None:
    statuses = Counter(batch.status for batch in books.batches.values())
    assert {"Posted", "Completed", "Unposted", "Hold", "Balanced"} <= set(statuses)
    assert any(batch.original for batch in books.batches.values())
    assert {batch.currency for batch in books.batches.values()} == {"NOK", "SEK", "EUR"}
    retired = [account for account in books.company.accounts if not account.active]
    used = {line.account.number for batch in books.batches.values() for line in batch.lines}
    assert [account.number for account in retired if account.number in used] == ["6490"]


def test_a_voided_invoice_comes_to_nothing(books: Books) -> None:
    voided = [one for one in books.invoices.values() if one.status == "Voided" and one.type != "Prepayment"]
    assert voided
    for one in voided:
        assert sum(line.amount for batch in one.batches for line in batch.lines if line.account.number == "2400") == 0


def test_invoices_and_ledger_agree(books: Books) -> None:
    open_one = next(one for one in books.invoices.values() if one.status == "Open" and one.type == "DebitAdj")
    (batch,) = open_one.batches
    spent = sum(line.amount for line in batch.lines if line.account.type == "Expense")
    assert abs(spent + open_one.detail_total) < Decimal("0.01")


def test_out_of_balance(books: Books) -> None:
    company = books.company
    posting = (company.chart["4000"], company.subaccounts[0], company.branches[0], Decimal(5), "x")
    with pytest.raises(BooksError):
        books.post("GL", [posting], day=date(2026, 5, 2), period="202605", text="x")


def test_book_keeping_moves_stamps_and_figures(books: Books) -> None:
    batch = next(one for one in books.batches.values() if one.period == "202605" and one.module == "GL" and one.lines)
    stamp, lines = batch.modified, len(books.ledger_lines("202605"))
    books.edit(batch, text="Rettet")
    assert batch.modified > stamp
    assert len(books.ledger_lines("202605")) == lines
    books.move(batch, "202604")
    assert batch in books.batches_of("202604", "202604")
    assert batch not in books.batches_of("202605", "202605")
    total = sum(balance.end for balance in books.balances()["202604"] if balance.ledger.number == "1")
    books.delete(batch)
    assert batch not in books.batches_of("202604", "202604")
    assert total == sum(balance.end for balance in books.balances()["202604"] if balance.ledger.number == "1") == 0


def test_a_late_invoice_void_and_release(books: Books) -> None:
    like = next(one for one in books.invoices.values() if one.status == "Open" and one.type == "Invoice")
    late = books.enter_invoice(like, period="202603", day=date(2026, 3, 30))
    assert late.created > NOW
    assert books.company.periods[late.period].closed
    (batch,) = late.batches
    assert batch.period == "202603"
    books.void_invoice(late)
    assert len(late.batches) == 2
    draft = next(one for one in books.invoices.values() if one.status == "Hold")
    assert not draft.batches
    books.release_invoice(draft)
    assert draft.status == "Open"


def test_a_renumbered_account_keeps_its_lines(books: Books) -> None:
    account = books.company.chart["4000"]
    lines = [line for _, line in books.ledger_lines("202605") if line.account is account]
    books.renumber(account, "4001")
    assert {line.account.number for line in lines} == {"4001"}
    with pytest.raises(BooksError):
        books.renumber(account, "4010")


def test_goods_come_in(books: Books) -> None:
    order = next(one for one in books.orders.values() if any(line.open for line in one.lines))
    for line in [line for line in order.lines if line.open]:
        books.receive(order, line.number, line.quantity - line.received)
    assert order.status == "Closed"


def test_periods_close_and_segments_retire(books: Books) -> None:
    books.set_closed("202605", closed=False)
    assert not books.company.periods["202605"].closed
    books.deactivate_segment_value(2, "300")
    assert not books.company.dimensions[0].segments[1].values["300"].active
