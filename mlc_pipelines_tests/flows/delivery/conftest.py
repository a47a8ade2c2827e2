"""A world with rows that the model does not hold yet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mlc_pipelines_tests.flows.delivery.trail import (
    OTHER,
)
from mlc_pipelines_tests.world import LEDGER, World, open_world, red


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world"), make_database_url(), only=LEDGER, gl_lines=3000) as world:
        assert red(world.round_trip()) == {}
        world.anaplan.users[OTHER.email] = OTHER
        yield world


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    """The shared world, with landed rows that the model does not hold yet."""
    tenant_file = shared.home / f"tenants/{shared.tenant}.yaml"
    before = tenant_file.read_text(encoding="utf-8")
    shared.post("12.34", debit="6010", department=11)
    assert red(shared.land("gl_activity")) == {}
    shared.anaplan.log.clear()
    yield shared
    shared.anaplan.faults.clear()
    shared.anaplan.task_seconds = 0.3
    shared.anaplan.conflict_when_busy = False
    shared.anaplan.hang_while_busy = True
    shared.model.active_state = "UNLOCKED"
    tenant_file.write_text(before, encoding="utf-8")
    shared.read_again()
