"""The generated books, and what a book-keeper does to them."""

# ruff: noqa: DTZ001 - the tables hold datetimes in the account's time zone
from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from mlc_pipelines_tests.sandbox_netsuite.conftest import TODAY
from mlc_sandbox.netsuite import Books, BooksError, Entry, Line
from mlc_sandbox.netsuite.books.chart import ACCOUNT_TYPES


class Now:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 6, 15, 18, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def books(now: Now) -> Books:
    return Books(now=now, gl_lines=1_200, today=TODAY)


def one(books: Books, query: str, *values: object) -> object:
    row = books.cursor().execute(query, list(values)).fetchone()
    assert row is not None
    return row[0]


def rent(books: Books, period: str = "Jun 2026", **changes: object) -> Entry:
    lines = [
        Line(books.account("6420").id, Decimal("187.00"), department=10),
        Line(books.account("2250").id, Decimal("-187.00")),
    ]
    chosen = books.period(period)
    return Entry(**({"type": "Journal", "date": chosen.start, "period": chosen.id, "lines": lines} | changes))  # type: ignore[arg-type]


def test_they_have_the_number_of_lines_asked_for_and_balance(books: Books) -> None:
    assert (
        one(books, "SELECT count(*) FROM transactionaccountingline WHERE accountingbook = 1 AND posting = 'T'") == 1200
    )
    unbalanced = (
        "SELECT count(*) FROM (SELECT 1 FROM transactionaccountingline GROUP BY transaction, accountingbook "
        "HAVING sum(amount) <> 0 OR sum(coalesce(debit, 0)) <> sum(coalesce(credit, 0)))"
    )
    assert one(books, unbalanced) == 0


def test_the_same_seed_gives_the_same_books(books: Books, now: Now) -> None:
    def content(of: Books) -> list[object]:
        tables = ("transaction", "transactionline", "transactionaccountingline", "vendor", "accountingperiod")
        return [of.cursor().execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in tables]

    assert content(books) == content(Books(now=now, gl_lines=1_200, today=TODAY))
    assert content(books) != content(Books(now=now, gl_lines=1_200, today=TODAY, seed=8))


@pytest.mark.parametrize("gl_lines", [50, 51, 52, 53, 499])
def test_any_number_of_lines(now: Now, gl_lines: int) -> None:
    books = Books(now=now, gl_lines=gl_lines, today=TODAY, multi_book=False)
    assert one(books, "SELECT count(*) FROM transactionaccountingline WHERE posting = 'T'") == gl_lines
    assert one(books, "SELECT count(*) FROM accountingbook") == 1


def test_what_a_client_stumbles_over_is_there(books: Books) -> None:
    late = (
        "SELECT count(*) FROM transaction t JOIN accountingperiod p ON p.id = t.postingperiod "
        "WHERE t.trandate NOT BETWEEN p.startdate AND p.enddate"
    )
    assert one(books, late)
    adjusted = (
        "SELECT count(*) FROM transaction t JOIN accountingperiod p ON p.id = t.postingperiod WHERE p.isadjust = 'T'"
    )
    assert one(books, adjusted)
    inactive = (
        "SELECT count(*) FROM transactionaccountingline l JOIN account a ON a.id = l.account WHERE a.isinactive = 'T'"
    )
    assert one(books, inactive)
    assert one(books, "SELECT count(*) FROM transaction WHERE type = 'PurchOrd' AND posting = 'F'")
    assert one(
        books, "SELECT count(*) FROM transactionline WHERE department IS NULL AND class IS NULL AND location IS NULL"
    )
    assert one(books, "SELECT count(*) FROM transactionline WHERE id <> linesequencenumber")
    assert one(books, "SELECT count(*) FROM transaction WHERE currency <> 1 AND exchangerate <> 1")
    assert one(books, "SELECT count(DISTINCT subsidiary) FROM transactionline") == 3
    assert one(books, "SELECT count(DISTINCT accttype) FROM account") == len(ACCOUNT_TYPES)
    assert one(books, "SELECT count(DISTINCT type) FROM transaction") == 8
    assert one(books, "SELECT count(*) FROM account WHERE acctnumber LIKE '0%'")
    summary = (
        "SELECT count(*) FROM transactionaccountingline l JOIN account a ON a.id = l.account WHERE a.issummary = 'T'"
    )
    assert one(books, summary) == 0
    assert one(books, "SELECT count(*) FROM vendor WHERE entityid <> trim(entityid)")
    debits = "SELECT count(*) FROM transactionaccountingline WHERE debit IS NOT NULL AND credit IS NOT NULL"
    assert one(books, debits) == 0


def test_periods(books: Books) -> None:
    kinds = [period.kind for period in books.periods]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"year": 2, "quarter": 8, "month": 24, "adjustment": 2}
    assert books.period("Jan 2026").id == 345
    december, adjustment = books.period("Dec 2025"), books.period("Adj Dec 2025")
    assert (december.start, december.end) == (adjustment.start, adjustment.end)
    assert [
        books.is_closed(books.period(name).id) for name in ("May 2026", "Adj Dec 2025", "Jun 2026", "Dec 2026")
    ] == [
        True,
        True,
        False,
        False,
    ]
    newest = one(books, "SELECT max(trandate) FROM transaction")
    assert isinstance(newest, date)
    assert newest <= TODAY


def test_posting_reaches_the_ledger(books: Books, now: Now) -> None:
    june = books.period("Jun 2026").id
    before = books.control(june)
    number = books.post(rent(books))
    after = books.control(june)
    assert (after.lines, after.debit, after.credit) == (before.lines + 2, before.debit + 187, before.credit + 187)
    account = books.account("6420").id
    assert after.by_account[account] - before.by_account.get(account, Decimal()) == 187
    entry = books.entry(number)
    assert entry is not None
    assert [line.number for line in entry.lines] == [1, 2]
    assert entry.modified is not None
    assert entry.modified == datetime(2026, 6, 15, 11)
    assert books.as_utc(entry.modified) == now.moment


def test_editing_moves_the_modification_and_nothing_else(books: Books, now: Now) -> None:
    number = books.post(rent(books, memo="first"))
    now.moment = datetime(2026, 6, 16, 18, tzinfo=UTC)
    books.edit(number, memo="second")
    entry = books.entry(number)
    assert entry is not None
    assert entry.memo == "second"
    assert (entry.created, entry.modified) == (datetime(2026, 6, 15, 11), datetime(2026, 6, 16, 11))


def test_moving_voiding_and_deleting(books: Books) -> None:
    june, july = books.period("Jun 2026").id, books.period("Jul 2026").id
    before = books.control(june)
    number = books.post(rent(books))
    books.move(number, july)
    assert books.control(june) == before
    assert books.control(july).lines == 2
    books.void(number)
    assert (books.control(july).lines, books.control(july).debit) == (2, Decimal())
    books.delete(number)
    assert books.control(july).lines == 0
    assert books.entry(number) is None
    deleted = books.cursor().execute("SELECT recordid, type FROM deletedrecord").fetchall()
    assert deleted == [(number, "journalentry")]


def test_closed_periods_refuse_until_they_are_reopened(books: Books) -> None:
    march = books.period("Mar 2026").id
    backdated = rent(books, "Mar 2026")
    with pytest.raises(BooksError, match="closed"):
        books.post(backdated)
    books.reopen_period(march)
    before = books.control(march)
    number = books.post(backdated)
    assert books.control(march).lines == before.lines + 2
    books.close_period(march)
    for change in (books.delete, books.void, lambda one: books.move(one, books.period("Jun 2026").id)):
        with pytest.raises(BooksError, match="closed"):
            change(number)
    assert books.control(march).lines == before.lines + 2


def test_what_does_not_balance_is_not_posted(books: Books) -> None:
    june = books.period("Jun 2026").id
    before = (books.control(june), books.version)
    with pytest.raises(BooksError, match="not in balance"):
        books.post(rent(books, lines=[Line(101, Decimal("1.00")), Line(102, Decimal("-0.99"))]))
    assert (books.control(june), books.version) == before


def test_foreign_amounts_balance_in_the_subsidiarys_currency(books: Books) -> None:
    lines = [Line(books.account("6420").id, Decimal("0.35")) for _ in range(3)]
    lines.append(Line(books.account("2250").id, Decimal("-1.05")))
    number = books.post(rent(books, lines=lines, currency=3, exchange_rate=Decimal("1.087")))
    amounts = books.cursor().execute(
        "SELECT amount FROM transactionaccountingline WHERE transaction = ? AND accountingbook = 1", [number]
    )
    assert sum(row[0] for row in amounts.fetchall()) == 0


def test_joined_lines_follow_every_change(books: Books) -> None:
    number = books.post(rent(books))
    books.edit(number, memo="changed")
    books.delete(books.post(rent(books)))
    joined = one(books, "SELECT count(*) FROM _postingline")
    assert joined == one(books, "SELECT count(*) FROM transactionaccountingline")
    memo = 'SELECT DISTINCT "transaction.memo" FROM _postingline WHERE "transaction.id" = ?'
    assert books.cursor().execute(memo, [number]).fetchall() == [("changed",)]
