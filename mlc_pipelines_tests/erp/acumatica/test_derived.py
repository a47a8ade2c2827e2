"""What is worked out of columns: signs, lines where there are none, base currency."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from mlc_pipelines.erp.acumatica import ERP
from mlc_pipelines.erp.acumatica.derived import completed
from mlc_pipelines.erp.base import MONEY, RATE, ControlTotal
from mlc_pipelines.errors import DataError
from mlc_pipelines_tests.erp.acumatica.conftest import MARCH, Open
from mlc_pipelines_tests.erp.acumatica.instance import STAMP, Instance, bill


def test_lines_without_a_number_have_that_of_their_place_and_credits_are_negative(
    instance: Instance, open_source: Open
):
    instance.records["Bill"] = [bill(1, "Bill", "5.1", "4.9"), bill(1, "Debit Adj.", "3.0"), bill(2, "Bill", "1")]
    source = open_source(instance)
    rows = source.rows("bills")
    assert [(row["document_type"], row["document_number"], row["line_number"], str(row["amount"])) for row in rows] == [
        ("Bill", "000001", 1, "5.100000"),
        ("Bill", "000001", 2, "4.900000"),
        ("Bill", "000002", 1, "1.000000"),
        ("Debit Adj.", "000001", 1, "-3.000000"),
    ]
    assert {row["document_amount"] for row in rows} == {Decimal("11.5")}
    assert source.source.control(ERP.entities["bills"], MARCH) == [ControlTotal("V1", rows=4, amount=Decimal(8))]


@pytest.mark.parametrize("branch", [None, "HEAD"])
def test_a_document_without_lines_is_a_row_of_line_0(instance: Instance, open_source: Open, branch: str | None):
    bills = [bill(1, "Bill", "5"), bill(2), bill(3, "Debit Adj."), bill(4, "Bill", "1")]
    instance.records["Bill"] = [{**each, "BranchID": "HEAD"} for each in bills] + [{**bill(5), "BranchID": "NORTH"}]
    source = open_source(instance, branch=branch, page_size=2)
    rows = source.rows("bills")
    found = [(row["document_number"], row["line_number"], row["amount"], row["branch"]) for row in rows]
    north = [] if branch else [("000005", 0, Decimal(0), "NORTH")]
    assert sorted(found) == [
        ("000001", 1, Decimal(5), "HEAD"),
        ("000002", 0, Decimal(0), "HEAD"),
        ("000003", 0, Decimal(0), "HEAD"),
        ("000004", 1, Decimal(1), "HEAD"),
        *north,
    ]
    assert {row["document_amount"] for row in rows} == {Decimal("11.5")}
    totals = source.source.control(ERP.entities["bills"], MARCH)
    assert totals == [ControlTotal("V1", rows=len(rows), amount=Decimal(6))]


def test_an_order_without_lines(instance: Instance, open_source: Open):
    order = {"Type": "Normal", "VendorID": "V1", "Date": "2026-03-09T00:00:00", "LastModifiedDateTime": STAMP}
    lines = [{"LineNbr": 4, "ExtendedCost": "2"}]
    instance.records["PurchaseOrder"] = [
        {**order, "OrderNbr": "A", "Details": []},
        {**order, "OrderNbr": "B", "Details": lines},
    ]
    rows = open_source(instance).rows("purchase_orders")
    assert [(row["document_number"], row["line_number"]) for row in rows] == [("A", 0), ("B", 4)]


@pytest.mark.parametrize(
    ("currency", "base", "rate", "expected"),
    [
        ("EUR", "USD", "1.0835", "5.525850"),
        ("EUR", "USD", None, None),
        ("USD", "USD", None, "5.100000"),
        ("USD", None, None, "5.100000"),
        ("JPY", "USD", "0.006671235", "0.034023"),
    ],
)
def test_an_order_is_converted_by_its_rate_or_not_at_all(currency, base, rate, expected):
    columns = {
        "amount": pa.array([Decimal("5.1")], MONEY),
        "exchange_rate": pa.array([rate and Decimal(rate)], RATE),
        "currency": pa.array([currency]),
        "base_currency": pa.array([base], pa.string()),
        "base_amount": pa.array([None], MONEY),
    }
    rows = completed(pa.RecordBatch.from_pydict(columns), ERP.entities["purchase_orders"])
    (found,) = rows["base_amount"].to_pylist()
    assert (found and str(found)) == expected


def test_an_order_in_another_currency_without_a_rate_is_an_error(instance: Instance, open_source: Open):
    order = {"Type": "Normal", "OrderNbr": "PO1", "VendorID": "V1", "Date": "2026-03-09T00:00:00+00:00"}
    kept = {"BaseCurrencyID": "USD", "LastModifiedDateTime": STAMP, "Details": [{"LineNbr": 1, "ExtendedCost": "5"}]}
    instance.records["PurchaseOrder"] = [{**order, **kept, "CurrencyID": "USD"}]
    assert [row["base_amount"] for row in open_source(instance).rows("purchase_orders")] == [5]
    instance.records["PurchaseOrder"] = [{**order, **kept, "CurrencyID": "EUR"}]
    with pytest.raises(DataError, match=r"Normal PO1 came without its amount in base currency.*CurrencyRate"):
        open_source(instance).rows("purchase_orders")
