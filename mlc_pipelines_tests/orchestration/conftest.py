"""Dagster's instance on a test database, as `$MLC_HOME/dagster` describes it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import dagster as dg
import pytest

from mlc_pipelines.orchestration import storage
from mlc_pipelines.orchestration.instance import prepare_instance
from mlc_pipelines_tests.world import World


@contextmanager
def instance_of(world: World) -> Iterator[dg.DagsterInstance]:
    """The instance that `mlc run` and the UI of this world use; the environment is as before at the end."""
    with mock.patch.dict(os.environ, world.environment, clear=True):
        prepare_instance(world.runtime)
        storage._database.cache_clear()
        with dg.DagsterInstance.get() as instance:
            yield instance
        storage._database.cache_clear()


@pytest.fixture(scope="session")
def open_instance() -> Callable[[World], object]:
    return instance_of
