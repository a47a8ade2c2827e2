"""What is asked of Visma.net, and what becomes of its answers."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from starlette.responses import JSONResponse

from mlc_pipelines.erp.base import ControlTotal
from mlc_pipelines.erp.visma_net import ERP
from mlc_pipelines.errors import ConfigurationError, DataError
from mlc_pipelines_tests.erp.visma_net.conftest import ADJUSTMENT, MARCH

INVOICES, ORDERS, SUPPLIERS = "/v1/supplierinvoice", "/v1/purchaseorder", "/v1/supplier"
LINES, BALANCES = "/v1/generalledgertransactions", "/v2/generalledgerbalance"


def filters(script, path):
    return [{k: v for k, v in query.items() if not k.startswith("page")} for query in script.queries(path)]


@pytest.mark.parametrize(
    ("entity", "path", "sent"),
    [
        ("supplier_invoices", INVOICES, {"financialPeriod": "202603"}),
        ("purchase_orders", ORDERS, {"orderDate": "2026-03-01", "orderDateCondition": ">="}),
        (
            "gl_transactions",
            LINES,
            {
                "ledger": "1",
                "fromPeriod": "202603",
                "toPeriod": "202603",
                "expandAccountInfo": "true",
                "expandBranchInfo": "true",
            },
        ),
        ("gl_balances", BALANCES, {"ledger": "1", "periodId": "202603"}),
        ("suppliers", SUPPLIERS, {}),
    ],
)
def test_records_of_a_period_are_asked_for(script, open_source, entity, path, sent):
    open_source(script).rows(entity)
    assert filters(script, path) == [sent]


@pytest.mark.parametrize(
    ("since", "zone", "sent"),
    [
        ("2026-03-04T10:20:53.750000+00:00", "Europe/Oslo", "2026-03-04T08:20:53.750"),
        ("2026-07-04T10:20:53+00:00", "Europe/Oslo", "2026-07-04T08:20:53.000"),
        ("2026-07-04T10:20:53+00:00", "America/New_York", "2026-07-04T04:20:53.000"),
        ("2026-07-04T10:20:53+00:00", "UTC", "2026-07-04T08:20:53.000"),
        ("2026-07-04T10:20:53", "UTC", "2026-07-04T08:20:53.000"),
        ("2026-03-29T02:30:00+00:00", "Europe/Oslo", "2026-03-29T00:30:00.000"),
    ],
)
def test_changes_are_asked_for_by_both_conditions_two_hours_back_and_without_a_zone(
    script, open_source, since, zone, sent
):
    open_source(script, timezone=zone).changes("supplier_invoices", since)
    assert filters(script, INVOICES) == [{"lastModifiedDateTime": sent, "lastModifiedDateTimeCondition": ">="}]


def test_balances_take_the_moment_alone(script, open_source):
    open_source(script).changes("gl_balances", "2026-03-04T10:00:00+00:00")
    assert filters(script, BALANCES) == [{"ledger": "1", "lastModifiedDateTime": "2026-03-04T08:00:00.000"}]


@pytest.mark.parametrize("entity", [name for name, each in ERP.entities.items() if not each.feed])
def test_what_has_no_feed_has_no_watermark(script, open_source, entity):
    assert ERP.entities[entity].watermark is None
    with pytest.raises(ValueError, match=entity):
        open_source(script).changes(entity, "2026-03-04T10:00:00+00:00")


@pytest.mark.parametrize("entity", [name for name, each in ERP.entities.items() if each.feed])
def test_what_has_a_feed_has_a_watermark(entity):
    assert ERP.entities[entity].watermark == "modified_at"


def test_three_forms_of_moments_are_landed_as_utc(script, open_source):
    stamps = ["2026-03-04T09:20:53.75Z", "2026-03-04T10:20:53.75+01:00", "2026-03-04T10:20:53.75", None]
    script.lists[SUPPLIERS] = [
        {"internalId": number, "number": str(number), "lastModifiedDateTime": stamp}
        for number, stamp in enumerate(stamps)
    ]
    moment = datetime(2026, 3, 4, 9, 20, 53, 750_000, UTC)
    assert [row["modified_at"] for row in open_source(script).rows("suppliers")] == [moment, moment, moment, None]


def test_days_are_days_whatever_zone_is_written_to_them(script, open_source):
    dates = ["2026-03-01T00:00:00", "2026-03-31T00:00:00+02:00", "2026-03-15T00:00:00Z"]
    script.lists[ORDERS] = [order(number, day) for number, day in enumerate(dates)]
    days = [row["document_date"].day for row in open_source(script).rows("purchase_orders")]
    assert days == [1, 1, 31, 31, 15, 15]


def order(number: int, day: str, *, base: str = "10.0"):
    return {
        "orderType": "RegularOrder",
        "orderNbr": f"PO{number:04d}",
        "status": "Open",
        "date": day,
        "supplier": {"internalId": 77, "number": "50000"},
        "lineTotal": 10.0,
        "lineTotalInBaseCurrency": float(base),
        "exchangeRate": 1.0,
        "lines": [{"lineNbr": 1, "amount": 4.0}, {"lineNbr": 2, "amount": 6.0}],
    }


def test_orders_of_other_days_are_left_out_also_of_the_control_totals(script, open_source):
    script.lists[ORDERS] = [
        order(1, "2026-03-31T00:00:00", base="115.05"),
        order(2, "2026-04-01T00:00:00"),
        order(3, "2026-03-01T00:00:00"),
        order(4, "2026-02-28T23:59:59.999"),
    ]
    opened = open_source(script)
    rows = opened.rows("purchase_orders")
    assert {row["document_number"] for row in rows} == {"PO0001", "PO0003"}
    assert [row["amount"] for row in rows] == [Decimal("46.02"), Decimal("69.03"), 4, 6]
    totals = opened.source.control(ERP.entities["purchase_orders"], MARCH)
    assert totals == [ControlTotal("77", amount=Decimal("125.05"))]


def test_an_adjustment_period_has_no_orders(script, open_source):
    opened = open_source(script)
    assert opened.rows("purchase_orders", ADJUSTMENT) == []
    assert opened.source.control(ERP.entities["purchase_orders"], ADJUSTMENT) == []
    assert script.queries(ORDERS) == []


def test_an_invoice_and_a_credit_of_one_number_are_two(script, open_source):
    def document(kind: str, **members):
        lines = [{"lineNumber": 1, "cost": 12500.1234, "costInCurrency": 1}]
        head = {
            "referenceNumber": "000123",
            "financialPeriod": "202603",
            "postPeriod": "042026",
            "detailTotal": 12500.1234,
        }
        supplier = {"supplier": {"internalId": 77, "number": "50000", "name": "Nordic Steel AS"}}
        return {"documentType": kind, **head, **supplier, "invoiceLines": lines, **members}

    script.lists[INVOICES] = [
        document("Invoice"),
        document("DebitAdj", detailTotal=12500.1234),
        document("Invoice") | {"referenceNumber": "000124", "detailTotal": 1},
    ]
    opened = open_source(script)
    rows = opened.rows("supplier_invoices")
    assert [(row["document_type"], row["document_number"], row["amount"], row["foreign_amount"]) for row in rows] == [
        ("DebitAdj", "000123", Decimal("-12500.1234"), -1),
        ("Invoice", "000123", Decimal("12500.1234"), 1),
        ("Invoice", "000124", Decimal("12500.1234"), 1),
    ]
    assert {row["financial_period"] for row in rows} == {"202603"}
    totals = opened.source.control(ERP.entities["supplier_invoices"], MARCH)
    assert totals == [ControlTotal("77", amount=Decimal(1))]


def test_an_invoice_in_foreign_currency_ties_also_when_its_lines_were_rounded_one_by_one(script, open_source):
    def document(number: str, total: float, rate: float):
        lines = [{"lineNumber": 1, "cost": 3.34}, {"lineNumber": 2, "cost": 6.68}]
        head = {"documentType": "Invoice", "referenceNumber": number, "financialPeriod": "202603"}
        return {
            **head,
            "supplier": {"internalId": 7},
            "detailTotal": total,
            "exchangeRate": rate,
            "invoiceLines": lines,
        }

    script.lists[INVOICES] = [document("1", 10.01, 11.5), document("2", 10.02, 1), document("3", 90, 11.5)]
    opened = open_source(script)
    assert sum(row["amount"] for row in opened.rows("supplier_invoices")) == Decimal("30.06")
    totals = opened.source.control(ERP.entities["supplier_invoices"], MARCH)
    assert totals == [ControlTotal("7", amount=Decimal("10.02") * 2 + 90)]


def test_the_ledger_is_tied_out_with_its_balances(script, open_source):
    def line(number: int, **members):
        key = {"module": "GL", "batchNumber": "1", "lineNumber": number, "ledger": {"id": "1"}, "period": "032026"}
        return {**key, "account": {"number": "4000"}, **members}

    def balance(account: str, subaccount: str, debit: float, credit: float):
        movement = {"periodToDateDebit": debit, "periodToDateCredit": credit}
        key = {"ledger": {"id": "1"}, "branch": {"number": "1"}, "financialPeriod": "202603", "currencyId": "NOK"}
        return {**key, "account": {"number": account}, "subaccountId": subaccount, **movement}

    script.lists[LINES] = [line(1, debitAmount=100.1, creditAmount=None), line(2, creditAmount=0.0001)]
    script.lists[BALANCES] = [
        balance("4000", "12", 100.1, 0),
        balance("4000", "13", 0, 0.0001),
        balance("5", "1", 1, 3),
    ]
    opened = open_source(script)
    rows = opened.rows("gl_transactions")
    assert [(row["debit"], row["credit"], row["amount"]) for row in rows] == [
        (Decimal("100.1"), 0, Decimal("100.1")),
        (0, Decimal("0.0001"), Decimal("-0.0001")),
    ]
    assert [row["financial_period"] for row in rows] == ["202603", "202603"]
    totals = opened.source.control(ERP.entities["gl_transactions"], MARCH)
    assert totals == [
        ControlTotal("4000", amount=Decimal("100.0999"), debit=Decimal("100.1"), credit=Decimal("0.0001")),
        ControlTotal("5", amount=Decimal(-2), debit=Decimal(1), credit=Decimal(3)),
    ]
    assert filters(script, BALANCES) == [{"ledger": "1", "periodId": "202603", "excludeYTDAccount": "true"}]
    assert opened.source.control(ERP.entities["gl_balances"], MARCH) == [
        ControlTotal("4000", 2, amount=Decimal("100.0999"), debit=Decimal("100.1"), credit=Decimal("0.0001")),
        ControlTotal("5", 1, amount=Decimal(-2), debit=Decimal(1), credit=Decimal(3)),
    ]


def test_counts_are_queries_of_their_own(script, open_source):
    script.lists[SUPPLIERS] = [{"internalId": number, "number": "1"} for number in range(30)]
    script.lists["/v1/branch"] = [{"branchId": 1, "number": "1"}]
    source = open_source(script).source
    assert source.control(ERP.entities["suppliers"], MARCH) == [ControlTotal(None, rows=30)]
    assert script.queries(SUPPLIERS) == [{"pageNumber": "1", "pageSize": "1"}]
    assert source.control(ERP.entities["branches"], MARCH) == [ControlTotal(None, rows=1)]


def test_a_count_that_visma_net_does_not_tell_is_counted(script, open_source):
    pages = {1: [{"internalId": 1, "number": "1"}, {"internalId": 2, "number": "2"}], 2: [{"internalId": 3}]}
    script.before = lambda path, number: JSONResponse(pages.get(number, [])) if path == SUPPLIERS else None
    assert open_source(script).source.control(ERP.entities["suppliers"], MARCH) == [ControlTotal(None, rows=3)]


def posting(number: int, **members):
    key = {"module": "GL", "batchNumber": "1", "lineNumber": number, "ledger": {"id": "1"}, "period": "202603"}
    return {**key, "account": {"number": "4000"}, "debitAmount": 1, "creditAmount": 0, **members}


def test_of_a_ledger_and_period_that_visma_net_did_not_keep_to_nothing_is_read(script, open_source):
    script.lists[LINES] = [
        posting(1),
        posting(2, ledger={"id": "2"}),
        posting(3, period="022026"),
        posting(4, ledger=None, period=None),
    ]
    opened = open_source(script)
    assert [(row["line_number"], row["ledger"]) for row in opened.rows("gl_transactions")] == [(1, "1"), (4, "1")]
    changes = opened.changes("gl_transactions", "2026-03-04T10:00:00+00:00")
    assert [row["line_number"] for row in changes] == [1, 3, 4]


def test_rows_that_are_all_of_other_ledgers_are_an_error(script, open_source):
    script.lists[LINES] = [posting(1, ledger={"id": "2"})]
    with pytest.raises(DataError, match="asked for ledger 1, and gave 1 rows of other ledgers"):
        open_source(script).rows("gl_transactions")


def test_invoices_of_other_periods_are_left_out_and_drafts_without_one_are_kept(script, open_source):
    script.lists[INVOICES] = [
        {
            "documentType": "Invoice",
            "referenceNumber": str(number),
            "financialPeriod": period,
            "status": status,
            "supplier": {"internalId": 77},
            "detailTotal": 5,
            "invoiceLines": [{"lineNumber": 1, "cost": 5}],
        }
        for number, (period, status) in enumerate([("202603", "Open"), ("202602", "Open"), (None, "Hold")])
    ]
    opened = open_source(script)
    rows = opened.rows("supplier_invoices")
    assert [(row["document_number"], row["status"]) for row in rows] == [("0", "Open"), ("2", "Hold")]
    totals = opened.source.control(ERP.entities["supplier_invoices"], MARCH)
    assert totals == [ControlTotal("77", amount=Decimal(10))]


def test_segment_values_of_all_keys_are_one_list(script, open_source):
    def key(name: str, *values: str):
        segment = {"segmentId": 1, "description": "Department"}
        return {
            "id": name,
            "description": name.title(),
            "segments": [
                {**segment, "segmentValues": [{"valueId": value, "description": f"Plant {value}"} for value in values]},
                {**segment, "segmentId": 2, "segmentValues": None},
            ],
        }

    script.lists |= {
        "/v1/dimension": ["SUBACCOUNT", "INVENTORY/X", "GONE", "NEW"],
        "/v1/dimension/subaccount": key("SUBACCOUNT", "20", "10"),
        "/v1/dimension/new": {"id": "NEW", "segments": None},
        "/v1/dimension/inventory/x": key("INVENTORY/X", "10"),
    }
    opened = open_source(script)
    rows = opened.rows("dimensions")
    names = ("dimension", "dimension_name", "segment_id", "segment_name", "code", "name")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("INVENTORY/X", "Inventory/X", 1, "Department", "10", "Plant 10"),
        ("SUBACCOUNT", "Subaccount", 1, "Department", "10", "Plant 10"),
        ("SUBACCOUNT", "Subaccount", 1, "Department", "20", "Plant 20"),
    ]
    assert opened.source.control(ERP.entities["dimensions"], MARCH) == [ControlTotal(None, rows=3)]


@pytest.mark.parametrize(
    ("ledgers", "wanted", "said"),
    [
        ([], None, "no ledger of actuals: none at all"),
        ([("1", "Actual"), ("2", "Actual")], None, r"several ledgers of actuals: 1 \(L1\), 2 \(L2\).*as ledger"),
        ([("1", "Actual")], "7", r"no '7'.*1 \(L1\)"),
    ],
)
def test_a_ledger_that_can_not_be_told_is_asked_for(script, open_source, ledgers, wanted, said):
    script.lists["/v1/ledger"] = [
        {"number": number, "description": f"L{number}", "balanceType": kind} for number, kind in ledgers
    ]
    with pytest.raises(ConfigurationError, match=said):
        open_source(script, ledger=wanted).rows("gl_transactions")


def test_the_ledger_of_the_configuration_is_read(script, open_source):
    open_source(script, ledger="2").rows("gl_transactions")
    assert {query["ledger"] for query in script.queries(LINES)} == {"2"}


def test_progress_is_told(script, open_source):
    script.lists[SUPPLIERS] = [{"internalId": number, "number": "1"} for number in range(30)]
    script.max_page_size = 20
    opened = open_source(script)
    opened.rows("suppliers")
    assert [(each.entity, each.rows, each.expected) for each in opened.progress] == [
        ("suppliers", 20, 30),
        ("suppliers", 30, 30),
    ]


def test_an_invoice_of_a_type_that_nobody_knows_has_no_sign(script, open_source):
    head = {"financialPeriod": "202603", "supplier": {"internalId": 77}, "detailTotal": 5}
    script.lists[INVOICES] = [
        {**head, "documentType": kind, "referenceNumber": kind[:3], "invoiceLines": [{"lineNumber": 1, "cost": 5}]}
        for kind in ("Invoice", "Factura")
    ]
    opened = open_source(script)
    said = "'Factura' in the record of document_type Factura, document_number Fac, line_number 1.*VoidQuickCheck"
    with pytest.raises(DataError, match=f"supplier_invoices: document_type is {said}"):
        opened.rows("supplier_invoices")
    with pytest.raises(DataError, match="supplier invoices' totals: document_type is 'Factura' in the record of"):
        opened.source.control(ERP.entities["supplier_invoices"], MARCH)


@pytest.mark.parametrize("status", ["Awaiting", "open", "", None])
def test_an_order_in_a_state_that_nobody_knows_is_neither_open_nor_done(script, open_source, status):
    script.lists[ORDERS] = [order(1, "2026-03-02T00:00:00"), order(2, "2026-03-02T00:00:00") | {"status": status}]
    said = f"status is {status!r}" if status else "status is empty"
    with pytest.raises(DataError, match=f"{said} in the record of .*document_number PO0002, line_number 1 .and in 1"):
        open_source(script).rows("purchase_orders")


def test_a_ledger_of_a_kind_that_nobody_knows_is_none_of_actuals(script, open_source):
    script.lists["/v1/ledger"] = [
        {"number": "1", "description": "A", "balanceType": "Actual"},
        {"number": "2", "description": "B", "balanceType": "Faktisk"},
    ]
    with pytest.raises(DataError, match=r"Ledger 2: balanceType is 'Faktisk'.*Actual, Report, Statistical, Budget"):
        open_source(script).rows("gl_transactions")
    assert open_source(script, ledger="1").rows("gl_transactions") == [], (
        "where the ledger is named, it decides nothing"
    )
