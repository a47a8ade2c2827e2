"""What all tests share: one embedded Postgres for the whole test run, a fresh database per test module."""

from __future__ import annotations

import atexit
import logging
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.engine import make_url

from mlc_pipelines.store.db import Database
from mlc_pipelines.store.embedded import start_embedded
from mlc_pipelines_tests.clock import begin_at_now

begin_at_now()

LONG = ("test_through_the_ui.py", "test_demo.py", "test_four_processes.py", "test_delta.py", "test_privacy.py")
"""Files that take a minute or more, the longest first. One that begins last is what the whole run waits for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files go first."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONG)))


@pytest.fixture(autouse=True)
def our_logger_says_all() -> None:
    """Dagster sets the level of our logger when it runs in this process, and leaves it so for every later test."""
    logging.getLogger("mlc_pipelines").setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def postgres_url(testrun_uid: str) -> str:
    """A real PostgreSQL server, shared by the workers of a parallel test run."""
    folder = Path(tempfile.gettempdir()) / f"mlc-tests-{testrun_uid}"
    atexit.register(_remove_when_stopped, folder)  # before the server's own exit function, so that it runs after it
    return start_embedded(folder / "pg")


def _remove_when_stopped(folder: Path) -> None:
    """The last worker stops the server; until then its files are in use."""
    if not (folder / "pg" / "postmaster.pid").exists():
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template_database(postgres_url: str, worker_id: str) -> str:
    """A migrated database to copy: copying takes milliseconds."""
    name = f"template_{worker_id}"
    _admin(postgres_url, f'CREATE DATABASE "{name}"')
    database = Database(make_url(postgres_url).set(database=name))
    database.migrate()
    database.close()
    return name


def _admin(url: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sqlalchemy.text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def make_database_url(postgres_url: str, template_database: str):
    """Makes fresh, migrated databases."""

    def make() -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        _admin(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{template_database}"')
        return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

    return make


@pytest.fixture(scope="module")
def database(make_database_url) -> Iterator[Database]:
    """A fresh, migrated database for this test module."""
    database = Database(make_database_url())
    yield database
    database.close()
