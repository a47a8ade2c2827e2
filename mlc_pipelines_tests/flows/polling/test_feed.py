"""What a poll finds: the periods that a record has now, and those whose snapshots hold it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mlc_pipelines.errors import DataError
from mlc_pipelines.flows.polling.feed import NEVER_LANDED, OTHER_CONTENT
from mlc_pipelines.store.changes import CHANGED
from mlc_pipelines_tests.flows.polling.books import ACCOUNTS, POSTINGS, TENANT, UNFED, Desk


def test_what_the_snapshots_hold_touches_nothing(desk: Desk):
    asked = desk.poll()
    assert asked.figures == {"rows_told": 4, "records_told": 2, "records_changed": 0, "periods": []}
    assert desk.pending() == {}


def test_a_poll_that_finds_nothing_asks_once(desk: Desk):
    desk.poll()
    desk.clock.sleep(3600)
    desk.books.asked.clear()
    asked = desk.poll()
    assert asked.figures == {"rows_told": 4, "records_told": 2}  # at the watermark, and in the overlap
    assert [what for what, *_ in desk.books.asked] == ["changes"]


def test_what_was_told_before_is_not_compared_again(desk: Desk):
    desk.poll()
    again = desk.poll()
    assert again.figures == {"rows_told": 4, "records_told": 2}


def test_a_new_document_touches_its_period(desk: Desk):
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    asked = desk.poll()
    assert asked.figures["periods"] == ["FY2026-P05"]
    assert asked.watermark == desk.books.documents["B3"].modified.isoformat()
    assert desk.pending() == {"05": [CHANGED]}


def test_a_document_that_moves_touches_both_periods(desk: Desk):
    desk.books.move("A1", "052026")
    assert desk.poll().figures["records_changed"] == 1
    assert desk.pending() == {"04": [CHANGED], "05": [CHANGED]}


def test_a_document_that_leaves_the_calendar_touches_the_period_that_held_it(desk: Desk):
    desk.books.known = [*desk.books.known, desk.books.known[0].__class__("012019", *_january_2019())]
    desk.books.move("A1", "012019")
    desk.poll()
    assert desk.pending() == {"04": [CHANGED]}


def _january_2019():
    first = datetime(2019, 1, 1).date()  # noqa: DTZ001 - a day
    return first, first + timedelta(30)


def test_a_document_that_loses_a_line_touches_its_period(desk: Desk):
    desk.books.post("A2", ("4000", "7.25"), ("1000", "-7.25"), period="042026")
    desk.poll()
    assert desk.pending() == {"04": [CHANGED]}


def test_one_feed_touches_several_periods_and_leaves_out_what_is_the_same(desk: Desk):
    desk.books.post("A2", ("4000", "9.00"), ("1000", "-9.00"), period="042026")
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    figures = desk.poll().figures
    assert (figures["records_told"], figures["records_changed"]) == (4, 2)
    (change_set,) = desk.store.changes.since(desk.store.changes.pending(TENANT))
    told = [row["_source_id"] for row in desk.store.storage.table(change_set.path).to_pylist()]
    assert told == ["A2/1", "A2/2", "B3/1", "B3/2"]


def test_a_change_that_is_pending_is_not_stored_twice(desk: Desk):
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    desk.poll()
    desk.land("04")  # what is compared with is not the same any more
    desk.poll()
    assert desk.pending() == {"05": [CHANGED]}
    desk.books.post("B3", ("4000", "2.00"), ("1000", "-2.00"))
    desk.poll()
    assert desk.pending() == {"05": [CHANGED, CHANGED]}


def test_a_period_that_was_never_landed_and_is_not_open_waits_for_its_first_read(desk: Desk):
    desk.books.post("C1", ("4000", "1.00"), ("1000", "-1.00"), period="022026")
    assert desk.poll().figures["periods"] == []
    assert desk.pending() == {}


def test_an_open_period_that_was_never_landed_is_read_whole(desk: Desk):
    desk.open.append(desk.period("07"))
    desk.books.post("C1", ("4000", "1.00"), ("1000", "-1.00"), period="072026")
    desk.poll()
    assert desk.pending() == {"07": [NEVER_LANDED]}
    assert desk.store.changes.pending(TENANT)[0].change_set is None


def test_nothing_is_asked_before_something_was_landed(desk: Desk):
    desk.store.held = lambda tenant, entity: []  # type: ignore[method-assign]
    asked = desk.poll()
    assert (asked.watermark, desk.books.asked) == (None, [])
    assert desk.pending() == {"05": [NEVER_LANDED], "06": [NEVER_LANDED]}


def test_a_period_that_the_erp_does_not_have_is_an_error_and_the_watermark_stays(desk: Desk):
    before = desk.poll().watermark
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"), period="992026")
    with pytest.raises(DataError, match="postings: period_id says '992026', which is none of the ERP's periods"):
        desk.poll()
    (state,) = [row for row in desk.store.changes.feeds(TENANT) if row["entity"] == "postings"]
    assert state["watermark"] == before


def test_what_changed_between_the_whole_reads_of_two_periods_is_found(desk: Desk):
    """A whole read proves its own period alone: the first watermark lies before the oldest of them."""
    desk.land("04")
    desk.clock.sleep(7200)
    desk.books.post("A1", ("4000", "99.00"), ("1000", "-99.00"), period="042026")
    desk.clock.sleep(7200)
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    desk.land("05", "06")
    desk.poll()
    assert desk.pending() == {"04": [CHANGED]}


def test_a_first_feed_does_not_begin_years_ago(desk: Desk):
    desk.clock.sleep(86_400 * 300)
    desk.land("04", "05", "06")
    desk.poll()
    ((_, _, since),) = [asked for asked in desk.books.asked if asked[0] == "changes"]
    oldest = desk.snapshot("04").extracted_at
    assert oldest - datetime.fromisoformat(since) == timedelta(days=1)


def test_a_stamp_of_the_future_hides_nothing(desk: Desk):
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    desk.books.documents["B3"].modified += timedelta(days=400)
    desk.poll()
    assert desk.pending() == {"05": [CHANGED]}
    desk.merge("05")
    desk.clock.sleep(3600)
    desk.books.post("A1", ("4000", "2.00"), ("1000", "-2.00"), period="042026")
    desk.poll()
    assert desk.pending() == {"04": [CHANGED]}


def test_master_data_that_changes_touches_the_open_periods(desk: Desk):
    desk.poll(ACCOUNTS)
    assert desk.pending(ACCOUNTS) == {}
    desk.books.name("6000", "Travel")
    desk.poll(ACCOUNTS)
    assert desk.pending(ACCOUNTS) == {"05": [CHANGED], "06": [CHANGED]}
    for number in ("05", "06"):
        assert desk.merge(number, ACCOUNTS).because.startswith("master data is read whole")
    desk.poll(ACCOUNTS)
    assert desk.pending(ACCOUNTS) == {}


def test_an_entity_without_a_feed_is_read_and_only_another_content_is_noted(desk: Desk):
    desk.poll(UNFED)
    assert desk.pending(UNFED) == {"05": [NEVER_LANDED], "06": [NEVER_LANDED]}
    desk.land("05", "06", entity=UNFED)
    desk.poll(UNFED)
    assert desk.pending(UNFED) == {}
    desk.books.post("B1", ("4000", "20.50"), ("1000", "-20.50"))
    for _ in range(2):
        desk.poll(UNFED)
        assert desk.pending(UNFED) == {"05": [OTHER_CONTENT]}
    assert desk.merge("05", UNFED).because == OTHER_CONTENT
    assert desk.pending(UNFED) == {}


def test_a_record_of_a_feed_that_is_gone_from_it_is_found_where_it_was_held_twice(desk: Desk):
    """A snapshot of before may hold a record that another period has by now: the overlap tells of it again."""
    desk.books.move("B1", "062026")
    desk.poll()
    desk.merge("06")
    # The landing of May had read before the move, and ends after the poll.
    assert desk.pending(POSTINGS) == {"05": [CHANGED]}
    assert desk.merge("05").read == "merged"
    assert [row["document"] for row in desk.rows("05")] == ["B2", "B2"]
