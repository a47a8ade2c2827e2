"""Landing from changes gives what a whole read gives, and is proved; where that can't be, the period is read whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from mlc_pipelines.erp.base import ControlTotal, Entity, ErpPeriod
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.landing.placing import Placing
from mlc_pipelines.store.changes import CHANGED
from mlc_pipelines_tests.flows.polling.books import ACCOUNTS, POSTINGS, Desk


def reads(desk: Desk) -> list[str]:
    return [window for what, entity, window in desk.books.asked if (what, entity) == ("read", "postings")]


def test_a_merge_gives_what_a_whole_read_gives(desk: Desk):
    books = desk.books
    desk.poll()
    books.post("B0", ("4000", "1.00"), ("1000", "-1.00"))
    books.post("B2", ("5000", "4.00"), ("4000", "1.00"), ("1000", "-5.00"))
    books.move("B1", "042026")
    desk.poll()
    books.asked.clear()
    for number in ("04", "05"):
        landed = desk.merge(number)
        assert (landed.read, landed.because) == ("merged", "")
    assert reads(desk) == []
    assert desk.pending() == {}
    assert desk.is_whole("04")
    assert desk.is_whole("05")
    hashes = {number: desk.snapshot(number).content_hash for number in ("04", "05")}
    desk.land("04", "05")
    assert {number: desk.snapshot(number).content_hash for number in ("04", "05")} == hashes


def test_each_row_keeps_the_provenance_of_its_own_read(desk: Desk):
    before = {row["_source_id"]: row for row in desk.rows("05")}
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    asked = desk.poll()
    desk.merge("05")
    after = {row["_source_id"]: row for row in desk.rows("05")}
    assert {key: after[key] for key in before} == before
    for key in ("B3/1", "B3/2"):
        assert (after[key]["_run_id"], after[key]["_extracted_at"]) == ("poll", asked.at)
        assert after[key]["_source_modified_at"] is not None
    snapshot = desk.snapshot("05")
    assert (snapshot.run_id, snapshot.extracted_at) == ("merge", asked.at)


def test_the_newest_of_several_change_sets_counts(desk: Desk):
    for amount in ("1.00", "2.00", "3.00"):
        desk.books.post("B3", ("4000", amount), ("1000", f"-{amount}"))
        desk.poll()
    desk.books.move("B3", "042026")
    desk.poll()
    desk.books.move("B3", "052026")
    desk.poll()
    assert {number: len(changes) for number, changes in desk.pending().items()} == {"04": 1, "05": 4}
    for number in ("04", "05"):
        assert desk.merge(number).read == "merged"
        assert desk.is_whole(number)
    assert desk.pending() == {}


@pytest.mark.parametrize("order", [("04", "05"), ("05", "04")])
def test_a_document_that_comes_back_is_in_one_period_though_no_total_would_tell(desk: Desk, order: tuple[str, str]):
    desk.books.post("B1", ("4000", "1.00"), ("4000", "-1.00"))
    desk.poll()
    desk.merge("05")
    desk.books.move("B1", "042026")
    desk.poll()
    desk.books.move("B1", "052026")
    desk.poll()
    for number in order:
        assert desk.merge(number).read == "merged"
    assert (desk.is_whole("04"), desk.is_whole("05")) == (True, True)


def test_a_document_that_is_again_what_it_was_is_told_anew_while_its_change_is_pending(desk: Desk):
    desk.books.overlap = timedelta(days=30)
    desk.books.post("B1", ("4000", "1.00"), ("4000", "-1.00"))
    desk.poll()
    desk.merge("05")
    before = desk.books.documents["B1"]
    desk.books.move("B1", "042026")
    desk.poll()
    desk.books.documents["B1"] = before  # to the stamp: the snapshot of May has it so
    desk.poll()
    assert desk.merge("04").read == "merged"
    assert (desk.is_whole("04"), desk.is_whole("05")) == (True, True)


def test_a_merge_in_which_nothing_differs_is_unchanged(desk: Desk):
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    desk.poll()
    desk.books.delete("B3")
    landed = desk.merge("05")
    assert (landed.read, landed.unchanged) == ("whole", True)


def test_a_delete_that_no_feed_tells_is_found_by_the_totals(desk: Desk):
    desk.poll()
    desk.books.delete("B2")
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    desk.poll()
    landed = desk.merge("05")
    assert landed.read == "whole"
    assert landed.because.startswith("merged, it differs from the ERP's own totals: 1000: ")
    assert desk.is_whole("05")
    assert desk.pending() == {}


def test_a_feed_that_skips_is_found_by_the_totals(desk: Desk):
    desk.books.silent = {"B3"}
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    desk.books.post("B4", ("5000", "1.00"), ("1000", "-1.00"))
    desk.poll()
    assert desk.merge("05").read == "whole"
    assert desk.is_whole("05")


def test_totals_that_count_only_prove_no_merge(desk: Desk):
    desk.books.totals = False
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    desk.poll()
    landed = desk.merge("05")
    assert landed.because == "the ERP doesn't say what amount comes to, so that nothing proves a merge"
    assert desk.is_whole("05")


def test_a_period_that_was_never_landed_is_read_whole(desk: Desk):
    landed = desk.merge("03")
    assert (landed.read, landed.because) == ("whole", "it was never landed")


def test_without_a_change_a_period_is_read_whole(desk: Desk):
    assert desk.merge("05").because == "no change of it is stored"


def test_a_whole_read_settles_what_was_pending(desk: Desk):
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    desk.poll()
    desk.land("05")
    assert desk.pending() == {}


def test_a_change_that_becomes_pending_while_a_period_is_read_stays_so(desk: Desk):
    control = desk.books.control

    def meanwhile(entity: Entity, window: Period) -> Sequence[ControlTotal]:
        desk.books.control = control  # type: ignore[method-assign]
        desk.books.post("B3", ("4000", "1.00"), ("4000", "-1.00"))  # no total tells of it
        desk.poll()
        return control(entity, window)

    desk.books.control = meanwhile  # type: ignore[method-assign]
    desk.land("05")
    assert desk.pending() == {"05": [CHANGED]}
    assert desk.merge("05").read == "merged"
    assert desk.is_whole("05")


def test_days_that_two_periods_share_are_not_guessed(desk: Desk):
    """Where a fact's date is all that says where it belongs."""
    year_end = desk.calendar.period("FY2026-P05")
    adjusting = Period("FY2026-P13", 2026, 13, year_end.end, year_end.end, adjustment=True, over=year_end)
    desk.calendar = replace(desk.calendar, periods=(*desk.calendar.periods, adjusting))
    desk.books.known = [*desk.books.known, ErpPeriod("132026", year_end.end, year_end.end, True, 2026, 13)]
    placing = Placing.of(desk.books, desk.calendar)
    assert placing.places(POSTINGS, year_end.end) == ("FY2026-P05", "FY2026-P13")
    assert placing.places(POSTINGS, year_end.start) == ("FY2026-P05",)
    assert placing.places(POSTINGS, "052026") == ("FY2026-P05",)
    assert placing.places(POSTINGS, "132026") == ("FY2026-P13",)
    desk.books.known = desk.books.known[:-1]  # an ERP that tells of no adjustment period has none
    assert Placing.of(desk.books, desk.calendar).places(POSTINGS, year_end.end) == ("FY2026-P05",)


def test_an_account_that_is_renamed_outdates_the_rows_that_repeat_its_name(desk: Desk):
    books = desk.books
    desk.poll()
    books.name("4000", "Raw materials")
    books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    desk.poll(ACCOUNTS)
    desk.poll()
    why = "name of accounts changed, which its rows repeat"
    desk.merge("05", ACCOUNTS)
    assert desk.pending() == {"04": [why], "05": ["records of it changed", why], "06": [why]}
    landed = desk.merge("05")
    assert (landed.read, landed.because) == ("whole", why)
    assert desk.is_whole("05")
    desk.merge("06", ACCOUNTS)  # the same rename, told once
    assert desk.pending() == {"04": [why], "06": [why]}


@pytest.mark.parametrize("change", ["a new account", "what no posting repeats"])
def test_other_changes_of_master_data_outdate_nothing(desk: Desk, change: str):
    if change == "a new account":
        desk.books.name("6000", "Travel")
    else:
        desk.books.name("4000", "Materials", note="Ask Kari")
    desk.poll(ACCOUNTS)
    desk.merge("05", ACCOUNTS)
    assert desk.pending(POSTINGS) == {}
