"""Service Layers that do less than they should: read whole all the same, or not at all, and never in part."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from mlc_pipelines.erp.base import ControlTotal
from mlc_pipelines.erp.sap_business_one import ERP
from mlc_pipelines.errors import BadRequest, DataError, IncompleteRead
from mlc_pipelines_tests.erp.sap_business_one.conftest import MARCH
from mlc_pipelines_tests.erp.sap_business_one.service_server import Refusal, document, entry, number
from mlc_sandbox.faults import Fault, answer

THIRTY = list(range(1, 31))


@pytest.fixture
def journals(server):
    """Thirty entries of March."""
    server.keys["JournalEntries"] = "JdtNum"
    server.tables["JournalEntries"] = [entry(key, "1.0", "-1.0") for key in THIRTY]
    return server


@pytest.fixture
def orders(server):
    """One purchase order, to be changed by the test."""
    server.keys["PurchaseOrders"] = "DocEntry"
    server.tables["PurchaseOrders"] = [document(1, "100.0")]
    return server


def numbers(opened):
    return [row["transaction_id"] for row in opened.rows("journal_entries")[::2]]


def without(option):
    """A server that passes over a query option."""
    return lambda _path, query: query.pop(option, None)


@pytest.mark.parametrize("status", [400, 404, 405, 501])
def test_without_count_the_keys_are_walked(journals, open_source, status):
    def refuse(path, _query):
        if path.endswith("/$count"):
            raise Refusal(status, -1000, "Unrecognized resource path.")

    journals.before = refuse
    opened = open_source(journals, page_size=5)
    assert numbers(opened) == THIRTY
    assert list(opened.source.control(ERP.entities["journal_entries"], MARCH)) == [ControlTotal(None, records=30)]


@pytest.mark.parametrize("body", ["true", "null", '"thirty"', "-1", "1.5", "[30]", '{"value": 30}', "9" * 30])
def test_a_count_that_is_no_number_of_records(journals, open_source, body):
    journals.faults.add(Fault("GET", r"/\$count", answer(200, {"content-type": "application/json"}, body), times=99))
    with pytest.raises(DataError, match="count of JournalEntries is no number of records") as caught:
        numbers(open_source(journals, page_size=5))
    assert caught.value.hint


def test_a_count_of_all_records_whatever_the_filter_is_not_believed(journals, open_source):
    journals.tables["JournalEntries"].append(entry(31, "1.0", "-1.0", ReferenceDate="2026-04-01"))
    journals.before = lambda path, query: query.pop("$filter", None) if path.endswith("/$count") else None
    assert numbers(open_source(journals, page_size=5)) == THIRTY


def test_small_pages_without_links(journals, open_source):
    journals.page_cap = 4
    journals.link = lambda _target: ""
    assert numbers(open_source(journals, page_size=10)) == THIRTY


@pytest.mark.parametrize("form", ["/b1s/{version}/{target}", "{target}", "https://inner:1/b1s/{version}/{target}"])
def test_a_server_that_compares_keys_otherwise_is_read_by_its_links(journals, open_source, form):
    journals.page_cap = 4
    journals.link = lambda target: form.format(version=journals.version, target=target)

    def compare(path, query):
        if path == "JournalEntries" and "JdtNum gt" in query.get("$filter", ""):
            query["$filter"] += " and JdtNum gt 20"

    journals.before = compare
    assert numbers(open_source(journals)) == THIRTY


def test_offsets_that_are_ignored_lose_nothing(journals, open_source):
    journals.before = without("$skip")
    assert numbers(open_source(journals, page_size=5)) == THIRTY


def test_cuts_in_no_order_double_nothing(journals, open_source):
    journals.tables["JournalEntries"].sort(key=lambda row: row["JdtNum"] * 7 % 31)

    def unordered(path, query):
        if path == "JournalEntries" and query["$select"] == "JdtNum" and "$skip" in query:
            query["$filter"], query["$skip"] = f"JdtNum eq {30 - int(query['$skip'])}", "0"

    journals.before = unordered
    with pytest.raises(IncompleteRead, match="not asked for"):
        open_source(journals, page_size=5).rows("journal_entries")


def test_a_server_that_answers_the_first_page_for_ever(journals, open_source):
    journals.page_cap = 5

    def ignore(path, query):
        if path == "JournalEntries":
            query["$filter"] = "JdtNum gt 0"
            query.pop("$skip", None)

    journals.before = ignore
    with pytest.raises(IncompleteRead, match="repeat records"):
        open_source(journals).rows("journal_entries")


def test_a_server_that_ignores_the_days_gives_no_other_periods(journals, open_source):
    journals.tables["JournalEntries"].append(entry(31, "1.0", "-1.0", ReferenceDate="2026-04-01"))

    def ignore(_path, query):
        if "$filter" in query:
            query["$filter"] = re.sub(r"ReferenceDate \w+ '[^']+'", "JdtNum gt 0", query["$filter"])

    journals.before = ignore
    with pytest.raises(IncompleteRead, match="other days"):
        open_source(journals).rows("journal_entries")


def test_the_last_day_has_a_time(v2_server, open_source):
    v2_server.keys["JournalEntries"] = "JdtNum"
    v2_server.tables["JournalEntries"] = [
        entry(1, "1.0", ReferenceDate="2026-03-31T00:00:00Z"),
        entry(2, "1.0", ReferenceDate="2026-03-31T23:59:59Z"),
        entry(3, "1.0", ReferenceDate="2026-04-01T00:00:00Z"),
    ]
    rows = open_source(v2_server).rows("journal_entries")
    assert [(row["transaction_id"], row["posting_date"]) for row in rows] == [(n, date(2026, 3, 31)) for n in (1, 2)]


def test_entries_without_lines_break_no_page(journals, open_source):
    for row in journals.tables["JournalEntries"][3:9]:
        row["JournalEntryLines"] = []
    journals.tables["JournalEntries"][14]["JournalEntryLines"] = None
    journals.page_cap = 4
    assert numbers(open_source(journals, page_size=4)) == [key for key in THIRTY if key not in {*range(4, 10), 15}]


def test_an_amount_that_is_not_there_is_nothing(journals, open_source):
    journals.tables["JournalEntries"] = [entry(1, "5.5", "-5.5")]
    debit, credit = journals.tables["JournalEntries"][0]["JournalEntryLines"]
    del debit["Credit"]
    credit["Debit"] = None
    rows = open_source(journals).rows("journal_entries")
    assert [(row["debit"], row["credit"], row["amount"]) for row in rows] == [
        (Decimal("5.5"), Decimal(0), Decimal("5.5")),
        (Decimal(0), Decimal("5.5"), Decimal("-5.5")),
    ]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("119.37000000000001", "119.37"),
        ("0.30000000000000004", "0.3"),
        ("1234567890.1199999", "1234567890.12"),
        ("0.000001", "0.000001"),
        ("9999999999999.123456", "9999999999999.123456"),
        ("1.5e3", "1500"),
    ],
)
def test_an_amount_is_what_the_database_keeps(orders, open_source, text, amount):
    orders.tables["PurchaseOrders"] = [document(1, text)]
    (row,) = open_source(orders).rows("purchase_orders")
    assert row["amount"] == row["document_total"] == Decimal(amount)


def test_a_server_that_passes_over_cancel_status(orders, open_source):
    orders.tables["PurchaseOrders"] = [document(1, "100.0", Cancelled="tYES"), document(2, "8.0")]
    for row in orders.tables["PurchaseOrders"]:
        del row["CancelStatus"]
    opened = open_source(orders)
    assert [row["amount"] for row in opened.rows("purchase_orders")] == [Decimal(0), Decimal(8)]
    asked = []
    orders.scripted["PurchaseOrders"] = lambda query: asked.append(query.get("$apply", "")) or []
    opened.source.control(ERP.entities["purchase_orders"], MARCH)
    assert not [apply for apply in asked if "CancelStatus" in apply]


def test_texts_that_a_version_lacks_are_empty(orders, open_source):
    orders.absent = {"NumAtCard", "CancelStatus", "Project"}
    (row,) = open_source(orders).rows("purchase_orders")
    assert (row["reference"], row["project"], row["amount"]) == (None, None, Decimal(100))


def test_an_amount_that_a_version_lacks_is_an_error(orders, open_source):
    orders.absent = {"VatSum"}
    with pytest.raises(BadRequest, match="VatSum"):
        open_source(orders).rows("purchase_orders")


def test_a_page_that_was_cut_off_is_asked_for_again(journals, open_source):
    envelope, cut = journals._envelope, []

    def answer(content, status=200):
        response = envelope(content, status)
        if len(content.get("value", [])) > 1 and not cut:
            cut.append(response)
            return type(response)(response.body[:-40], status, media_type="application/json")
        return response

    journals._envelope = answer
    assert numbers(open_source(journals)) == THIRTY
    assert cut


def test_times_without_seconds_and_dates_without_times(orders, open_source):
    orders.tables["PurchaseOrders"] = [
        document(1, "1.0", UpdateTime="10:30"),
        document(2, "1.0", UpdateTime=None),
        document(3, number("1")[1:-1], UpdateDate=None),
    ]
    rows = open_source(orders).rows("purchase_orders")
    stamps = [row["modified_at"] and row["modified_at"].isoformat() for row in rows]
    assert stamps == ["2026-03-06T10:30:00", "2026-03-06T00:00:00", None]
