from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from mlc_pipelines.store.db import Database
from mlc_pipelines_tests.anaplan.authentication_service import make_pair
from mlc_pipelines_tests.anaplan.planning import CODE, DEVICE, MODEL, PASSWORD, USER, Planning, SandboxTime
from mlc_pipelines_tests.anaplan.vendor import ScriptedVendor, TestClock
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.anaplan import AnaplanSandbox, User


@pytest.fixture(scope="session")
def running_vendor() -> Iterator[ScriptedVendor]:
    with ScriptedVendor() as server:
        yield server


@pytest.fixture
def vendor(running_vendor: ScriptedVendor) -> ScriptedVendor:
    running_vendor.answers.clear()
    running_vendor.faults.clear()
    running_vendor.log.clear()
    return running_vendor


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def planning(database: Database) -> Iterator[Planning]:
    with AnaplanSandbox(
        [MODEL], users=[User(USER, PASSWORD)], oauth_clients=[DEVICE, CODE], clock=sandbox_clock()
    ) as sandbox:
        # An earlier test's server may have had this port, and its clock may have run hours ahead of this one's.
        with database.engine.begin() as connection:
            connection.execute(text("DELETE FROM mlc.request_budget"))
        yield Planning(sandbox, database, SandboxTime(sandbox.clock))


@pytest.fixture(scope="session")
def pair() -> tuple[str, str]:
    """A certificate and its private key."""
    return make_pair()
