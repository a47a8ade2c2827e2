"""The source on the sandbox's books: what is read is what is there, by both versions and whatever the server's ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.config import load_configuration
from mlc_pipelines.erp.sap_business_one import ERP
from mlc_pipelines.erp.sap_business_one.connection import ServiceLayerConnection
from mlc_pipelines.errors import AuthenticationError, ConfigurationError, DataError
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.config.filling import filled_template
from mlc_pipelines_tests.erp.sap_business_one.conftest import MARCH
from mlc_pipelines_tests.erp.sap_business_one.service_server import ServiceServer
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.sap_business_one import DEFAULT_SQL_TABLES, SapBusinessOneSandbox, ledger_line
from mlc_sandbox.serving import Fault, worded

DOCUMENTS = [name for name, entity in ERP.entities.items() if entity.sign]
DIMENSIONS = [name for name, entity in ERP.entities.items() if entity.kind == "dimension"]
FAR = fiscal_period("FY2026-P01", date(2025, 1, 1), date(2026, 12, 31))


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[SapBusinessOneSandbox]:
    """Books that no test changes."""
    with SapBusinessOneSandbox(gl_lines=3_000, today=date(2026, 5, 20), clock=sandbox_clock()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox() -> Iterator[SapBusinessOneSandbox]:
    """Books of one's own."""
    with SapBusinessOneSandbox(gl_lines=1_000, today=date(2026, 5, 20), clock=sandbox_clock()) as sandbox:
        yield sandbox


@pytest.fixture
def opened(open_source):
    """Opens a source on a sandbox."""

    def open_(sandbox, version="v2", **keys):
        return open_source(
            sandbox,
            password=sandbox.password,
            company_db=sandbox.company,
            user=sandbox.user,
            base_url=f"{sandbox.url}/b1s/{version}",
            **keys,
        )

    return open_


def control(opened, entity, window=MARCH):
    return {total.group: total for total in opened.source.control(ERP.entities[entity], window)}


@pytest.mark.parametrize(("dying", "logins", "pauses"), [(1, 2, 0), (2, 3, 1)])
@pytest.mark.parametrize("error", [301, 5002])
def test_a_session_that_dies_after_its_login_is_replaced_at_once_and_then_after_a_pause(
    sandbox, opened, error, dying, logins, pauses
):
    sandbox.switches.session_error, sandbox.switches.dying_logins = error, dying
    source = opened(sandbox)
    assert source.rows("profit_centers")
    assert (sandbox.sessions.logins, len(source.clock.slept)) == (logins, pauses)


def test_sessions_that_always_die_after_their_login_are_an_error(sandbox, opened):
    sandbox.switches.dying_logins = 1_000
    source = opened(sandbox)
    with pytest.raises(AuthenticationError, match=r"Invalid session.*also after two new logins"):
        source.rows("profit_centers")
    assert (sandbox.sessions.logins, len(source.clock.slept)) == (3, 1)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_ledger_is_read_whole(shared_sandbox, opened, version):
    rows = opened(shared_sandbox, version).rows("journal_entries")
    truth = shared_sandbox.books.control(MARCH.start, MARCH.end)
    assert len(rows) == truth.lines
    assert sum(row["debit"] for row in rows) == truth.debit == sum(row["credit"] for row in rows)
    by_account = defaultdict(Decimal)
    for row in rows:
        by_account[row["account_number"]] += row["amount"]
    assert by_account == truth.by_account
    keys = [(row["transaction_id"], row["line_number"]) for row in rows]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("entity", DIMENSIONS)
def test_dimensions_are_read_whole(shared_sandbox, opened, version, entity):
    source = opened(shared_sandbox, version)
    table = shared_sandbox.books.tables[ERP.entities[entity].entity_set]
    rows = source.rows(entity)
    assert [row[ERP.entities[entity].key[0]] for row in rows] == [row[table.type.key] for row in table.in_order()]
    assert control(source, entity)[None].rows == len(table)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("entity", DOCUMENTS)
def test_documents_and_their_sums_agree(shared_sandbox, opened, version, entity):
    declared = ERP.entities[entity]
    source = opened(shared_sandbox, version)
    rows = source.rows(entity, FAR)
    truth = shared_sandbox.books.documents(declared.entity_set, FAR.start, FAR.end)
    assert [row["id"] for row in rows] == [document["DocEntry"] for document in truth]
    counting = sum(document["DocTotal"] for document in truth if document.get("Cancelled") != "tYES")
    assert sum(row["amount"] for row in rows) == declared.sign * counting
    by_partner = defaultdict(Decimal)
    for row in rows:
        by_partner[row[declared.control_by]] += row["amount"]
    assert {code: total.amount for code, total in control(source, entity, FAR).items()} == by_partner


def test_the_ledger_is_tied_out_by_account_where_sql_may_read_it(sandbox, opened):
    sandbox.switches.sql_tables = DEFAULT_SQL_TABLES | {"OJDT", "JDT1"}
    totals = control(opened(sandbox), "journal_entries")
    truth = sandbox.books.control(MARCH.start, MARCH.end)
    assert {account: total.amount for account, total in totals.items()} == truth.by_account
    assert sum(total.rows for total in totals.values()) == truth.lines


@pytest.mark.parametrize("tables", [DEFAULT_SQL_TABLES, None])
def test_the_ledger_is_counted_where_it_may_not(sandbox, opened, tables):
    sandbox.switches.sql_tables = tables
    (total,) = control(opened(sandbox), "journal_entries").values()
    assert total.records == len(sandbox.books.tables["JournalEntries"].between(MARCH.start, MARCH.end))


@pytest.mark.parametrize(
    "switches",
    [
        {"next_link": "relative"},
        {"honours_page_size": False},
        {"largest_page": 7},
        {"pages_shift": True},
        {"v2_dates": "plain"},
        {"trouble_rate": 0.1},
    ],
)
def test_however_the_server_is_set_up(sandbox, opened, switches):
    for name, value in switches.items():
        setattr(sandbox.switches, name, value)
    source = opened(sandbox)
    assert len(source.rows("journal_entries")) == sandbox.books.control(MARCH.start, MARCH.end).lines
    partners = {row["vendor_id"] for row in source.rows("purchase_invoices", FAR)}
    assert set(control(source, "purchase_invoices", FAR)) == partners


@pytest.mark.parametrize("error", [301, 5002])
def test_a_session_that_ends_between_pages(sandbox, opened, error):
    sandbox.switches.session_error = error
    source = opened(sandbox, page_size=5)
    batches = source.source.read(ERP.entities["journal_entries"], MARCH)
    rows = next(batches).num_rows
    sandbox.expire_sessions()
    rows += sum(batch.num_rows for batch in batches)
    assert rows == sandbox.books.control(MARCH.start, MARCH.end).lines
    assert sandbox.sessions.logins <= 2


def test_an_idle_session_is_replaced_by_one_login(sandbox, opened):
    source = opened(sandbox)
    source.rows("dimensions")
    sandbox.clock.advance(31 * 60)
    source.rows("dimensions")
    assert sandbox.sessions.logins == 2


def test_what_changed_comes_by_the_feeds(sandbox, opened):
    source = opened(sandbox)
    rows = source.rows("purchase_orders", FAR)
    last = max(row["modified_at"] for row in rows).isoformat()
    newest = max(row["transaction_id"] for row in source.rows("journal_entries", FAR))
    sandbox.clock.advance(7 * 24 * 3600)
    order = rows[0]["id"]
    sandbox.books.change("PurchaseOrders", order, NumAtCard="changed")
    reversal = sandbox.books.cancel(newest)
    changed = {row["id"]: row for row in source.changes("purchase_orders", last)}
    assert changed[order]["reference"] == "changed"
    assert changed[order]["modified_at"].isoformat() > last
    entries = {row["transaction_id"] for row in source.changes("journal_entries", str(newest))}
    assert {newest, reversal} <= entries


def test_segmented_charts_keep_their_codes_and_show_their_format(opened):
    with SapBusinessOneSandbox(
        gl_lines=1_000, today=date(2026, 5, 20), segmented_chart=True, clock=sandbox_clock()
    ) as sandbox:
        source = opened(sandbox)
        accounts = {row["number"]: row["format_code"] for row in source.rows("chart_of_accounts")}
        posted = {row["account_number"] for row in source.rows("journal_entries")}
    assert all(number.startswith("_SYS") for number in posted)
    assert posted <= set(accounts)
    assert all(accounts.values())


def test_ping_is_green_and_leaves_no_session(sandbox, opened):
    source = opened(sandbox)
    findings = {finding.subject: finding for finding in source.source.ping()}
    assert [subject for subject, finding in findings.items() if not finding.ok] == []
    assert set(ERP.entities) <= set(findings)
    assert "1000110" in findings["credentials"].message
    assert "OJDT and JDT1" in findings["ledger totals"].message
    assert sandbox.sessions.open == 1


def test_ping_names_what_is_missing(sandbox, opened):
    sandbox.switches.unreadable = frozenset({"ProfitCenters"})
    sandbox.switches.rejected_properties = frozenset({"ExternalCode"})
    sandbox.switches.sql_tables = DEFAULT_SQL_TABLES | {"OJDT", "JDT1"}
    findings = {finding.subject: finding for finding in opened(sandbox).source.ping()}
    wrong = {subject: finding for subject, finding in findings.items() if not finding.ok}
    assert set(wrong) == {"profit_centers"}
    assert "Cost Accounting > Cost Centers" in wrong["profit_centers"].remedy
    assert "has no ExternalCode" in findings["chart_of_accounts"].message
    assert "by account" in findings["ledger totals"].message


def test_ping_with_wrong_credentials_is_one_finding(sandbox, open_source):
    wrong = open_source(sandbox, password="wrong", company_db=sandbox.company, user=sandbox.user)
    (finding,) = wrong.source.ping()
    assert (finding.subject, finding.ok) == ("credentials", False)
    assert "b1_password" in finding.remedy


def test_ping_without_a_server_is_one_finding(open_source):
    with ServiceServer() as stopped:
        pass
    (finding,) = open_source(stopped).source.ping()
    assert (finding.subject, finding.ok) == ("connection", False)
    assert "base_url" in finding.remedy


def test_the_template_is_valid_when_it_is_filled_in(tmp_path):
    filled_template(tmp_path, "sap_business_one")
    tenant = load_configuration(tmp_path, {"sap_business_one": ERP}, clock=SYSTEM_CLOCK).tenants["example"]
    assert isinstance(tenant.connection, ServiceLayerConnection)
    assert tenant.connection.url == "https://b1.example.com:50000/b1s/v2"
    assert list(tenant.loads) == ["chart_of_accounts", "profit_centers", "journal_entries"]


DECEMBER = fiscal_period("FY2025-P12", date(2025, 12, 1), date(2025, 12, 31))
THIRTEENTH = fiscal_period("FY2025-P13", date(2025, 12, 1), date(2025, 12, 31), adjustment=True)


@pytest.fixture
def adjusted(sandbox):
    """Books with an entry of December's adjustment period, and a server whose ledger may be read by SQL."""
    sandbox.switches.sql_tables = DEFAULT_SQL_TABLES | {"OJDT", "JDT1"}
    books = sandbox.books
    books.reopen_period(date(2025, 12, 31))
    lines = [ledger_line(books.codes["5240"], Decimal("77.50")), ledger_line(books.codes["2260"], Decimal("-77.50"))]
    books.post({"ReferenceDate": date(2025, 12, 31), "Memo": "Årsafslutning"}, lines, adjusts=True)
    return sandbox


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_entries_of_an_adjustment_period_are_told_apart_where_sql_may_read_them(adjusted, opened, version):
    source = opened(adjusted, version)
    whole = adjusted.books.control(DECEMBER.start, DECEMBER.end)
    adjusting, regular = source.rows("journal_entries", THIRTEENTH), source.rows("journal_entries", DECEMBER)
    assert [row["amount"] for row in adjusting] == [Decimal("77.50"), Decimal("-77.50")]
    assert len(regular) == whole.lines - 2
    assert sum(row["debit"] for row in regular) == whole.debit - Decimal("77.50")
    for window, rows in ((THIRTEENTH, adjusting), (DECEMBER, regular)):
        totals = control(source, "journal_entries", window)
        assert sum(total.rows or 0 for total in totals.values()) == len(rows)
        assert sum(total.debit or 0 for total in totals.values()) == sum(row["debit"] for row in rows)


def test_without_the_right_they_belong_to_the_month(adjusted, opened):
    adjusted.switches.sql_tables = DEFAULT_SQL_TABLES
    source = opened(adjusted)
    assert source.rows("journal_entries", THIRTEENTH) == []
    assert len(source.rows("journal_entries", DECEMBER)) == adjusted.books.control(DECEMBER.start, DECEMBER.end).lines


def test_an_adjustment_period_that_the_company_lacks_is_refused(adjusted, opened):
    window = fiscal_period("FY2026-P13", date(2026, 3, 1), date(2026, 3, 31), adjustment=True)
    with pytest.raises(ConfigurationError, match=r"no adjustment period for FY2026-P13 .*2025-13 \(2025-12-01"):
        opened(adjusted).rows("journal_entries", window)


def test_the_posting_periods_are_told_with_their_days(adjusted, opened):
    periods = opened(adjusted).source.periods()
    assert len(periods) == 26
    assert [str(period) for period in periods if period.adjustment] == [
        "2025-13 (2025-12-01 to 2025-12-31, adjustment, id 13)",
        "2026-13 (2026-12-01 to 2026-12-31, adjustment, id 26)",
    ]
    adjusted.switches.sql_tables = None
    assert opened(adjusted).source.periods() is None


@pytest.mark.parametrize(
    ("column", "wire", "said"),
    [
        ("id", b'"[7]"', "id as text, where a whole number belongs"),
        ("id", b"null", "without id"),
        ("first_day", b'"soon"', "first_day as text, where a day such as 2026-05-31 belongs"),
        ("last_day", b"null", "without last_day"),
    ],
)
def test_a_posting_period_that_is_none_is_named(adjusted, opened, column, wire, said):
    adjusted.faults.add(Fault(None, "mlc_periods", worded(column, wire), times=1_000))
    with pytest.raises(DataError, match=f"The query mlc_periods_1 answered .*{said}"):
        opened(adjusted).source.periods()
