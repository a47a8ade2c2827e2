"""Which answers are tried again, against the sandbox."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from mlc_pipelines_tests.anaplan.planning import Planning, Record, run
from mlc_sandbox.serving import Fault, answer, drop_answer, reset_before, truncate


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "41"}, 41), ({}, 10)])
def test_retry_after_is_obeyed(planning: Planning, headers: dict[str, str], seconds: int):
    planning.sandbox.faults.add(Fault("POST", "/tasks$", answer(429, headers)))
    assert run(planning).successful
    assert planning.sent("POST", "/tasks") == 2
    first, second = (line.at for line in planning.sandbox.log if line.method == "POST" and line.path.endswith("/tasks"))
    assert timedelta(seconds=seconds) <= second - first < timedelta(seconds=seconds + 3)
    assert len(planning.sandbox.tasks) == 1


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        *product(["/imports$", r"/tasks/\w+$", "/chunks/0$", "/complete$"], [answer(503), answer(500), reset_before]),
        *product(["/imports$", r"/tasks/\w+$", "/complete$"], [drop_answer, truncate]),
        ("/chunks/0$", drop_answer),  # its answer has no body to cut
    ],
)
def test_what_may_be_repeated_is_repeated(planning: Planning, path: str, fault):
    planning.sandbox.faults.add(Fault(None, path, fault))
    assert run(planning).counts.created == 2
    assert len(planning.sandbox.tasks) == 1


@pytest.mark.parametrize("fault", [drop_answer, truncate])
def test_a_start_that_was_executed_is_not_repeated(planning: Planning, fault):
    planning.sandbox.faults.add(Fault("POST", "/tasks$", fault))
    record = Record()
    outcome = run(planning, record)
    assert outcome.counts.created == 2
    assert [task.id for task in planning.sandbox.tasks] == [outcome.task_id] == [record.task_id]
    assert planning.sent("POST", "/tasks") == 1


@pytest.mark.parametrize("fault", [reset_before, answer(503)])
def test_a_start_that_was_not_executed_is_repeated(planning: Planning, fault):
    planning.sandbox.faults.add(Fault("POST", "/tasks$", fault))
    assert run(planning).counts.created == 2
    assert planning.sent("POST", "/tasks") == 2
    assert len(planning.sandbox.tasks) == 1
    assert planning.sent("PUT", "/chunks/0") == 1
