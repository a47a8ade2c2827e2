from datetime import timedelta

import pytest
from starlette.responses import JSONResponse

from mlc_pipelines.errors import BadRequest, Forbidden, IncompleteRead, ModelBusy, NotFound
from mlc_pipelines_tests.anaplan.vendor import ScriptedVendor, TestClock

ROWS = [{"id": str(n)} for n in range(7)]


def paged(size: int, *, total: int = len(ROWS)):
    def answer(request):
        offset = int(request.query_params.get("offset", 0))
        page = ROWS[offset : offset + size]
        # `next` is always there: one live sample has it on the last page.
        paging = {"currentPageSize": len(page), "totalSize": total, "offset": offset, "next": "https://elsewhere/x"}
        return {"meta": {"paging": paging}, "imports": page} if page else {"meta": {"paging": paging}}

    return answer


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_pages_are_read_to_the_end_whatever_their_size(vendor: ScriptedVendor, clock: TestClock, size: int):
    vendor.on("GET", "/imports", paged(size))
    assert vendor.api(clock).read_all("/imports", "imports") == ROWS
    assert len(vendor.log) == -(-len(ROWS) // size)


def test_an_empty_collection_has_neither_key_nor_paging(vendor: ScriptedVendor, clock: TestClock):
    vendor.on("GET", "/imports", {"status": {"code": 200}})
    assert vendor.api(clock).read_all("/imports", "imports") == []


def test_a_collection_that_shrinks_while_read_is_no_short_list(vendor: ScriptedVendor, clock: TestClock):
    vendor.on("GET", "/imports", paged(3, total=9))
    with pytest.raises(IncompleteRead, match="9 imports"):
        vendor.api(clock).read_all("/imports", "imports")


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (403, Forbidden, "lacks a right"),
        (404, NotFound, "no role on the model"),
        (422, BadRequest, "archived"),
        (425, BadRequest, "deployed"),
    ],
)
def test_what_a_final_answer_means(vendor: ScriptedVendor, clock: TestClock, status: int, error: type, words: str):
    body = {"status": {"code": status, "message": "Vendor Text"}}
    vendor.on("GET", "/files", lambda _: JSONResponse(body, status))
    with pytest.raises(error, match=words) as caught:
        vendor.api(clock).get("/files")
    assert "Vendor Text" in str(caught.value)
    assert len(vendor.log) == 1


@pytest.mark.parametrize(("status", "words"), [(409, "conflicting"), (423, "locked"), (424, "maintenance")])
def test_a_model_in_use_is_tried_again_and_then_named(
    vendor: ScriptedVendor, clock: TestClock, status: int, words: str
):
    vendor.on("POST", "/imports/1/tasks", lambda _: JSONResponse({"status": {"code": status}}, status))
    with pytest.raises(ModelBusy, match=words):
        vendor.api(clock).request("POST", "/imports/1/tasks", json={})
    assert len(vendor.log) > 1


def test_the_vendors_clock_is_read_from_its_answers(vendor: ScriptedVendor, clock: TestClock):
    vendor.on("GET", "/files", {})
    clock.sleep(3600)
    api = vendor.api(clock)
    assert api.skew == timedelta(0)
    api.get("/files")
    assert api.skew.total_seconds() == pytest.approx(-3600, abs=1)
    assert (api.server_now() - clock.now()).total_seconds() == pytest.approx(-3600, abs=1)
