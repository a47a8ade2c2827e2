"""Words that decide something: known, or an error that names the record."""

from __future__ import annotations

import pytest

from mlc_pipelines.erp.visma_net import ERP
from mlc_pipelines.errors import DataError
from mlc_pipelines_tests.erp.visma_net.conftest import MARCH
from mlc_pipelines_tests.erp.visma_net.scripted import INVOICES, ORDERS, order


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
