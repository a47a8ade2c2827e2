"""Reading by key over a scripted Service Layer: complete, exact, in order, whatever moves meanwhile."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from mlc_pipelines.errors import BadRequest, DataError, Forbidden, IncompleteRead
from mlc_pipelines_tests.erp.sap_business_one.conftest import ADJUSTMENT
from mlc_pipelines_tests.erp.sap_business_one.service_server import Refusal, document, entry, number
from mlc_sandbox.serving import Fault, answer


def serve_journals(server, *entries):
    server.tables["JournalEntries"] = list(entries)
    server.keys["JournalEntries"] = "JdtNum"


def serve_documents(server, entity_set, *documents):
    server.tables[entity_set] = list(documents)
    server.keys[entity_set] = "DocEntry"


def test_a_journal_line_is_a_row_with_the_fields_of_its_entry(server, open_source):
    serve_journals(
        server,
        entry(7, "9007199254740993.93", "-9007199254740993.93", Memo="Løn æøå", Reference3="ß"),
        entry(8, "0.07", "-0.07", ReferenceDate="2026-04-01"),
    )
    rows = open_source(server).rows("journal_entries")
    assert [(row["transaction_id"], row["line_number"]) for row in rows] == [(7, 0), (7, 1)]
    first, second = rows
    assert first["posting_date"] == date(2026, 3, 31)
    assert (first["account_number"], first["costing_code_1"], first["costing_code_5"]) == ("4000", "CC1", None)
    assert (first["transaction_memo"], first["reference_3"]) == ("Løn æøå", "ß")
    assert (first["debit"], first["amount"]) == (Decimal("9007199254740993.93"),) * 2
    assert second["amount"] == Decimal("-9007199254740993.93")


def test_all_five_costing_codes_are_read(server, open_source):
    one = entry(7, "1.0")
    one["JournalEntryLines"][0].update({"CostingCode" + (str(n) if n > 1 else ""): f"D{n}" for n in range(1, 6)})
    serve_journals(server, one)
    (row,) = open_source(server).rows("journal_entries")
    assert [row[f"costing_code_{n}"] for n in range(1, 6)] == ["D1", "D2", "D3", "D4", "D5"]


def test_an_adjustment_period_has_no_facts(v2_server, open_source):
    serve_journals(v2_server, entry(7, "1.0"))
    opened = open_source(v2_server)
    assert opened.rows("journal_entries", ADJUSTMENT) == []
    assert [path for path, _ in v2_server.asked if not path.startswith("SQLQueries")] == []


@pytest.mark.parametrize(
    ("entity", "entity_set", "sign"), [("invoices", "Invoices", 1), ("credit_notes", "CreditNotes", -1)]
)
def test_credit_notes_are_negative(server, open_source, entity, entity_set, sign):
    serve_documents(server, entity_set, document(1, "119.37", DocTotalFc=number("100.5")))
    (row,) = open_source(server).rows(entity)
    assert row["document_total"] == Decimal("119.37")
    amounts = [row[name] for name in ("amount", "tax_amount", "paid_amount", "foreign_amount")]
    assert amounts == [sign * Decimal(text) for text in ("119.37", "0.25", "1.5", "100.5")]
    assert row["modified_at"] == datetime(2026, 3, 6, 10, 30)  # noqa: DTZ001 - the server's local time


def test_cancelled_documents_and_their_cancellations_count_nothing(server, open_source):
    serve_documents(
        server,
        "PurchaseInvoices",
        document(1, "100.0", Cancelled="tYES", CancelStatus="csYes"),
        document(2, "100.0", CancelStatus="csCancellation"),
        document(3, "8.0"),
    )
    rows = open_source(server).rows("purchase_invoices")
    assert [(row["cancelled"], row["amount"], row["document_total"]) for row in rows] == [
        (True, Decimal(0), Decimal(100)),
        (True, Decimal(0), Decimal(100)),
        (False, Decimal(8), Decimal(8)),
    ]


@pytest.mark.parametrize(
    ("strange", "said"),
    [
        ({"CancelStatus": "csPending"}, r"cancel_status is 'csPending' in the record of id 2\..*csCancellation"),
        ({"CancelStatus": None}, "cancel_status is empty in the record of id 2"),
        ({"Cancelled": None}, "cancelled is empty in the record of id 2"),
        ({"Cancelled": "tMAYBE"}, "cancelled is 'tMAYBE' in the record of id 2"),
        ({"Cancelled": "Y"}, "cancelled is 'Y' in the record of id 2"),
    ],
)
def test_a_document_of_which_nobody_knows_whether_it_counts(server, open_source, strange, said):
    serve_documents(server, "Invoices", document(1, "100.0"), document(2, "8.0", **strange))
    with pytest.raises(DataError, match=f"invoices: {said}"):
        open_source(server).rows("invoices")


def test_words_that_are_only_shown_may_be_any(server, open_source):
    serve_documents(server, "Invoices", document(1, "100.0", DocumentStatus="bost_New", DocType="dDocument_X"))
    (row,) = open_source(server).rows("invoices")
    assert (row["status"], row["document_type"]) == ("bost_New", "dDocument_X")


def test_a_server_without_cancel_status_tells_cancelled_documents_only(server, open_source):
    server.absent = {"CancelStatus"}
    serve_documents(server, "PurchaseOrders", document(1, "100.0", Cancelled="tYES"), document(2, "8.0"))
    rows = open_source(server).rows("purchase_orders")
    assert [row["amount"] for row in rows] == [Decimal(0), Decimal(8)]


def test_parts_are_read_side_by_side_and_come_in_order(server, open_source):
    serve_journals(server, *(entry(key, "1.0", "-1.0") for key in range(1000, 1950, 7)))
    opened = open_source(server, page_size=10)
    rows = opened.rows("journal_entries")
    assert [row["transaction_id"] for row in rows[::2]] == list(range(1000, 1950, 7))
    assert not [query for _, query in server.asked if "$skip" in query and query["$select"] != "JdtNum"]
    counts = [query["$filter"] for path, query in server.asked if path == "JournalEntries/$count"]
    assert counts[0] == "JdtNum eq 0"
    assert len(counts) == 1 + 1 + 4
    assert (opened.progress[-1].rows, opened.progress[-1].expected) == (272, None)


def test_keys_are_texts_with_quotes_and_in_the_order_of_the_server(server, open_source):
    codes = sorted([f"C{n:03}" for n in range(40)] + ["O'Hara", "Ærø", "a''b"])
    server.tables["BusinessPartners"] = [{"CardCode": code, "CardName": f"Name {code}"} for code in codes]
    server.keys["BusinessPartners"] = "CardCode"
    server.page_cap = 3
    assert [row["code"] for row in open_source(server).rows("business_partners")] == codes


def test_a_server_that_gives_smaller_pages_than_asked_for(v2_server, open_source):
    v2_server.page_cap = 4
    serve_journals(v2_server, *(entry(key, "1.0") for key in range(1, 31)))
    assert len(open_source(v2_server).rows("journal_entries")) == 30


def test_what_is_added_while_it_is_read_is_read(v2_server, open_source):
    serve_journals(v2_server, *(entry(key, "1.0") for key in range(1, 31)))
    late = [entry(31, "5.0")]

    def post(path, query):
        if path == "JournalEntries" and "JdtNum gt 20" in query.get("$filter", "") and late:
            v2_server.tables["JournalEntries"].append(late.pop())

    v2_server.before = post
    rows = open_source(v2_server, page_size=10).rows("journal_entries")
    assert [row["transaction_id"] for row in rows] == list(range(1, 32))


def test_a_part_that_moved_is_read_again(v2_server, open_source):
    serve_journals(v2_server, *(entry(key, "1.0") for key in range(1, 31)))
    moved = [3]

    def move(path, query):
        # The entry is on a page that was read already.
        if path == "JournalEntries" and "JdtNum gt 8" in query.get("$filter", "") and moved:
            v2_server.tables["JournalEntries"][moved.pop() - 1]["ReferenceDate"] = "2026-05-01"

    v2_server.before = move
    rows = open_source(v2_server, page_size=4, max_concurrent_requests=1).rows("journal_entries")
    assert [row["transaction_id"] for row in rows] == [key for key in range(1, 31) if key != 3]


def test_records_that_go_on_missing_are_an_incomplete_read(v2_server, open_source):
    serve_journals(v2_server, *(entry(key, "1.0") for key in range(1, 4)))
    v2_server.scripted["JournalEntries"] = lambda _: [entry_wire]
    entry_wire = {"JdtNum": 1, "ReferenceDate": "2026-03-31", "JournalEntryLines": []}
    with pytest.raises(IncompleteRead, match=r"journal_entries of FY2026-P03: 1 records read .* counts 3, 3 times"):
        open_source(v2_server).rows("journal_entries")


def test_a_page_of_html_with_status_200_is_no_empty_period(v2_server, open_source):
    serve_journals(v2_server, entry(1, "1.0"))
    html = answer(200, {"content-type": "text/html"}, b"<html>maintenance</html>")
    v2_server.faults.add(Fault(None, "JournalEntries", html, times=100))
    with pytest.raises(DataError, match="answer to JournalEntries is no list of records"):
        open_source(v2_server).rows("journal_entries")


def test_a_text_in_place_of_the_page_stays_one(v2_server, open_source):
    serve_journals(v2_server, entry(1, "1.0"))
    v2_server.scripted["JournalEntries"] = lambda _: "no entries today"
    with pytest.raises(DataError, match="answer to JournalEntries is no list of records"):
        open_source(v2_server).rows("journal_entries")


@pytest.mark.parametrize(
    ("refusal", "error", "said"),
    [
        (Refusal(403, -6006, "You are not permitted to perform this action"), Forbidden, "Financials > Journal Entry"),
        (Refusal(400, -6006, "You are not permitted to perform this action"), Forbidden, "Financials > Journal Entry"),
        (Refusal(401, -6006, "No authorization"), Forbidden, "Financials > Journal Entry"),
        (Refusal(500, -6006, "No authorization"), Forbidden, "Financials > Journal Entry"),
        (Refusal(400, -1000, "Unrecognized resource path."), BadRequest, "journal_entries: .*Unrecognized"),
    ],
)
def test_a_missing_right_is_named(server, open_source, refusal, error, said):
    def refuse(path, _query):
        raise refusal

    server.before = refuse
    with pytest.raises(error, match=said):
        open_source(server).rows("journal_entries")
