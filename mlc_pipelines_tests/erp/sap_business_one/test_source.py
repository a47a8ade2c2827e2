"""The change feeds: by number for journal entries, by stamp for documents and partners, none for the rest."""

from __future__ import annotations

import pytest

from mlc_pipelines.erp.sap_business_one import ERP
from mlc_pipelines.errors import Forbidden
from mlc_pipelines_tests.erp.sap_business_one.service_server import Refusal, document, entry


@pytest.fixture
def orders(server):
    """Documents changed around noon of 6 March; the one of the day before was changed later in the day."""
    server.keys["PurchaseOrders"] = "DocEntry"
    server.tables["PurchaseOrders"] = [
        document(1, "1.0", UpdateDate="2026-03-05", UpdateTime="23:59:00"),
        document(2, "1.0", UpdateDate="2026-03-06", UpdateTime="10:29:00"),
        document(3, "1.0", UpdateDate="2026-03-06", UpdateTime="10:30:00"),
        document(4, "1.0", UpdateDate="2026-03-06", UpdateTime="13:00:00", DocDate="2025-01-01"),
        document(5, "1.0", UpdateDate="2026-03-07", UpdateTime="00:05:59"),
    ]
    return server


def test_documents_since_a_moment_and_an_overlap_before_it(orders, open_source):
    rows = open_source(orders).changes("purchase_orders", "2026-03-06T12:00:40")
    assert [row["id"] for row in rows] == [3, 4, 5]


def test_the_upper_bound_is_fixed_before_the_first_page(orders, open_source):
    fresh = [
        document(6, "1.0", UpdateDate="2026-03-08"),
        document(7, "1.0", UpdateDate="2026-03-07", UpdateTime="00:06:00"),
    ]

    def change(path, query):
        if path == "PurchaseOrders/$count" and fresh:
            orders.tables["PurchaseOrders"] += fresh
            fresh.clear()

    orders.before = change
    opened = open_source(orders)
    assert [row["id"] for row in opened.changes("purchase_orders", "2026-03-06T12:00:00")] == [3, 4, 5]
    assert [row["id"] for row in opened.changes("purchase_orders", "2026-03-07T00:05:59")] == [5, 6, 7]


def test_nothing_changed(orders, open_source):
    assert open_source(orders).changes("purchase_orders", "2026-04-01T00:00:00") == []


def test_new_entries_by_number_and_some_before(server, open_source):
    server.keys["JournalEntries"] = "JdtNum"
    server.tables["JournalEntries"] = [entry(key, "1.0", "-1.0") for key in range(1, 301)]

    def post(path, _query):
        if path == "JournalEntries/$count":
            server.tables["JournalEntries"].append(entry(len(server.tables["JournalEntries"]) + 1, "1.0"))

    server.before = post
    rows = open_source(server).changes("journal_entries", "290")
    assert sorted({row["transaction_id"] for row in rows}) == list(range(191, 301))
    assert len(rows) == 220


def test_no_entries_at_all(server, open_source):
    server.keys["JournalEntries"], server.tables["JournalEntries"] = "JdtNum", []
    assert open_source(server).changes("journal_entries", "0") == []


def test_a_missing_right_is_named(orders, open_source):
    def refuse(_path, _query):
        raise Refusal(403, -6006, "You are not permitted to perform this action")

    orders.before = refuse
    with pytest.raises(Forbidden, match="Purchasing - A/P > Purchase Order"):
        open_source(orders).changes("purchase_orders", "2026-03-06T12:00:00")


@pytest.mark.parametrize("entity", ["chart_of_accounts", "profit_centers", "dimensions", "distribution_rules"])
def test_what_has_no_stamp_has_no_feed(v2_server, open_source, entity):
    with pytest.raises(ValueError, match=entity):
        open_source(v2_server).changes(entity, "2026-03-06T12:00:00")


def test_feeds_begin_at_their_watermarks():
    watermarks = {name: entity.watermark for name, entity in ERP.entities.items() if entity.kind == "fact"}
    assert watermarks.pop("journal_entries") == "transaction_id"
    assert set(watermarks.values()) == {"modified_at"}
