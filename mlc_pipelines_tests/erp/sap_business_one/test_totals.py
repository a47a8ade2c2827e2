"""Control totals: of the ledger by SQL where the customer allows it, of documents by the Service Layer's own sums."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mlc_pipelines.erp.base import ControlTotal
from mlc_pipelines.erp.sap_business_one import ERP
from mlc_pipelines.erp.sap_business_one.totals import TOTALS_OF_DAYS
from mlc_pipelines.errors import IncompleteRead, Unavailable
from mlc_pipelines_tests.erp.sap_business_one.conftest import ADJUSTMENT, MARCH
from mlc_pipelines_tests.erp.sap_business_one.service_server import Refusal, document, entry, number

LIST = f"SQLQueries('{TOTALS_OF_DAYS.code}')/List"


def control(opened, entity, window=MARCH):
    return list(opened.source.control(ERP.entities[entity], window))


def refuse_sql(server, refusal):
    def refuse(path, _query):
        if path.startswith("SQLQueries"):
            raise refusal

    server.before = refuse


@pytest.fixture
def ledger(server):
    """Two entries of March, and one of April."""
    server.keys["JournalEntries"] = "JdtNum"
    server.tables["JournalEntries"] = [
        entry(1, "1.0", "-1.0"),
        entry(2, "2.0", "-2.0"),
        entry(3, "4.0", "-4.0", ReferenceDate="2026-04-01"),
    ]
    return server


def test_the_ledger_is_summed_by_account(ledger, open_source):
    asked = []

    def run(query):
        asked.append(query)
        return [
            {"account": "4000", "row_count": 2, "debit": number("3.000000"), "credit": 0},
            {"account": "4001", "row_count": 2, "debit": None, "credit": number("3.0000000000004")},
        ]

    ledger.scripted[LIST] = run
    opened = open_source(ledger)
    assert control(opened, "journal_entries") == [
        ControlTotal("4000", 2, Decimal(3), Decimal(3), Decimal(0)),
        ControlTotal("4001", 2, Decimal(-3), Decimal(0), Decimal(3)),
    ]
    assert asked[-1] == {"firstDay": "'2026-03-01'", "lastDay": "'2026-03-31'"}
    assert "SQLQueries" not in ledger.tables


def test_the_query_is_stored_when_it_is_not_there(ledger, open_source):
    def run(path, _query):
        if path == LIST and "SQLQueries" not in ledger.tables:
            raise Refusal(404, -2028, "No matching records found (ODBC -2028)")

    ledger.before = run
    ledger.scripted[LIST] = lambda _: []
    opened = open_source(ledger)
    for _ in range(2):
        assert control(opened, "journal_entries") == [ControlTotal(None, records=2)]  # an empty sum is not believed
    (stored,) = ledger.tables["SQLQueries"]
    assert stored["SqlCode"] == TOTALS_OF_DAYS.code
    assert {"OJDT", "JDT1", ":firstDay", ":lastDay"} <= set(stored["SqlText"].split())


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(400, 702, "Table 'OJDT' not accessible"),
        Refusal(400, 704, "Parameters expected"),
        Refusal(500, -6006, "No authorization"),
        Refusal(400, -1000, "Unrecognized resource path."),
        Refusal(403, -6006, "You are not permitted to perform this action"),
        Refusal(404, -2028, "No matching records found (ODBC -2028)"),
    ],
)
def test_without_sql_the_entries_are_counted(ledger, open_source, refusal):
    refuse_sql(ledger, refusal)
    opened = open_source(ledger)
    assert control(opened, "journal_entries") == [ControlTotal(None, records=2)]
    asked = len([path for path, _ in ledger.asked if path.startswith("SQLQueries")])
    control(opened, "journal_entries")
    assert len([path for path, _ in ledger.asked if path.startswith("SQLQueries")]) == asked


def test_a_failure_to_find_out_is_not_kept(ledger, open_source):
    refuse_sql(ledger, Refusal(503, 0, "busy"))
    opened = open_source(ledger)
    with pytest.raises(Unavailable):
        control(opened, "journal_entries")
    ledger.before = lambda _path, _query: None
    row = {"ACCOUNT": "4000", "ROW_COUNT": 1, "DEBIT": 1, "CREDIT": 0}  # as HANA writes names
    ledger.scripted[LIST] = lambda _: [row]
    assert control(opened, "journal_entries") == [ControlTotal("4000", 1, Decimal(1), Decimal(1), Decimal(0))]


@pytest.mark.parametrize(
    ("entity", "entity_set", "sign"), [("invoices", "Invoices", 1), ("credit_notes", "CreditNotes", -1)]
)
def test_documents_are_summed_by_partner(server, open_source, entity, entity_set, sign):
    asked = []

    def answer(query):
        if "$apply" not in query:
            return [document(1, "1.0")]
        asked.append(query["$apply"])
        if "csNo" in asked[-1]:
            return [{"CardCode": "C1", "SumOfDocTotal": number("119.37000000000001")}]
        return [{"CardCode": "C1", "SumOfDocTotal": number("200.0")}, {"CardCode": "C2", "SumOfDocTotal": 5}]

    server.scripted[entity_set] = answer
    assert control(open_source(server), entity) == [
        ControlTotal("C1", amount=sign * Decimal("119.37")),
        ControlTotal("C2", amount=Decimal(0)),
    ]
    window = "DocDate ge '2026-03-01' and DocDate lt '2026-04-01'"
    sums = "/groupby((CardCode),aggregate(DocTotal with sum as SumOfDocTotal))"
    assert asked == [
        f"filter({window}){sums}",
        f"filter({window} and Cancelled eq 'tNO' and CancelStatus eq 'csNo'){sums}",
    ]


@pytest.mark.parametrize("link", ["/b1s/{version}/", "", "https://b1.internal/gateway/b1s/{version}/"])
@pytest.mark.parametrize("carried", [True, False])
def test_sums_on_several_pages_are_followed_in_every_form_of_link(server, open_source, link, carried):
    server.absent = {"CancelStatus"}
    server.tables["PurchaseOrders"], server.keys["PurchaseOrders"] = [], "DocEntry"
    groups = [{"CardCode": f"V{n}", "SumOfDocTotal": n} for n in range(5)]

    def pages(path, query):
        if path == "PurchaseOrders" and "$apply" in query:
            raise _Page(int(query.get("$skip", 0)), query)

    class _Page(Refusal):
        def __init__(self, skip, query):
            super().__init__(200, 0, "")
            self.page = {"value": groups[skip : skip + 2]}
            if skip + 2 < len(groups):
                name = "odata.nextLink" if server.version == "v1" else "@odata.nextLink"
                target = f"PurchaseOrders?$skip={skip + 2}"
                if carried:
                    target += "&$apply=" + query["$apply"].replace(" ", "%20")
                self.page[name] = link.format(version=server.version) + target

    server.before = pages
    server.refused = lambda refusal: server._envelope(refusal.page) if isinstance(refusal, _Page) else plain(refusal)
    plain = type(server).refused.__get__(server)
    totals = control(open_source(server), "purchase_orders")
    assert [(total.group, total.amount) for total in totals] == [(f"V{n}", Decimal(n)) for n in range(5)]


@pytest.mark.parametrize("sums", [number("12345678901.120001"), number("12345678901.119999"), "12345678901.12"])
def test_noise_of_sums_in_floating_point_is_no_money(v2_server, open_source, sums):
    v2_server.scripted["Invoices"] = lambda _: [{"CardCode": "C1 ", "SumOfDocTotal": sums}]
    (total,) = control(open_source(v2_server), "invoices")
    assert (total.group, total.amount) == ("C1", Decimal("12345678901.12"))


@pytest.mark.parametrize("text", ["0.300012", "119.3701", "9999999999.1234"])
def test_digits_of_sums_stay(v2_server, open_source, text):
    v2_server.scripted["Invoices"] = lambda _: [{"CardCode": "C1", "SumOfDocTotal": number(text)}]
    (total,) = control(open_source(v2_server), "invoices")
    assert total.amount == Decimal(text)


def test_a_server_that_passes_over_apply_is_asked_for_the_number(server, open_source):
    server.keys["PurchaseInvoices"] = "DocEntry"
    server.tables["PurchaseInvoices"] = [document(1, "1.0"), document(2, "1.0")]

    def ignore(_path, query):
        if query.pop("$apply", None):
            query["$select"] = "DocEntry,CardCode,DocTotal"

    server.before = ignore
    assert control(open_source(server), "purchase_invoices") == [ControlTotal(None, rows=2)]


def test_a_query_that_another_process_has_just_stored(ledger, open_source):
    missing = [1]

    def race(path, _query):
        if path == LIST and missing:
            missing.clear()
            raise Refusal(404, -2028, "No matching records found (ODBC -2028)")
        if path == "SQLQueries":
            raise Refusal(400, -10, "SQL query already exists")

    ledger.before = race
    ledger.scripted[LIST] = lambda _: [{"account": "4000", "row_count": 2, "debit": 1, "credit": 0}]
    (total,) = control(open_source(ledger), "journal_entries")
    assert total.group == "4000"


def test_a_query_that_gives_other_columns_is_not_believed(ledger, open_source):
    ledger.scripted[LIST] = lambda _: [{"Expr1": "4000"}]
    assert control(open_source(ledger), "journal_entries") == [ControlTotal(None, records=2)]


def test_pages_of_sums_that_lead_in_a_circle(v2_server, open_source):
    v2_server.tables["Invoices"], v2_server.keys["Invoices"] = [], "DocEntry"
    v2_server.scripted["Invoices"] = lambda _: [{"CardCode": "C1", "SumOfDocTotal": 1}]
    envelope = v2_server._envelope
    v2_server._envelope = lambda content, status=200: envelope(
        {**content, "@odata.nextLink": "Invoices?$skip=1"}, status
    )
    with pytest.raises(IncompleteRead, match="circle"):
        control(open_source(v2_server), "invoices")


@pytest.mark.parametrize("status", [400, 404, 405, 501])
def test_a_server_that_does_not_sum_is_asked_for_the_number(server, open_source, status):
    server.keys["PurchaseInvoices"] = "DocEntry"
    april = document(3, "1.0", DocDate="2026-04-01")
    server.tables["PurchaseInvoices"] = [document(1, "1.0"), document(2, "1.0"), april]

    def refuse(_path, query):
        if "$apply" in query:
            raise Refusal(status, -1000, "Query string error - option $apply is not supported here")

    server.before = refuse
    assert control(open_source(server), "purchase_invoices") == [ControlTotal(None, rows=2)]


def test_dimensions_are_counted(server, open_source):
    server.keys["Dimensions"] = "DimensionCode"
    server.tables["Dimensions"] = [{"DimensionCode": n} for n in range(1, 6)]
    assert control(open_source(server), "dimensions") == [ControlTotal(None, rows=5)]


def test_an_adjustment_period_has_no_totals(ledger, open_source):
    assert control(open_source(ledger), "journal_entries", ADJUSTMENT) == []
    assert [path for path, _ in ledger.asked if not path.startswith("SQLQueries")] == []
