"""The sensor of runs that end red: whose words are told, and to whom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.runs import run_partition
from mlc_pipelines.orchestration.sensors import red_runs_sensor
from mlc_pipelines.redaction import register_secret
from mlc_pipelines.store.results import AssetPartition
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.messages import Place, closed_port
from mlc_pipelines_tests.orchestration.conftest import instance_of
from mlc_pipelines_tests.world import LEDGER, World, open_world
from mlc_sandbox.serving import SandboxServer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def place() -> Iterator[Place]:
    with Place() as server:
        yield server


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world"), make_database_url(), only=LEDGER, gl_lines=200) as world:
        yield world


@dg.op(config_schema={"in_words": bool})
def breaks(context):
    if context.op_config["in_words"]:
        raise dg.Failure("netsuite/gl_activity: Debit is 5")
    raise RuntimeError("tell-nobody-4711")


@dg.job
def round_trip() -> None:
    breaks()


def evaluate_red_run(world: World, notify_to: str | None, *, in_words: bool) -> Any:
    """Run a job that fails, and evaluate the sensor on its failure; another run of the period ends red meanwhile."""
    runtime = Runtime(replace(world.settings, notify=notify_to), world.clock)
    with dg.DagsterInstance.ephemeral() as instance:
        run = round_trip.execute_in_process(
            run_config={"ops": {"breaks": {"config": {"in_words": in_words}}}},
            instance=instance,
            raise_on_error=False,
            tags={"dagster/partition": f"{world.tenant}|FY2026-P01"},
        )
        assert not run.success
        runtime.results.store(
            AssetPartition(world.tenant, "netsuite/gl_activity", "FY2026-P01"),
            ok=False,
            figures={},
            checks=(),
            error="Debit is 6",
            run_id="another",
            at=NOW,
        )
        ended = instance.get_run_by_id(run.run_id)
        assert ended is not None
        (event,) = [each for each in run.all_events if each.event_type == dg.DagsterEventType.PIPELINE_FAILURE]
        context = dg.build_run_status_sensor_context(
            sensor_name="red_runs",
            dagster_event=event,
            dagster_instance=instance,
            dagster_run=ended,
        ).for_run_failure()
        found = red_runs_sensor(runtime)(context)
    runtime.close()
    return found


def test_a_red_run_is_told_in_its_own_words(world: World, place: Place):
    assert evaluate_red_run(world, place.target, in_words=True) is None
    title = f"round_trip {world.tenant}|FY2026-P01 is red"
    assert place.messages() == [(title, "netsuite/gl_activity: Debit is 5")]


def test_a_run_that_failed_before_any_asset_is_told_of(world: World, place: Place):
    register_secret("tell-nobody-4711")
    evaluate_red_run(world, place.target, in_words=False)
    ((_, text),) = place.messages()
    assert "round_trip" in text
    assert "4711" not in text


def test_a_red_run_that_nobody_can_be_told_of(world: World):
    assert evaluate_red_run(world, f"json://127.0.0.1:{closed_port()}/", in_words=True) is None
    assert evaluate_red_run(world, None, in_words=True).skip_message == "MLC_NOTIFY is not set."


async def _take(request: Request) -> PlainTextResponse:
    await request.body()
    return PlainTextResponse("taken")


def test_a_run_that_really_failed_is_told_of(world: World):
    """Not an event made by hand: the run, its failure and its results are Dagster's and ours."""
    world.change_load("gl_activity", **{"import": "Load Actual"})
    routes = [Route("/{path:path}", _take, methods=["POST"])]
    with SandboxServer(Starlette(routes=routes), clock=sandbox_clock()) as place, instance_of(world) as instance:
        result = run_partition(world.runtime, world.runtime.tenant(world.tenant), world.period())
        assert not result.ok
        (failure,) = instance.all_logs(result.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
        run = instance.get_run_by_id(result.run_id)
        assert run is not None
        assert failure.dagster_event is not None
        context = dg.build_run_status_sensor_context(
            sensor_name="red_runs",
            dagster_event=failure.dagster_event,
            dagster_instance=instance,
            dagster_run=run,
        ).for_run_failure()
        world.runtime.settings = replace(world.settings, notify=f"{place.url.replace('http', 'json', 1)}/mlc")
        red_runs_sensor(world.runtime)(context)
        (message,) = [json.loads(line.body) for line in place.log]
    assert message["title"] == f"netsuite_round_trip {world.closed}|{world.tenant} is red"
    assert message["message"].startswith("netsuite/anaplan/gl_activity: The model has no import named 'Load Actual'")
    named = [line.split(": ")[0] for line in message["message"].splitlines()]
    assert named == ["netsuite/anaplan/gl_activity", "netsuite/tie_out"], "green assets are not named"
