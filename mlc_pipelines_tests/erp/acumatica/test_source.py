"""The source on a scripted instance: exact values, control totals, changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from mlc_pipelines.erp.acumatica import ERP
from mlc_pipelines.erp.base import ControlTotal
from mlc_pipelines_tests.erp.acumatica.conftest import MARCH, Open
from mlc_pipelines_tests.erp.acumatica.instance import Instance, batch


def test_values_are_unwrapped_and_exact(instance: Instance, open_source: Open):
    record = batch(7, ("60000 ", "9007199254740993.93", "0"), ("20000", None, "9007199254740993.93"))
    instance.records["JournalTransaction"] = [record]
    first, second = open_source(instance).rows("journal_transactions")
    assert first["debit"] == first["amount"] == Decimal("9007199254740993.93")
    assert (second["debit"], second["amount"]) == (Decimal(0), Decimal("-9007199254740993.93"))
    assert (first["account_number"], first["document_memo"], first["project"]) == ("60000", "Accrual", None)
    # The day as it is written, not the moment in UTC, which is the evening before.
    assert first["posting_date"] == date(2026, 3, 9)
    assert first["modified_at"] == datetime(2026, 3, 10, 9, tzinfo=UTC)


def test_control_totals_come_from_a_reading_of_their_own(instance: Instance, open_source: Open):
    instance.records["JournalTransaction"] = [batch(1), batch(2), batch(3)]
    totals = open_source(instance).source.control(ERP.entities["journal_transactions"], MARCH)
    sums = {"rows": 3, "amount": Decimal("3.3"), "debit": Decimal("3.3"), "credit": Decimal(0)}
    assert totals[1] == ControlTotal("60000", **sums)
    assert totals[0].amount == Decimal("-3.3")
    assert "Details/Subaccount" not in instance.lists("JournalTransaction")[0]["$select"]


def test_changes_since_a_watermark_with_an_overlap(instance: Instance, open_source: Open):
    stamps = {1: "08:54:59.9", 2: "08:55:00.1", 3: "09:00:00", 4: "09:30:00"}
    instance.records["JournalTransaction"] = [
        batch(number, LastModifiedDateTime=f"2026-04-02T{moment}+02:00", period=f"{number:02}2026")
        for number, moment in stamps.items()
    ] + [batch(5, LastModifiedDateTime="2026-04-02T08:00:01+00:00")]
    source = open_source(instance)
    rows = source.changes("journal_transactions", "2026-04-02T07:00:00+00:00")
    assert {row["document_number"] for row in rows} == {"GL000002", "GL000003", "GL000004"}
    # The clock stands at 08:00 UTC: what changes from here on belongs to the next feed.
    assert "le datetimeoffset'2026-04-02T08:00:00.000+00:00'" in instance.lists("JournalTransaction")[0]["$filter"]
    with pytest.raises(ValueError, match="no change feed"):
        source.changes("subaccounts", "2026-04-02T07:00:00+00:00")
