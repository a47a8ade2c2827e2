"""Answers as rows: moments, days, and errors that are told of a record."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.responses import Response

from mlc_pipelines.errors import (
    DataError,
)
from mlc_pipelines_tests.erp.visma_net.scripted import ORDERS, SUPPLIERS, order, suppliers


def test_a_whole_answer_without_a_list_stays_one(script, open_source):
    script.before = lambda _path, _number: Response(b'{"records": 5}')
    with pytest.raises(DataError, match="accounts: the answer holds no array of records"):
        open_source(script).rows("accounts")


def test_an_error_that_visma_net_reports_of_a_record_is_an_error(script, open_source):
    script.lists[SUPPLIERS] = [*suppliers(2), {"internalId": 3, "number": "7", "errorInfo": "Address is not valid."}]
    with pytest.raises(DataError, match=r"suppliers \(id 3\): Address is not valid"):
        open_source(script).rows("suppliers")


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
