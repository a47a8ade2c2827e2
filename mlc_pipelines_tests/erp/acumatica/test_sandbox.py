"""Every entity against what the sandbox's books hold, in all the ways in which an instance may write it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mlc_pipelines.erp.acumatica import ERP
from mlc_pipelines.erp.base import ControlTotal
from mlc_pipelines.errors import AuthenticationError, DataError, Forbidden, RateLimited
from mlc_pipelines.fiscal import Period
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.erp.acumatica.conftest import COOKIE, MARCH, Open, Opened
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.acumatica import AcumaticaSandbox
from mlc_sandbox.acumatica.records import Record

TODAY = date(2026, 5, 20)
ADJUSTING = fiscal_period("FY2025-P13", date(2025, 12, 1), date(2025, 12, 31), adjustment=True)
OPENING = fiscal_period("FY2025-P01", date(2025, 1, 1), date(2025, 1, 31))
FACTS = [name for name, entity in ERP.entities.items() if entity.kind == "fact"]
DIMENSIONS = [name for name, entity in ERP.entities.items() if entity.kind == "dimension"]


@pytest.fixture(scope="module")
def shared() -> Iterator[AcumaticaSandbox]:
    """Books that no test changes."""
    with AcumaticaSandbox(gl_lines=8_000, today=TODAY, clock=sandbox_clock()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox() -> Iterator[AcumaticaSandbox]:
    """Books of one's own."""
    with AcumaticaSandbox(gl_lines=2_000, today=TODAY, clock=sandbox_clock()) as sandbox:
        yield sandbox


def opened(sandbox: AcumaticaSandbox, open_source: Open, *, cookie: bool = False, **keys: Any) -> Opened:
    auth: dict[str, Any] = {"user": sandbox.username, "password": {"secret": "password"}}
    if cookie:
        auth |= {"method": "cookie"}
    else:
        auth |= {"method": "oauth", "client_id": sandbox.client_id, "client_secret": {"secret": "client"}}
    return open_source(
        Address(sandbox.url),
        secrets={"client": sandbox.client_secret, "password": sandbox.password},
        **{"auth": auth, "tenant": sandbox.tenant, **keys},
    )


class Address:
    """What `open_source` needs of an instance."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url


@pytest.mark.parametrize("window", [MARCH, ADJUSTING, OPENING], ids=lambda window: window.key)
def test_the_ledger_is_what_was_posted(shared: AcumaticaSandbox, open_source: Open, window: Period):
    period = {"FY2026-P03": "032026", "FY2025-P13": "132025", "FY2025-P01": "012025"}[window.key]
    source = opened(shared, open_source)
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    rows = source.rows("gl_details", window)
    for row in rows:
        sums[row["account_number"]][0] += row["debit"]
        sums[row["account_number"]][1] += row["credit"]
    assert {account: tuple(figures) for account, figures in sums.items()} == shared.books.activity(period)
    lines = shared.books.lines(period)
    assert len(rows) == len(lines) > 0
    journals = source.rows("journal_transactions", window)
    assert len(journals) == len(lines)
    assert sum(row["debit"] for row in journals) == sum(line.debit for line in lines)


@pytest.fixture
def german(shared: AcumaticaSandbox) -> Iterator[AcumaticaSandbox]:
    """The same books for a user who works in German."""
    shared.end_sessions()
    shared.switches.user_language = "de-DE"
    yield shared
    shared.switches.user_language = "en-US"
    shared.end_sessions()


@pytest.mark.parametrize(
    ("entity", "word"),
    [
        ("journal_transactions", "status is 'Gebucht'"),
        ("bills", "document_type is 'Rechnung'"),
        ("payments", "document_type is 'Zahlung'"),
        ("account_balances", "account_type is '"),
    ],
)
def test_a_user_of_another_language_is_told_and_not_read(
    german: AcumaticaSandbox, open_source: Open, entity: str, word: str
):
    source = opened(german, open_source)
    with pytest.raises(DataError, match=f"{entity}: {word}.* in the record of .*only these words are known.*English"):
        source.rows(entity)
    finding = next(each for each in source.source.ping() if each.subject == "language")
    assert not finding.ok
    assert "types of ledgers are Ist, Statistisch" in finding.message
    assert "language to English" in finding.remedy


def test_a_login_asks_for_the_language_of_the_words(german: AcumaticaSandbox, open_source: Open):
    source = opened(german, open_source, cookie=True)
    assert {row["status"] for row in source.rows("journal_transactions")} == {"Posted"}
    assert all(each.ok for each in source.source.ping() if each.subject == "language")


@pytest.mark.parametrize("entity", FACTS)
@pytest.mark.parametrize("page", [500, 11])
def test_control_totals_are_those_of_the_rows(shared: AcumaticaSandbox, open_source: Open, entity: str, page: int):
    declared = ERP.entities[entity]
    assert declared.control_by
    summed: dict[str, dict[str, Any]] = defaultdict(lambda: {"rows": 0, "amount": 0, "debit": 0, "credit": 0})
    for row in opened(shared, open_source).rows(entity):
        group = summed[row[declared.control_by]]
        group["rows"] += 1
        for name in ("amount", "debit", "credit"):
            group[name] += row.get(name, 0)
    totals = opened(shared, open_source, page_size=page).source.control(declared, MARCH)
    assert len(totals) > 5
    found = {total.group: total for total in totals}
    for group, figures in summed.items():
        # An account without turnover has lines in no inquiry of lines.
        total = found.get(group) or ControlTotal(group, amount=Decimal(0))
        said = {name: value for name in figures if (value := getattr(total, name)) is not None}
        assert said == {name: figures[name] for name in said}
        assert "amount" in said


@pytest.mark.parametrize("entity", DIMENSIONS)
def test_a_dimension_is_whole(shared: AcumaticaSandbox, open_source: Open, entity: str):
    source = opened(shared, open_source, page_size=7)
    rows = source.rows(entity)
    key = ERP.entities[entity].key[0]
    assert [row[key] for row in rows] == sorted({row[key] for row in rows})
    assert len(rows) == len(shared.books.tables[ERP.entities[entity].record].heap()) > 1
    assert [total.rows for total in source.source.control(ERP.entities[entity], MARCH)] == [len(rows)]


BASES = {"bills": "Details/Transactions.TranAmt", "payments": "Document.OrigDocAmt"}


def test_base_amounts_are_those_that_acumatica_converted(shared: AcumaticaSandbox, open_source: Open):
    source = opened(shared, open_source, base_amounts=BASES)
    assert [finding.message for finding in source.source.ping() if not finding.ok] == []
    for entity, base in (("bills", lambda row: row.custom["Transactions.TranAmt"]), ("payments", _of_document)):
        rows = source.rows(entity)
        tables = shared.books.tables[ERP.entities[entity].record]
        keyed = {(row["document_type"], row["document_number"], row.get("line_number", 1)): row for row in rows}
        assert {row["currency"] for row in rows} > {"USD"}
        for (kind, number, line), row in keyed.items():
            record = tables.by_key(kind, number)
            assert record is not None
            found = record.rows("Details")[line - 1] if entity == "bills" else record
            assert abs(row["base_amount"]) == abs(base(found))
            assert row["base_amount"] * row["amount"] > 0
            assert row["currency"] != "USD" or row["base_amount"] == row["amount"]
    assert all(row["base_amount"] is None for row in opened(shared, open_source).rows("bills"))


def _of_document(record: Record) -> Decimal:
    amount = record.custom["Document.OrigDocAmt"]
    assert isinstance(amount, Decimal)
    return amount


def test_a_place_where_no_base_amounts_are_is_found_by_ping_and_by_a_read(shared: AcumaticaSandbox, open_source: Open):
    source = opened(shared, open_source, base_amounts={"payments": "Document.CuryTypo"})
    (found,) = [finding for finding in source.source.ping() if not finding.ok]
    assert found.subject == "payments"
    assert "nothing at Document.CuryTypo" in found.message
    with pytest.raises(DataError, match=r"Payment CK\d+ came without its amount in base currency"):
        source.rows("payments")


def test_orders_are_in_base_currency_by_their_own_rate(shared: AcumaticaSandbox, open_source: Open):
    rows = opened(shared, open_source).rows("purchase_orders")
    assert {row["currency"] for row in rows} > {"USD"}
    for row in rows:
        assert row["base_currency"] == "USD"
        assert row["base_amount"] == (row["amount"] * row["exchange_rate"]).quantize(Decimal("1.000000"))


def test_it_is_the_same_however_an_instance_writes_it(sandbox: AcumaticaSandbox, open_source: Open):
    def everything() -> dict[str, list[dict[str, Any]]]:
        source = opened(sandbox, open_source, page_size=20)
        return {name: source.rows(name) for name in ERP.entities}

    plain = everything()
    assert min(len(rows) for rows in plain.values()) > 0
    switches = sandbox.switches
    switches.padded_codes = switches.dashed_periods = switches.keys_ascending = True
    switches.unexpanded, switches.entity_list, switches.entity_list_needs_login = "absent", "array", True
    assert everything() == plain
    switches.utc_offset_minutes = -300
    assert everything() == plain


def test_a_feed_gives_what_changed_and_no_more(sandbox: AcumaticaSandbox, open_source: Open):
    source = opened(sandbox, open_source)
    books = sandbox.books
    before = books.stamp().isoformat()
    sandbox.clock.advance(3600)
    moved, wrong, vanishing = books.batches("032026")[:3]
    books.move(moved, "042026")
    opposite = books.reverse(wrong)
    books.delete(vanishing)
    source.clock.moment = sandbox.clock.now() + timedelta(seconds=1)
    rows = source.changes("journal_transactions", before)
    documents = {(row["document_number"], row["period_id"]) for row in rows}
    assert {(moved.key[1], "042026"), (opposite.key[1], "032026")} <= documents
    assert len(rows) == len(moved.lines) + len(opposite.lines)
    voided = books.void_check(
        next(row["document_number"] for row in source.rows("payments") if row["status"] == "Closed")
    )
    source.clock.moment += timedelta(hours=1)
    checks = {(row["document_type"], row["amount"] < 0) for row in source.changes("payments", before)}
    assert checks == {("Payment", False), (str(voided.fields["Type"]), True)}


def test_a_session_by_login_reads_as_well_and_gives_its_seat_back(sandbox: AcumaticaSandbox, open_source: Open):
    sandbox.switches.max_api_users = 1
    source = opened(sandbox, open_source, cookie=True)
    assert len(source.rows("bills")) > 1
    waiting = opened(sandbox, open_source)
    with pytest.raises(RateLimited, match="API users are taken"):
        waiting.rows("bills")
    source.source.close()
    assert len(waiting.rows("bills")) > 1


@pytest.mark.parametrize("status", [500, 401, 400])
def test_a_refused_login_is_one_whatever_status_the_build_gives_it(
    sandbox: AcumaticaSandbox, open_source: Open, status: Any
):
    sandbox.switches.refused_logins = status
    source = opened(sandbox, open_source, cookie=True, auth={**COOKIE, "user": sandbox.username + "x"})
    with pytest.raises(AuthenticationError, match="The password is wrong or has to be changed first"):
        source.rows("ledgers")
    assert source.clock.slept == []


@pytest.mark.parametrize("shape", ["login429", "bearer302", "text429"])
def test_without_a_seat_nothing_is_read_and_the_message_says_so(
    sandbox: AcumaticaSandbox, open_source: Open, shape: Any
):
    sandbox.switches.max_api_users = 1
    sandbox.switches.seat_limit_shape = shape
    opened(sandbox, open_source, cookie=True).rows("ledgers")
    waiting = opened(sandbox, open_source)
    with pytest.raises(RateLimited, match=r"seats for API users|limit of users"):
        waiting.rows("ledgers")
    assert sum(waiting.clock.slept) > 30


def test_a_feature_that_is_off_is_named(sandbox: AcumaticaSandbox, open_source: Open):
    sandbox.switches.subaccounts_feature = False
    with pytest.raises(Forbidden, match="GL203000, or enable its feature"):
        opened(sandbox, open_source).rows("subaccounts")


def test_a_fiscal_year_that_begins_in_july(open_source: Open):
    with AcumaticaSandbox(gl_lines=2_000, today=TODAY, first_month=7, clock=sandbox_clock()) as sandbox:
        source = opened(sandbox, open_source)
        rows = source.rows("gl_details", fiscal_period("FY2026-P09", MARCH.start, MARCH.end))
        assert {row["period_id"] for row in rows} == {"092026"}
        assert len(rows) == len(sandbox.books.lines("092026")) > 0
