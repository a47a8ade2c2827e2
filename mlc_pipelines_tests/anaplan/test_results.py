"""Task answers, with the vendor's own samples (docs/vendors/anaplan.md, section 6)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from mlc_pipelines.anaplan.outcomes import ActionCounts
from mlc_pipelines.anaplan.results import read_counts, read_result, read_task
from mlc_pipelines.errors import DataError
from mlc_pipelines.http import Answer

LIST_VALUES = [
    *("hierarchyName", "Employees", "successRowCount", "90", "successCreateCount", "0", "successUpdateCount", "90"),
    *("warningsRowCount", "0", "warningsCreateCount", "0", "warningsUpdateCount", "0", "failedCount", "0"),
    *("ignoredCount", "5", "totalRowCount", "95", "totalCreateCount", "0", "totalUpdateCount", "90"),
    *("invalidCount", "0", "updatedCount", "90", "renamedCount", "90", "createdCount", "0"),
]


def answer(members: Mapping[str, Any]) -> Answer:
    return Answer(members, "GET https://api.anaplan.example/tasks/1")


def test_counts_of_a_list_import():
    counts = read_counts(answer({"values": LIST_VALUES}))
    assert counts == ActionCounts(total=95, succeeded=90, ignored=5, updated=90, reported=True)
    assert not counts.clean


def test_counts_of_a_module_import_in_another_order_with_a_null():
    counts = read_counts(
        answer({"values": ["failedCount", "2", "totalRowCount", "9", "ignoredCount", None, "successRowCount", "7"]})
    )
    assert counts == ActionCounts(total=9, succeeded=7, failed=2, reported=True)


def test_no_counts_are_not_zero_rows():
    assert not read_counts(answer({"values": []})).reported
    assert not read_counts(answer({"values": ["exportName", "Plan"]})).reported
    assert read_counts(answer({"values": ["totalRowCount", "0"]})).reported


def test_counts_add_up():
    both = read_counts(answer({"values": LIST_VALUES})) + read_counts(
        answer({"values": ["totalRowCount", "5", "warningsRowCount", "1"]})
    )
    assert (both.total, both.succeeded, both.warned) == (100, 90, 1)
    assert (ActionCounts() + ActionCounts()).reported is False


def test_a_result_with_dump_and_message():
    result = read_result(
        answer(
            {
                "successful": True,
                "failureDumpAvailable": True,
                "objectId": "112000000009",
                "details": [
                    {
                        "type": "hierarchyRowsProcessedWithFailures",
                        "localMessageText": "Employees: ... ",
                        "values": LIST_VALUES,
                    }
                ],
            }
        ),
        "T1",
    )
    assert result.successful
    assert result.dump_available
    assert result.detail_types == ("hierarchyRowsProcessedWithFailures",)
    assert result.messages == ("Employees: ...",)
    assert result.counts.ignored == 5


def test_a_failed_result_tells_the_type_when_there_is_no_text():
    result = read_result(
        answer({"successful": False, "details": [{"type": "uploadedFileNoLongerAvailable", "values": []}]}), "T1"
    )
    assert result.messages == ("uploadedFileNoLongerAvailable",)


def test_a_task_comes_wrapped_or_bare():
    body = {"taskId": "16605AE8", "taskState": "NOT_STARTED", "creationTime": 1571258416552}
    for form in ({"task": body}, body):
        task = read_task(answer(form))
        assert (task.id, task.state, task.ended) == ("16605AE8", "NOT_STARTED", False)
        assert task.created == datetime(2019, 10, 16, 20, 40, 16, 552000, UTC)
    assert read_task(answer({"taskId": "1"})).id == "1", "the answer to a start may be no more"


def test_only_complete_and_cancelled_are_ends():
    states = ["NOT_STARTED", "IN_PROGRESS", "CANCELLING", "COMPLETE", "CANCELLED"]
    assert [s for s in states if read_task(answer({"taskId": "1", "taskState": s})).ended] == ["COMPLETE", "CANCELLED"]


@pytest.mark.parametrize("word", ["false", "true", 1, 0, [], {}, None])
@pytest.mark.parametrize("key", ["successful", "failureDumpAvailable"])
def test_a_word_that_is_no_truth_is_not_taken_for_one(key: str, word: object):
    with pytest.raises(
        DataError, match=rf"GET https://api\.anaplan\.example/tasks/1 answered with {key} as .*, where a true"
    ):
        read_result(answer({"successful": True, key: word}), "T1")


def test_a_result_that_does_not_say_so_is_no_success():
    assert not read_result(answer({"details": []}), "T1").successful


@pytest.mark.parametrize("count", ["many", "-", "-1", "1.5", "12 rows", "1,234", "9" * 30, True, 2.5])
def test_a_count_that_is_none(count: object):
    with pytest.raises(DataError):
        read_counts(answer({"values": ["totalRowCount", count]}))


def test_a_task_without_its_id_says_what_is_missing():
    with pytest.raises(DataError, match=r"answered without task\.taskId\. Look what answers there"):
        read_task(answer({"task": {"taskState": "COMPLETE"}}))


@pytest.mark.parametrize("state", ["FAILED", "COMPLETED", "complete", "QUEUED", ""])
def test_a_state_that_nobody_knows_is_neither_an_end_nor_none(state: str):
    task = read_task(answer({"taskId": "1", "taskState": state, "result": {"successful": True}}))
    said = f"'{state}'" if state else "empty"
    with pytest.raises(DataError, match=f"Task 1: taskState is {said}.*NOT_STARTED, IN_PROGRESS"):
        assert task.ended


def test_a_success_without_counts_and_with_a_detail_that_nobody_knows_is_none():
    strange = {"type": "deletePartlyDone", "values": []}
    counts = {"type": "somethingNew", "values": ["totalRowCount", "3", "successRowCount", "3"]}
    with pytest.raises(DataError, match=r"Task T1 says that it was successful without counts.*'deletePartlyDone'"):
        read_result(answer({"successful": True, "details": [strange]}), "T1")
    assert read_result(answer({"successful": True, "details": [strange, counts]}), "T1").successful, "counts prove it"
    assert read_result(answer({"successful": True, "details": []}), "T1").successful


@pytest.mark.parametrize("kind", ["moduleImportNoWriteAccess", "importFailedGeneralError", "missingFields"])
def test_a_failure_among_the_details_is_a_failure_whatever_else_is_said(kind: str):
    details = [{"type": "lineItemRowsProcessed", "values": []}, {"type": kind, "values": []}]
    assert not read_result(answer({"successful": True, "details": details}), "T1").successful
