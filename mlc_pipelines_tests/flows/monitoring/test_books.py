"""What people are told of polls: when each entity was asked, what was found, when it is asked next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlc_pipelines.flows.monitoring.books import books_states
from mlc_pipelines.flows.polling.poll import poll_open_periods
from mlc_pipelines_tests.world import World, open_world

ENTITIES = ["accounts", "gl_activity"]


@pytest.fixture
def world(tmp_path: Path, make_database_url: Callable[[], str]) -> Iterator[World]:
    with open_world(tmp_path, make_database_url(), only=ENTITIES, gl_lines=300) as world:
        yield world


def books(world: World) -> dict[str, Any]:
    (state,) = books_states(world.runtime, world.tenant)
    assert (state["tenant"], state["period"]) == (world.tenant, None)
    return state


def of_ledger(world: World) -> dict[str, Any]:
    (found,) = (poll for poll in books(world)["polls"] if poll["entity"] == "gl_activity")
    return found


def test_a_tenant_of_which_nothing_ran_has_nothing_to_tell(world: World):
    assert books_states(world.runtime, None) == []


def test_what_was_asked_and_found_and_what_comes_next(world: World):
    period = world.sample.periods[1]
    world.land(*ENTITIES, period=period)
    found = of_ledger(world)
    assert found.pop("asked_at").startswith("2026-06-15T09:00:")
    assert found == {
        "entity": "gl_activity",
        "found": "read by a run",
        "next": "2026-06-15T09:15:00-07:00",
    }
    world.clock.sleep(600)
    world.post("12.00", key=period)
    poll_open_periods(world.runtime, world.runtime.tenant(world.tenant), run_id="poll")
    state = books(world)
    assert (state["state"], state["paused"], state["red"]) == ("green", None, [])
    assert of_ledger(world)["found"] == f"1 records changed, of {period}"
    world.land("gl_activity", period=period)
    world.clock.sleep(900)
    poll_open_periods(world.runtime, world.runtime.tenant(world.tenant), run_id="poll")
    assert of_ledger(world)["found"] == "nothing changed"


def test_an_entity_that_could_not_be_asked_is_red_until_it_could(world: World):
    world.land(*ENTITIES)
    now, changes = world.clock.now(), world.runtime.snapshots.changes
    for _ in range(2):
        changes.failed(world.tenant, "gl_activity", "The role may not see it.", at=now, run_id="poll")
    state = books(world)
    why = "gl_activity could not be asked, 2 times in a row: The role may not see it."
    assert (state["state"], state["red"]) == ("red", [{"asset": "netsuite/books", "why": why}])
    assert of_ledger(world)["found"] == "could not be asked"
    world.clock.sleep(900)
    poll_open_periods(world.runtime, world.runtime.tenant(world.tenant), run_id="poll")
    assert books(world)["red"] == []


def test_a_paused_tenant_says_why_and_is_asked_for_nothing(world: World):
    world.land(*ENTITIES)
    world.change_tenant(lambda document: document.update(schedule={"paused": True, "because": "A new model."}))
    state = books(world)
    assert (state["state"], state["paused"]) == ("paused", "A new model.")
    assert {poll["next"] for poll in state["polls"]} == {None}
    assert all(poll["asked_at"] for poll in state["polls"])
