"""The database goes away in the middle of a run and does not come back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.engine import make_url

from mlc_pipelines.errors import DatabaseLost
from mlc_pipelines.orchestration.runs import run_partition
from mlc_pipelines_tests.orchestration.conftest import instance_of
from mlc_pipelines_tests.world import LEDGER, World, open_world
from mlc_sandbox.serving import Fault, first


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    with open_world(tmp_path, make_database_url(), only=LEDGER, gl_lines=1500) as world:
        yield world


def let_in(world: World, *, somebody: bool) -> None:
    """Whether the database takes connections; those that there are end when it does not."""
    url = make_url(world.settings.database_url or "")
    engine = sqlalchemy.create_engine(url.set(drivername="postgresql+psycopg", database="postgres"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sqlalchemy.text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS {somebody}'))
        connection.execute(
            sqlalchemy.text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"),
            {"name": url.database if not somebody else ""},
        )
    engine.dispose()


def test_it_is_told_of_in_plain_words_and_the_next_run_puts_it_right(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)  # of Dagster, between its tries
    world.anaplan.faults.add(Fault("PUT", "/chunks/0$", first(lambda: let_in(world, somebody=False))))
    with instance_of(world):
        tenant = world.runtime.tenant(world.tenant)
        try:
            with pytest.raises(DatabaseLost, match="went away in the middle of the run") as lost:
                run_partition(world.runtime, tenant, world.period())
        finally:
            let_in(world, somebody=True)
        assert "psycopg" not in str(lost.value)
        world.read_again()
        assert run_partition(world.runtime, world.runtime.tenant(world.tenant), world.period()).ok
    assert world.cells() == world.ledger() != {}
