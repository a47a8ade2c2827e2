"""A run that lands from changes: the ledger and the model follow, and the figures say how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlc_pipelines.flows.asset_name import landed_asset, load_asset, tie_out_asset
from mlc_pipelines.flows.polling.poll import pending_of, poll
from mlc_pipelines.flows.round_trip import round_trip
from mlc_pipelines_tests.world import LEDGER, World, open_world, red


@pytest.fixture
def world(tmp_path: Path, make_database_url: Callable[[], str]) -> Iterator[World]:
    with open_world(tmp_path, make_database_url(), gl_lines=2000, only=LEDGER) as world:
        yield world


def test_what_is_posted_reaches_the_model_without_a_whole_read(world: World):
    tenant = world.runtime.tenant(world.tenant)
    assert red(world.round_trip()) == {}
    world.post("99.25")
    poll(world.runtime, tenant, [world.period()], run_id="poll")
    (entities,) = pending_of(world.runtime, world.tenant).values()
    assert list(entities) == ["gl_activity"]
    run = replace(world.partition(), read="changes")
    kind, entity = world.sample.kind, "gl_activity"
    touched = [landed_asset(kind, entity), load_asset(kind, entity), tie_out_asset(kind)]
    outcomes = {outcome.asset: outcome for outcome in round_trip(run, touched)}
    assert red(outcomes) == {}
    assert outcomes[touched[0]].figures["read"] == "merged"
    assert outcomes[touched[1]].figures["rows_sent"] > 0
    assert world.cells() == world.ledger()
    assert pending_of(world.runtime, world.tenant) == {}
    again = replace(world.partition(), read="changes")
    (landed, *_) = round_trip(again, touched)
    assert landed.figures["read_whole_because"] == "no change of it is stored"
    assert landed.figures["unchanged"]
