"""Nobody starts a run: schedules ask the ERP, and what it tells of is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg
import pytest

from mlc_pipelines.flows.monitoring.status import partition_states
from mlc_pipelines.orchestration.graph import build_definitions
from mlc_pipelines_tests.orchestration.automation import Daemon
from mlc_pipelines_tests.orchestration.conftest import instance_of
from mlc_pipelines_tests.world import LEDGER, World, open_world

POLL, CLOSE, CHANGES, JOB = "netsuite_poll", "netsuite_close", "netsuite_changes", "netsuite_round_trip"
MINUTE = 60.0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world"), make_database_url(), only=LEDGER, gl_lines=1500) as world:
        yield world


@pytest.fixture(scope="module")
def daemon(world: World) -> Iterator[Daemon]:
    with instance_of(world) as instance:
        yield Daemon(world, instance)


@pytest.fixture(scope="module")
def begun(world: World, daemon: Daemon) -> Daemon:
    """Somebody has set the tenant up and run its open period."""
    assert daemon.tick(POLL) == "No tenant is due.", "nothing of the tenant ran yet"
    assert daemon.tick(CLOSE) == "No period is due."
    assert daemon.tick(CHANGES) == "Nothing waits to be loaded."
    world.round_trip(world.sample.periods[1])
    world.round_trip(world.closed)
    assert daemon.tick(POLL) == "No tenant is due.", "it was read a moment ago"
    assert daemon.tick(CLOSE) == "No period is due."
    return daemon


def poll(daemon: Daemon) -> dg.ExecuteInProcessResult:
    """The next poll that is due, made."""
    daemon.world.clock.sleep(16 * MINUTE)
    (request,) = daemon.asked(POLL)
    return daemon.execute(POLL, request)


def load(daemon: Daemon) -> list[tuple[str, list[str]]]:
    """What the sensor asks for, done: periods and their assets."""
    requests = daemon.asked(CHANGES)
    for request in requests:
        assert daemon.execute(JOB, request).success
    return [
        (str(request.partition_key), sorted(key.to_user_string() for key in request.asset_selection or []))
        for request in requests
    ]


def test_a_poll_that_finds_nothing_says_so(world: World, begun: Daemon):
    result = poll(begun)
    assert result.success
    (observed,) = [event for event in result.all_events if event.event_type_value == "ASSET_OBSERVATION"]
    observation = observed.asset_observation_data.asset_observation
    assert (observation.asset_key.to_user_string(), observation.partition) == ("netsuite/books", world.tenant)
    assert observation.metadata["result"].value == "Nothing changed."
    assert begun.tick(CHANGES) == "Nothing waits to be loaded."


def test_a_posting_reaches_the_model_by_itself(world: World, begun: Daemon):
    period = world.sample.periods[1]
    world.post("1234.50", key=period)
    assert world.cells(period) != world.ledger(period)
    assert poll(begun).success
    ledger = ["netsuite/anaplan/gl_activity", "netsuite/gl_activity", "netsuite/tie_out"]
    assert load(begun) == [(f"{period}|{world.tenant}", ledger)]
    assert world.cells(period) == world.ledger(period)
    row = next(
        row
        for row in world.runtime.results.assets(world.tenant)
        if (row["asset"], row["period"]) == ("netsuite/gl_activity", period)
    )
    assert row["figures"]["read"] == "merged"
    states = {state["period"]: state["state"] for state in partition_states(world.runtime, world.tenant)}
    assert states[period] == "green"
    assert begun.tick(CHANGES) == "Nothing waits to be loaded."


def test_what_failed_is_tried_again_after_the_next_poll_and_after_three_times_no_more(world: World, begun: Daemon):
    period = world.sample.periods[1]
    world.post("77.00", key=period)
    poll(begun)
    world.change_load("gl_activity", **{"import": "Load Something Else"})
    for _ in range(3):
        (request,) = begun.asked(CHANGES)
        assert not begun.execute(JOB, request).success
        assert begun.tick(CHANGES) == "Nothing waits to be loaded.", "not before the next poll"
        poll(begun)
    assert begun.tick(CHANGES) == "Nothing waits to be loaded.", "it waits for a person"
    (state,) = (state for state in partition_states(world.runtime, world.tenant) if state["period"] == period)
    (why,) = (red["why"] for red in state["red"] if red["asset"] == "netsuite/anaplan/gl_activity")
    assert why.endswith(
        f"It failed 3 times in a row and waits for a person: `mlc run {world.tenant} {period}` when it is put right."
    )
    world.change_load("gl_activity", **{"import": "Load Actuals"})
    world.round_trip(period)
    assert world.cells(period) == world.ledger(period)


def test_each_night_open_periods_are_read_whole_once(world: World, begun: Daemon):
    period = world.sample.periods[1]
    world.clock.sleep(24 * 60 * MINUTE)
    (request,) = begun.asked(CLOSE)
    assert str(request.partition_key) == f"{period}|{world.tenant}"
    result = begun.execute(JOB, request)
    assert result.success
    assert begun.tick(CLOSE) == "No period is due."
    world.post("19.00", key=period)
    poll(begun)
    load(begun)
    assert begun.tick(CLOSE) == "No period is due.", "what was merged since leans on that read"


def test_a_run_that_was_asked_for_is_not_asked_for_again(world: World, begun: Daemon):
    world.clock.sleep(24 * 60 * MINUTE)
    (request,) = begun.asked(CLOSE)
    job = build_definitions(world.runtime).resolve_job_def(JOB)
    started = begun.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags=dict(request.tags))
    assert begun.tick(CLOSE) == "What is due was started already."
    begun.instance.delete_run(started.run_id)


def test_a_paused_tenant_is_left_alone(world: World, begun: Daemon):
    world.change_tenant(lambda document: document.update(schedule={"paused": True, "because": "A new model."}))
    world.clock.sleep(24 * 60 * MINUTE)
    assert begun.tick(POLL) == "No tenant is due."
    assert begun.tick(CLOSE) == "No period is due."
    world.change_tenant(lambda document: document.pop("schedule"))
    assert isinstance(begun.tick(POLL), list)


def test_nothing_is_started_that_runs_into_the_weekly_maintenance(world: World, begun: Daemon):
    before = datetime(2026, 6, 20, 19, 31, tzinfo=UTC)  # a Saturday, 12:31 where Anaplan is maintained
    world.clock.sleep((before - world.clock.now()).total_seconds())
    for name in (CHANGES, CLOSE):
        assert begun.tick(name) == "Anaplan's weekly maintenance lasts until 17:00 PDT; what is due starts after it."
    world.clock.sleep(4.5 * 60 * MINUTE)
    assert begun.tick(CHANGES) == "Nothing waits to be loaded."
    assert isinstance(begun.tick(CLOSE), list)
