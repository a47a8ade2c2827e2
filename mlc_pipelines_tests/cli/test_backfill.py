"""`mlc backfill`: which periods it would do, and what it says when it can't; backfills are tested through the UI."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration import storage
from mlc_pipelines.orchestration.backfill import periods_to_do
from mlc_pipelines.store.results import AssetPartition
from mlc_pipelines_tests.cli.conftest import Mlc
from mlc_pipelines_tests.clock import NOW, LinkedClock, sandbox_clock
from mlc_pipelines_tests.world import World, red

SPAN = "FY2026-P01..FY2026-P04"


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    storage._database.cache_clear()
    yield
    storage._database.cache_clear()


def to_do(world: World, **how: bool) -> list[str]:
    tenant = world.runtime.tenant(world.tenant)
    first, last = (world.period(key) for key in SPAN.split(".."))
    return [period.key for period in periods_to_do(world.runtime, tenant, first, last, **how)]


def test_what_is_not_green_is_done(world: World):
    assert red(world.round_trip("FY2026-P02")) == {}
    world.runtime.results.store(
        AssetPartition(world.tenant, "netsuite/accounts", "FY2026-P03"),
        ok=False,
        figures={},
        checks=(),
        error="could not be read",
        run_id="earlier",
        at=world.clock.now(),
    )
    assert to_do(world) == ["FY2026-P01", "FY2026-P03", "FY2026-P04"]
    assert to_do(world, failed=True) == ["FY2026-P03"]
    assert to_do(world, force=True) == ["FY2026-P01", "FY2026-P02", "FY2026-P03", "FY2026-P04"]


def test_a_period_to_come_is_refused(world: World):
    runtime = Runtime(world.settings, LinkedClock(sandbox_clock(NOW)))
    first, last = world.period("FY2026-P01"), world.period("FY2027-P11")
    with pytest.raises(ConfigurationError, match="FY2026-P07 of northwind begins on 2026-07-01"):
        periods_to_do(runtime, runtime.tenant(world.tenant), first, last)
    runtime.close()


def test_without_a_ui_it_says_what_to_do(world: World, mlc: Mlc):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        done = mlc("backfill", world.tenant, SPAN, "--port", str(probe.getsockname()[1]), "--json")
    assert (done.code, done.out) == (1, "")
    assert "does not answer" in done.words
    assert "Start it with `mlc dev`" in done.words


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["FY2026-P04..FY2026-P01"], "FY2026-P01 comes before FY2026-P04."),
        (["FY2026-P01.."], "has no period ''"),
        ([SPAN, "--force", "--failed"], "--failed only the red ones"),
    ],
)
def test_what_can_not_be_is_refused(world: World, mlc: Mlc, arguments: list[str], says: str):
    done = mlc("backfill", world.tenant, *arguments)
    assert (done.code, done.out) == (2, "")
    assert says in done.words
