"""The source against the sandbox company: what it reads is what is in the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.erp.visma_net import ERP
from mlc_pipelines.errors import BadRequest, Forbidden, IncompleteRead, RateLimited
from mlc_pipelines.fiscal import Period
from mlc_pipelines.store.db import Database
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.erp.visma_net.conftest import ADJUSTMENT, DECEMBER, MARCH
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.faults import Fault, answer
from mlc_sandbox.visma_net import VismaNetSandbox

WINDOWS = [
    DECEMBER,
    ADJUSTMENT,
    MARCH,
    fiscal_period("FY2026-P05", date(2026, 5, 1), date(2026, 5, 31)),
    fiscal_period("FY2025-P01", date(2025, 1, 1), date(2025, 1, 31)),
]


@pytest.fixture
def database(make_database_url) -> Iterator[Database]:
    """A database for each test: the sandbox's company is always the same, and so are its tokens and limits."""
    database = Database(make_database_url())
    yield database
    database.close()


def code(window: Period) -> str:
    return f"{window.key[2:6]}{window.key[-2:]}"


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.key)
def test_the_ledger_of_a_period_is_that_of_the_books(shared_sandbox, open_source, window):
    truth = Counter(
        (batch.module, batch.number, line.number, line.account.number, line.amount)
        for batch, line in shared_sandbox.books.ledger_lines(code(window))
    )
    rows = open_source(shared_sandbox, page_size=100).rows("gl_transactions", window)
    names = ("module", "batch_number", "line_number", "account_number", "amount")
    assert truth
    assert Counter(tuple(row[name] for name in names) for row in rows) == truth


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.key)
@pytest.mark.parametrize("entity", ["gl_transactions", "supplier_invoices", "purchase_orders"])
def test_what_is_read_ties_with_control(shared_sandbox, open_source, entity, window):
    declared = ERP.entities[entity]
    opened = open_source(shared_sandbox, page_size=100)
    sums: dict[str, Decimal] = {}
    for row in opened.rows(entity, window):
        group = str(row[declared.control_by])
        sums[group] = sums.get(group, Decimal(0)) + row["amount"]
    totals = {total.group: total.amount for total in opened.source.control(declared, window)}
    assert {group: amount for group, amount in totals.items() if amount} == {g: a for g, a in sums.items() if a}


@pytest.mark.parametrize("before", [False, True])
def test_invoices_and_credits_of_the_books(sandbox, open_source, before):
    sandbox.switches.cost_before_discount = before
    documents = [one for one in sandbox.books.invoices.values() if one.period == code(MARCH)]
    lines = [(one, line) for one in documents for line in one.lines]
    assert any(line.discount and one.supplier.currency != "NOK" for one, line in lines)
    truth = Counter((one.type, one.number, line.number, line.cost, line.foreign) for one, line in lines)
    opened = open_source(sandbox, page_size=7)
    rows = opened.rows("supplier_invoices")
    names, amounts = ("document_type", "document_number", "line_number"), ("amount", "foreign_amount")
    read = Counter((*(row[each] for each in names), *(abs(row[each]) for each in amounts)) for row in rows)
    assert read == truth
    assert {row["document_type"] for row in rows if row["amount"] < 0} == {"DebitAdj"}
    totals = opened.source.control(ERP.entities["supplier_invoices"], MARCH)
    assert sum(total.amount for total in totals) == sum(row["amount"] for row in rows)


def test_changes_since_the_watermark_are_found_whatever_format_and_zone_the_stamps_have(sandbox, open_source):
    opened = open_source(sandbox)
    since = max(row["modified_at"] for row in opened.changes("supplier_invoices", "2020-01-01T00:00:00+00:00"))
    sandbox.clock.advance(600)
    invoice = next(one for one in sandbox.books.invoices.values() if one.status == "Open" and one.type == "DebitAdj")
    sandbox.books.describe_invoice(invoice, "Rettet")

    rows = opened.changes("supplier_invoices", since.isoformat())

    changed = [row for row in rows if row["document_memo"] == "Rettet"]
    assert {(row["document_type"], row["document_number"]) for row in changed} == {invoice.key}
    assert len(changed) == len(invoice.lines)
    assert max(row["modified_at"] for row in rows) == invoice.modified
    assert len(rows) < sum(len(one.lines) for one in sandbox.books.invoices.values())


@pytest.mark.parametrize("filter_zone", ["company", "utc"])
@pytest.mark.parametrize("zone", ["Europe/Helsinki", "Europe/Oslo", "UTC", "America/New_York"])
@pytest.mark.parametrize("entity", ["supplier_invoices", "branches"])
def test_what_changed_in_the_overlap_is_never_missed(open_source, entity, zone, filter_zone):
    since = datetime(2026, 7, 14, 23, 30, tzinfo=UTC)
    with VismaNetSandbox(gl_lines=300, today=date(2026, 7, 15), time_zone=zone, clock=sandbox_clock()) as sandbox:
        sandbox.switches.filter_zone = filter_zone
        books = sandbox.books
        record = next(iter(books.invoices.values())) if entity == "supplier_invoices" else books.company.branches[0]
        record.modified = since - timedelta(hours=1, minutes=59)
        rows = open_source(sandbox, timezone=zone).changes(entity, since.isoformat())
    assert record.modified in {row["modified_at"] for row in rows}


def test_an_account_keeps_its_id_when_it_is_renumbered(sandbox, open_source):
    account = next(one for one in sandbox.books.company.accounts if one.number == "4010")
    sandbox.books.renumber(account, "4999")
    rows = {row["id"]: row["number"] for row in open_source(sandbox).rows("accounts")}
    assert rows[account.id] == "4999"


def test_rows_that_shift_for_good_are_no_read(sandbox, open_source):
    sandbox.switches.row_shift = 3
    with pytest.raises(IncompleteRead, match="different ones"):
        open_source(sandbox, page_size=20).rows("suppliers")


def test_a_gateway_that_stumbles_is_borne(sandbox, open_source):
    sandbox.switches.trouble_rate = 0.2
    sandbox.switches.busy = 2
    rows = open_source(sandbox, page_size=50).rows("gl_transactions")
    assert len(rows) == len(sandbox.books.ledger_lines(code(MARCH)))


def test_links_to_other_hosts_are_followed_at_home(sandbox, open_source):
    sandbox.switches.link_host = "https://integration.visma.net"
    sandbox.switches.background_status = 400
    sandbox.faults.add(Fault("GET", "^/v1/account", answer(504)))
    with pytest.raises(BadRequest, match=r"Finished with status 400: .*could not be processed"):
        open_source(sandbox).rows("accounts")

    sandbox.switches.background_status = 0
    sandbox.faults.add(Fault("GET", "^/v1/account", answer(504)))
    assert len(open_source(sandbox).rows("accounts")) == len(sandbox.books.company.accounts)


def test_ping_says_what_is_there_and_what_is_missing(sandbox, open_source):
    opened = open_source(sandbox)
    opened.clock.elapsed = (SYSTEM_CLOCK.now() - opened.clock.now()).total_seconds()
    findings = opened.source.ping()
    assert [finding.message for finding in findings if not finding.ok] == []
    assert {finding.subject for finding in findings} >= {*ERP.entities, "credentials", "clock", "ledger"}

    sandbox.switches.forbidden = frozenset({"generalledgertransactions"})
    (missing,) = [finding for finding in opened.source.ping() if not finding.ok]
    assert missing.subject == "gl_transactions"
    assert "scope vismanet_erp_service_api:read" in missing.remedy


def test_a_list_that_visma_net_retires_is_told_by_ping_and_by_a_refusal(sandbox, open_source):
    sandbox.switches.retiring = frozenset({"supplierinvoice"})
    opened = open_source(sandbox)
    (told,) = [finding for finding in opened.source.ping() if finding.warning]
    assert (told.subject, told.ok) == ("supplier_invoices", True)
    assert "policy 8-fixed-window" in told.message
    assert "end-of-life notices" in told.remedy

    sandbox.switches.busy, sandbox.switches.busy_seconds = 1, 3_600
    with pytest.raises(RateLimited, match=r"Rate limit is exceeded.*policy 8-fixed-window.*retires"):
        opened.rows("supplier_invoices")


def test_without_a_licence_there_is_no_way_in(sandbox, open_source):
    sandbox.switches.licensed = False
    with pytest.raises(Forbidden, match="licence"):
        open_source(sandbox).rows("accounts")
    assert [finding.subject for finding in open_source(sandbox).source.ping()] == ["connection"]


def test_the_customer_tenant_id_is_explained(sandbox, open_source):
    (finding,) = open_source(sandbox, company_tenant_id=sandbox.customer_tenant_id).source.ping()
    assert finding.subject == "credentials"
    assert "customer tenant id" in finding.remedy
