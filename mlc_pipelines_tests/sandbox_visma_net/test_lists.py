"""Paging, windows and filters (docs/vendors/visma_net.md, sections 4 to 6, traps 1 to 6 and 19)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mlc_pipelines_tests.sandbox_visma_net.client import Client
from mlc_sandbox.visma_net import VismaNetSandbox

INVOICES, LEDGER, BATCHES = "/v1/supplierInvoice", "/v1/GeneralLedgerTransactions", "/v2/journaltransaction"


def test_pages(client: Client, sandbox: VismaNetSandbox) -> None:
    found = client.all_pages(INVOICES, 50)
    assert sorted((item["documentType"], item["referenceNumber"]) for item in found) == sorted(sandbox.books.invoices)
    assert {str(item["metadata"]) for item in found} == {f"{{'totalCount': {len(found)}, 'maxPageSize': 1000}}"}


def test_a_large_page_is_clamped_without_a_word(client: Client, sandbox: VismaNetSandbox) -> None:
    sandbox.switches.max_page_sizes = {"supplierinvoice": 20}
    items = client.list(INVOICES, pageNumber=1, pageSize=500)
    assert len(items) == len(client.list(INVOICES)) == 20
    assert items[0]["metadata"] == {"totalCount": len(sandbox.books.invoices), "maxPageSize": 20}
    assert client.list("/v1/supplier", pageSize=500)[0]["metadata"]["maxPageSize"] == 1000


def test_no_order_is_kept_by_number(client: Client) -> None:
    numbers = [item["referenceNumber"] for item in client.list(INVOICES)]
    assert numbers != sorted(numbers)


def test_beyond_the_end_and_no_match(client: Client) -> None:
    assert client.list(INVOICES, pageNumber=99, pageSize=1000) == []
    assert client.list(INVOICES, supplier="none") == []


@pytest.mark.parametrize("query", [{"pageNumber": 0}, {"pageSize": 0}, {"pageSize": -1}, {"pageNumber": "x"}])
def test_pages_that_are_none(client: Client, query: dict[str, Any]) -> None:
    answer = client.get(INVOICES, **query)
    assert answer.status_code == 400
    assert list(answer.json()) == ["message"]


def test_names_in_any_case(client: Client) -> None:
    expected = client.list(INVOICES, pageSize=3, documentType="DebitAdj")
    assert client.list("/V1/SUPPLIERINVOICE", PAGESIZE=3, DocumentType="debitadj") == expected
    assert len(expected) == 3


def test_unknown_parameters_are_ignored(client: Client) -> None:
    assert client.list("/v1/branch", status="open") == client.list("/v1/branch")


def test_unpaged_lists_have_their_own_window(client: Client) -> None:
    accounts = client.list("/v1/account", pageNumber=2, pageSize=1)
    assert len(accounts) > 80
    assert "metadata" not in accounts[0]
    assert client.list("/v1/account", numberToRead=5, skipRecords=10) == accounts[10:15]


def test_the_old_window_is_ignored_on_paged_lists(client: Client) -> None:
    assert client.list("/v1/supplier", numberToRead=1, skipRecords=5) == client.list("/v1/supplier")


def test_counts_that_move(client: Client, sandbox: VismaNetSandbox) -> None:
    sandbox.switches.count_drift = 2
    totals = [client.list(INVOICES, pageNumber=page, pageSize=10)[0]["metadata"]["totalCount"] for page in (1, 2)]
    assert totals[1] - totals[0] == 2


@pytest.mark.parametrize("shift", [1, -1])
def test_rows_that_shift(client: Client, sandbox: VismaNetSandbox, shift: int) -> None:
    straight = [item["referenceNumber"] for item in client.list(INVOICES)]
    sandbox.switches.row_shift = shift
    page = [item["referenceNumber"] for item in client.list(INVOICES, pageNumber=2, pageSize=10)]
    assert page == straight[10 + shift : 20 + shift]


def test_books_that_change_between_pages(own_client: Client, own_sandbox: VismaNetSandbox) -> None:
    first = own_client.list("/v1/supplierinvoice", pageNumber=1, pageSize=100)
    gone = next(
        invoice for invoice in own_sandbox.books.invoices.values() if invoice.number == first[0]["referenceNumber"]
    )

    def change(resource: str, page: int) -> None:
        if (resource, page) == ("supplierinvoice", 2):
            own_sandbox.books.describe_invoice(gone, "Endret")

    own_sandbox.switches.before_page = change
    read = own_client.all_pages(INVOICES, 100)
    keys = [(item["documentType"], item["referenceNumber"]) for item in read]
    # The changed one went to the end and is read twice; the one after the first page moved up and is not read at all.
    assert len(keys) == len(own_sandbox.books.invoices)
    assert len(set(keys)) == len(keys) - 1


def test_a_change_filter_needs_both_parts(client: Client) -> None:
    for query in ({"lastModifiedDateTime": "2026-01-01"}, {"lastModifiedDateTimeCondition": ">"}):
        assert client.get(INVOICES, None, **query).status_code == 400
    assert client.get(INVOICES, lastModifiedDateTime="2026-01-01", lastModifiedDateTimeCondition="=").status_code == 400


@pytest.mark.parametrize(
    "moment",
    ["2026-05-02", "2026-05-02 00:00:00", "2026-05-02T00:00:00", "2026-05-02T00:00:00.0", "2026-05-02 00:00:00.000"],
)
def test_formats_of_moments(client: Client, sandbox: VismaNetSandbox, moment: str) -> None:
    found = client.list(INVOICES, lastModifiedDateTime=moment, lastModifiedDateTimeCondition=">=")
    limit = datetime(2026, 5, 2, tzinfo=ZoneInfo("Europe/Oslo"))
    expected = [invoice for invoice in sandbox.books.invoices.values() if invoice.modified >= limit]
    assert 0 < len(found) == len(expected) < len(sandbox.books.invoices)


@pytest.mark.parametrize("moment", ["2026-05-02T00:00:00Z", "2026-05-02T00:00:00+01:00", "02.05.2026", "2026-13-01"])
def test_moments_that_are_refused(client: Client, moment: str) -> None:
    assert client.get(INVOICES, lastModifiedDateTime=moment, lastModifiedDateTimeCondition=">").status_code == 400


def test_a_zone_may_be_let_through(client: Client, sandbox: VismaNetSandbox) -> None:
    sandbox.switches.refuse_zone = False
    query = {"lastModifiedDateTimeCondition": ">="}
    local = client.list(INVOICES, lastModifiedDateTime="2026-05-02T02:00:00", **query)
    assert client.list(INVOICES, lastModifiedDateTime="2026-05-02T00:00:00Z", **query) == local


def test_two_records_share_the_newest_stamp(client: Client, sandbox: VismaNetSandbox) -> None:
    newest = max(invoice.modified for invoice in sandbox.books.invoices.values()).astimezone(ZoneInfo("Europe/Oslo"))
    moment = newest.replace(tzinfo=None).isoformat(timespec="milliseconds")
    by = {
        sign: client.list(INVOICES, lastModifiedDateTime=moment, lastModifiedDateTimeCondition=sign)
        for sign in (">", ">=")
    }
    assert (len(by[">"]), len(by[">="])) == (0, 2)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"financialPeriod": "202605"}, lambda one: one.period == "202605"),
        ({"status": "Open", "branch": "2"}, lambda one: one.status == "Open" and one.branch.number == "2"),
        ({"supplier": "50001"}, lambda one: one.supplier.number == "50001"),
        ({"released": 1}, lambda one: one.status not in {"Hold", "Balanced"}),
        ({"docDate": "2026-03-31", "docDateCondition": ">"}, lambda one: str(one.day) > "2026-03-31"),
        ({"balance": "0", "balanceCondition": ">"}, lambda one: one.status not in {"Closed", "Voided"}),
        ({"item": "WIRE"}, lambda one: any(line.item == "WIRE" for line in one.lines)),
        ({"greaterThanValue": "100100"}, lambda one: one.number > "100100"),
    ],
)
def test_filters_of_invoices(client: Client, sandbox: VismaNetSandbox, query: dict[str, Any], expected) -> None:
    wanted = {one.key for one in sandbox.books.invoices.values() if expected(one)}
    assert {(item["documentType"], item["referenceNumber"]) for item in client.list(INVOICES, **query)} == wanted
    assert wanted


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (INVOICES, {"documentType": "Bill"}),
        (INVOICES, {"financialPeriod": "202614"}),
        (INVOICES, {"released": "true"}),
        ("/v1/account", {"active": "yes"}),
        ("/v1/purchaseorder", {"orderStatus": "opened"}),
        (LEDGER, {}),
        (LEDGER, {"ledger": "1", "fromPeriod": "2026-05"}),
        ("/v2/generalLedgerBalance", {"ledger": "1"}),
        (BATCHES, {"module": "GL"}),
        (BATCHES, {"periodId": "202605", "module": "ModuleGL"}),
        ("/v1/budget", {"branch": "1", "ledger": "BUD"}),
    ],
)
def test_bad_queries(client: Client, path: str, query: dict[str, Any]) -> None:
    answer = client.get(path, **query)
    assert (answer.status_code, list(answer.json())) == (400, ["message"])


def test_the_ledger_of_a_period(client: Client, sandbox: VismaNetSandbox) -> None:
    found = client.all_pages(LEDGER, 40, ledger="1", fromPeriod="202605", toPeriod="202605")
    truth = sandbox.books.ledger_lines("202605")
    assert len({(one["module"], one["batchNumber"], one["lineNumber"]) for one in found}) == len(found) == len(truth)
    one = next(line for _, line in truth if line.amount)
    narrow = client.list(LEDGER, ledger="1", fromPeriod="202605", toPeriod="202605", account=one.account.number)
    assert len(narrow) == sum(line.account is one.account for _, line in truth)


def test_unposted_lines_are_asked_for(client: Client) -> None:
    query = {"ledger": "1", "fromPeriod": "202606", "toPeriod": "202606", "pageSize": 1}
    counts = [
        client.list(LEDGER, **query, **more)[0]["metadata"]["totalCount"]
        for more in ({}, {"includeUnposted": "true", "includeUnreleased": "true"})
    ]
    assert counts[0] < counts[1]


def test_dates_of_ledger_lines(client: Client) -> None:
    found = client.list(LEDGER, ledger="1", fromDate="2026-05-10", toDate="2026-05-12")
    assert {one["tranDate"][:10] for one in found} <= {"2026-05-10", "2026-05-11", "2026-05-12"}
    assert found


def test_batches_are_counted_by_their_lines(client: Client, sandbox: VismaNetSandbox) -> None:
    pages = []
    while items := client.list(BATCHES, periodId="202605", pageNumber=len(pages) + 1, pageSize=10):
        pages.append(items)
    lines = [sum(len(batch["journalTransactionLines"]) for batch in page) for page in pages]
    assert {batch["metadata"]["totalCount"] for page in pages for batch in page} == {sum(lines)}
    assert all(10 <= count < 30 for count in lines[:-1])
    truth = [batch for batch in sandbox.books.batches.values() if batch.period == "202605"]
    assert sum(lines) == sum(len(batch.lines) for batch in truth)
    assert len({(batch["module"], batch["batchNumber"]) for page in pages for batch in page}) == len(truth)


def test_changes_without_a_condition(own_client: Client, own_sandbox: VismaNetSandbox) -> None:
    own_sandbox.clock.advance(60)
    since = own_sandbox.clock.now() - timedelta(seconds=5)
    batch = next(one for one in own_sandbox.books.batches.values() if one.period == "202503" and one.status == "Posted")
    own_sandbox.books.edit(batch, text="Rettet")
    moment = f"{since.astimezone(own_sandbox.books.zone):%Y-%m-%dT%H:%M:%S}"
    found = own_client.list(BATCHES, lastModifiedDateTime=moment)
    assert [(one["batchNumber"], one["financialPeriod"]) for one in found] == [(batch.number, "202503")]
    assert own_client.list("/v2/generalLedgerBalance", lastModifiedDateTime=moment, pageSize=1)
