"""Pages into whole lists: everything once, counted; what can't be whole is an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from mlc_pipelines.errors import (
    IncompleteRead,
)
from mlc_pipelines_tests.erp.visma_net.scripted import INVOICES, SUPPLIERS, Script, suppliers


def invoice(number: int, lines: int, **members: Any) -> dict[str, Any]:
    return {
        "documentType": "Invoice",
        "referenceNumber": f"{number:06d}",
        "financialPeriod": "202603",
        "invoiceLines": [{"lineNumber": line + 1, "cost": 1.5} for line in range(lines)],
        **members,
    }


def at(script: Script, path: str, number: int, change: Callable[[], object]) -> None:
    """Have something done once before that page is answered."""
    pending = [change]

    def before(asked: str, page: int) -> None:
        if pending and (asked, page) == (path, number):
            pending.pop()()

    script.before = before


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 57])
def test_everything_once_in_the_order_of_the_key_though_pages_are_cut_without_a_word(script, read, count):
    script.lists[SUPPLIERS] = suppliers(count)[::-1]
    script.max_page_size = 10
    assert read(page_size=25) == list(range(1, count + 1))
    assert len(script.queries(SUPPLIERS)) == max(1, -(-count // 10))
    assert {query["pageSize"] for query in script.queries(SUPPLIERS)} == {"25"}


def test_a_page_shorter_than_the_first_is_not_the_end(script, read):
    script.lists[SUPPLIERS] = everyone = suppliers(40)
    pages = {1: everyone[:10], 2: everyone[10:14], 3: everyone[14:24], 4: everyone[24:34], 5: everyone[34:]}

    def before(path: str, number: int) -> Response | None:
        if path != SUPPLIERS:
            return None
        return JSONResponse([{**each, "metadata": {"totalCount": 40}} for each in pages.get(number, [])])

    script.before = before
    assert read() == list(range(1, 41))


def test_a_list_that_does_not_say_how_long_it_is_ends_with_an_empty_page(script, read):
    everyone = suppliers(25)
    script.before = lambda path, number: (
        JSONResponse(everyone[(number - 1) * 10 : number * 10]) if path == SUPPLIERS else None
    )
    assert read() == list(range(1, 26))


def test_a_list_that_gives_its_first_page_for_ever_is_not_read_for_ever(script, open_source):
    script.before = lambda path, _number: JSONResponse(suppliers(10)) if path == SUPPLIERS else None
    with pytest.raises(IncompleteRead, match="later pages are the first one again"):
        open_source(script).rows("suppliers")


def test_pages_that_are_cut_shorter_later_on_overlap_and_are_read_again_in_that_size(script, read):
    script.lists[SUPPLIERS] = everyone = suppliers(30)

    def before(path: str, number: int) -> Response | None:
        if path != SUPPLIERS:
            return None
        size = min(int(script.asked[-1][1]["pageSize"]), 10 if number == 1 else 4)
        page = everyone[(number - 1) * size : number * size]
        return JSONResponse([{**each, "metadata": {"totalCount": 30}} for each in page])

    script.before = before
    assert read() == list(range(1, 31))
    # Pages are asked for side by side, so the last one is not always the last to arrive.
    assert {"pageNumber": "8", "pageSize": "4"} in script.queries(SUPPLIERS)


def test_a_list_that_grows_meanwhile_is_read_again(script, read):
    script.lists[SUPPLIERS] = everyone = suppliers(30)
    script.max_page_size = 10
    at(script, SUPPLIERS, 2, lambda: everyone.insert(0, {"internalId": 99, "number": "9"}))
    assert read(max_concurrent_requests=1) == [*range(1, 31), 99]
    assert len(script.queries(SUPPLIERS)) > 4


def test_records_that_shift_between_pages_are_found_out(script, read):
    script.lists[SUPPLIERS] = everyone = suppliers(30)
    script.max_page_size = 10
    at(script, SUPPLIERS, 2, lambda: everyone.append(everyone.pop(0)))
    assert read(max_concurrent_requests=1) == list(range(1, 31))


def test_a_list_that_never_rests_fails_loudly(script, open_source):
    script.lists[SUPPLIERS] = everyone = suppliers(30)
    script.max_page_size = 10

    def before(path: str, _number: int) -> None:
        if path == SUPPLIERS:
            everyone.append({"internalId": 100 + len(everyone), "number": "x"})

    script.before = before
    opened = open_source(script)
    with pytest.raises(IncompleteRead, match=r"suppliers of FY2026-P03 .* changed from \d+ to \d+"):
        opened.rows("suppliers")
    assert sum(query["pageNumber"] == "1" for query in script.queries(SUPPLIERS)) == 2


def test_a_count_that_never_comes_true_fails_loudly(script, open_source):
    everyone = [{**each, "metadata": {"totalCount": 5}} for each in [*suppliers(4), suppliers(1)[0]]]
    script.before = lambda path, number: JSONResponse(everyone if number == 1 else []) if path == SUPPLIERS else None
    with pytest.raises(IncompleteRead, match=r"5 records came, 4 different ones, and Visma.net says there are 5"):
        open_source(script).rows("suppliers")


def test_documents_are_counted_and_not_their_lines(script, open_source):
    script.lists[INVOICES] = [invoice(number, lines=number % 4) for number in range(1, 24)]
    script.max_page_size = 5
    rows = open_source(script).rows("supplier_invoices")
    assert len(rows) == sum(number % 4 for number in range(1, 24))
    assert len(script.queries(INVOICES)) == 5


def test_documents_without_lines_alone_are_counted_too(script, open_source):
    script.lists[INVOICES] = [invoice(number, lines=0) for number in range(12)]
    script.max_page_size = 5
    assert open_source(script).rows("supplier_invoices") == []
    assert len(script.queries(INVOICES)) == 3


def test_a_document_that_lost_lines_while_pages_shifted_comes_with_the_lines_it_has(script, open_source):
    script.lists[INVOICES] = everyone = [invoice(number, lines=3) for number in range(1, 11)]
    script.max_page_size = 5

    def change() -> None:
        everyone[0]["invoiceLines"].pop()
        everyone.append(everyone.pop(0))

    at(script, INVOICES, 2, change)
    rows = open_source(script, max_concurrent_requests=1).rows("supplier_invoices")
    assert len(rows) == 29
    assert sum(row["document_number"] == "000001" for row in rows) == 2
