"""Lists and inquiries: complete, exact, in order, whatever moves meanwhile."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mlc_pipelines.erp.acumatica import ERP
from mlc_pipelines.errors import IncompleteRead
from mlc_pipelines_tests.erp.acumatica.conftest import MARCH, Open
from mlc_pipelines_tests.erp.acumatica.instance import Instance, batch

LATER = "2026-03-31T10:00:00.5+00:00"


@pytest.mark.parametrize("page", [1, 3, 10, 500])
def test_pages_make_a_whole_in_the_order_of_the_key(instance: Instance, open_source: Open, page: int):
    instance.records["JournalTransaction"] = [batch(number) for number in (5, 3, 9, 1, 8, 2, 10, 4, 7, 6)]
    rows = open_source(instance, page_size=page).rows("journal_transactions")
    assert [(row["document_number"], row["line_number"]) for row in rows] == [
        (f"GL{number:06}", line) for number in range(1, 11) for line in (1, 2)
    ]


@pytest.mark.parametrize("records", [4, 8, 9])
@pytest.mark.parametrize("paging", ["wraps", "no top"])
def test_a_server_that_never_ends_is_read_once(instance: Instance, open_source: Open, records: int, paging: Any):
    instance.records["JournalTransaction"] = [batch(number) for number in range(records)]
    instance.paging = paging
    assert len(open_source(instance, page_size=4).rows("journal_transactions")) == 2 * records


def test_a_server_that_does_not_skip_gives_no_complete_read(instance: Instance, open_source: Open):
    instance.records["JournalTransaction"] = [batch(number) for number in range(9)]
    instance.paging = "no skip"
    source = open_source(instance, page_size=4)
    with pytest.raises(IncompleteRead, match="answers each page with the first 4 records"):
        source.rows("journal_transactions")
    with pytest.raises(IncompleteRead):
        source.source.control(ERP.entities["journal_transactions"], MARCH)


def test_a_record_that_leaves_the_list_takes_no_other_with_it(instance: Instance, open_source: Open):
    batches = [batch(number) for number in range(12)]
    instance.records["JournalTransaction"] = batches

    def move(asked: int) -> None:
        if asked == 4:  # the calendar is the first request: two pages were read
            instance.records["JournalTransaction"] = batches[1:]  # GL000008 slips to a page that was read

    instance.before = move
    rows = open_source(instance, page_size=4, max_concurrent_requests=1).rows("journal_transactions")
    assert sorted({row["document_number"] for row in rows}) == [f"GL{number:06}" for number in range(1, 12)]


def test_a_record_that_changed_while_it_was_read_comes_in_its_newest_form(instance: Instance, open_source: Open):
    batches = [batch(number, *[("60000", "1", "0"), ("20000", "0", "1")] * 2) for number in range(12)]
    instance.records["JournalTransaction"] = batches

    def change(asked: int) -> None:
        if asked == 4:
            shorter = batch(0, ("60000", "5", "0"), ("20000", "0", "5"), LastModifiedDateTime=LATER)
            instance.records["JournalTransaction"] = [shorter, *batches[1:]]

    instance.before = change
    rows = open_source(instance, page_size=4).rows("journal_transactions")
    assert [row["amount"] for row in rows if row["document_number"] == "GL000000"] == [Decimal(5), Decimal(-5)]
    assert len(rows) == 2 + 11 * 4


def test_a_list_that_never_rests_is_no_complete_read(instance: Instance, open_source: Open):
    instance.records["JournalTransaction"] = [batch(number) for number in range(12)]

    def disturb(asked: int) -> None:
        instance.records["JournalTransaction"][0] = batch(0, LastModifiedDateTime=f"2026-03-11T09:00:{asked:02}+00:00")

    instance.before = disturb
    with pytest.raises(IncompleteRead, match=r"1 records still changed.*GL000000"):
        open_source(instance, page_size=4).rows("journal_transactions")
