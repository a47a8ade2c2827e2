"""The poll of a tenant, with its real ERP package and sandbox: cheap when nothing changed; no fault stops another."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from mlc_pipelines.config import Tenant
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.errors import Unavailable
from mlc_pipelines.flows.polling.poll import Polled, poll
from mlc_pipelines_tests.world import World, open_world
from mlc_sandbox.bookkeeper import keep_books


@pytest.fixture(scope="module", params=list(ERPS))
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, make_database_url: Callable[[], str]
) -> Iterator[World]:
    """All that the tenant loads is landed, in its closed and its open period."""
    home = tmp_path_factory.mktemp(request.param)
    with open_world(home, make_database_url(), kind=request.param, gl_lines=2000) as world:
        for period in world.sample.periods:
            assert not [each for each in world.land(period=period).values() if each.error]
        yield world


def polled(world: World, **how: Any) -> Polled:
    """A poll of what has a feed, in both periods."""
    tenant = world.runtime.tenant(world.tenant)
    periods = [world.period(key) for key in world.sample.periods]
    fed = [name for name, entity in world.runtime.erp(tenant).entities.items() if entity.watermark]
    return poll(world.runtime, tenant, periods, run_id=uuid.uuid4().hex, entities=fed, **how)


def test_what_was_landed_is_not_told_to_have_changed(world: World):
    found = polled(world)
    assert found.errors == {}
    assert found.pending == {}
    entities = world.runtime.erp(world.runtime.tenant(world.tenant)).entities
    assert set(found.asked) == {name for name, entity in entities.items() if entity.watermark}


def test_a_poll_that_finds_nothing_costs_two_requests_an_entity(world: World):
    for _ in range(2):
        polled(world)
        world.clock.sleep(60)
    before = len(world.erp.log)
    found = polled(world)
    made = [f"{each.method} {each.path}" for each in world.erp.log[before:]]
    # Besides: signing in, and what a connection asks first.
    assert len(made) <= 2 * len(found.asked) + 2, made
    assert not any("periods" in each for asked in found.asked.values() for each in asked.figures)


def test_the_fault_of_one_entity_does_not_stop_the_others(world: World):
    tenant = world.runtime.tenant(world.tenant)
    fed = [each for each in world.runtime.erp(tenant).entities.values() if each.watermark]
    if len(fed) < 2:
        pytest.skip("this ERP has no feeds")
    broken = fed[0].name
    before = polled(world).asked
    world.clock.sleep(60)

    @contextmanager
    def failing(_: Tenant) -> Generator[Any]:
        with world.runtime.source(tenant) as source:
            yield Failing(source, broken)

    found = polled(world, open_source=failing)
    assert {name: str(error) for name, error in found.errors.items()} == {broken: "No answer."}
    assert set(found.asked) == set(before) - {broken}
    (state,) = [row for row in world.runtime.snapshots.changes.feeds(world.tenant) if row["entity"] == broken]
    assert (state["watermark"], state["error"], state["failures_in_row"]) == (before[broken].watermark, "No answer.", 1)
    assert state["succeeded_at"] == before[broken].at
    assert state["asked_at"] > before[broken].at
    polled(world)
    (state,) = [row for row in world.runtime.snapshots.changes.feeds(world.tenant) if row["entity"] == broken]
    assert (state["error"], state["failures_in_row"]) == (None, 0)


class Failing:
    """A source that has no answer for one entity."""

    def __init__(self, source: Any, entity: str) -> None:
        self._source = source
        self._entity = entity

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def changes(self, entity: Entity, since: str) -> Any:
        if entity.name == self._entity:
            raise Unavailable("No answer.")
        return self._source.changes(entity, since)


def test_an_erp_that_can_not_be_reached_is_in_the_answer(world: World):
    def refused(_: Tenant) -> Any:
        raise Unavailable("Nobody is there.")

    found = polled(world, open_source=refused)
    assert {str(error) for error in found.errors.values()} <= {"Nobody is there."}
    assert found.asked == {}


def test_two_polls_of_a_tenant_do_not_run_at_once(world: World):
    with world.runtime.database.lock(f"poll of {world.tenant}"):
        found = polled(world)
    assert (found.elsewhere, found.asked) == (True, {})


def test_an_expense_of_the_sandbox_s_bookkeeper_is_found(world: World):
    tenant = world.runtime.tenant(world.tenant)
    polled(world)
    world.clock.sleep(120)
    keep_books([world.sample], 0, Once())
    periods = [world.period(key) for key in world.sample.periods]
    found = poll(world.runtime, tenant, periods, run_id=uuid.uuid4().hex)
    assert found.errors == {}
    ledgers = {name for name, entity in world.runtime.erp(tenant).entities.items() if entity.debit and entity.credit}
    assert ledgers & set(found.pending[world.sample.periods[1]])


class Once(Event):
    """Is done after one look."""

    looks = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.looks += 1
        return self.looks > 1
