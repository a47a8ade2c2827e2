"""Dagster's storage in our database: `dagster.yaml` names this class, so that no URL stands in a file or a variable.

Every Dagster process finds the database as our own commands do: `MLC_DATABASE_URL`, else the embedded server, which it
starts or joins.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Self

import sqlalchemy
from dagster._config.config_schema import UserConfigSchema
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import OperationalError

from mlc_pipelines.errors import DatabaseLost
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.plain_failures import PlainFailures
from mlc_pipelines.store.db import Database


def _plainly(record: logging.LogRecord) -> bool:
    """dagster-postgres quotes the driver's error at each of its tries."""
    if str(record.msg).startswith("Retrying failed database"):
        record.msg, record.args = "The database does not answer; trying again.", None
    return True


logging.getLogger().addFilter(_plainly)  # it logs without a logger of its own


@contextmanager
def lost_in_words() -> Generator[None]:
    """A database that goes away under Dagster is told of as one that goes away under us.

    Raises:
        DatabaseLost: in place of Dagster's and the driver's errors.
    """
    try:
        yield
    except (DagsterPostgresException, OperationalError) as error:
        raise DatabaseLost(
            "The database went away in the middle of the run.",
            hint="See that it runs, then run it again: what was begun in Anaplan is looked for first.",
        ) from error


@cache
def _database() -> Database:
    """Its URL with the password is kept in memory, and never part of an instance's description."""
    return Runtime.from_environment().database


@cache
def _engine(database: Database) -> sqlalchemy.Engine:
    """Keeps connections, as Dagster itself does in its webserver only.

    A run would open one for each of its thousand statements: to start and end sessions was half of a run's processor
    time. One that the server has ended meanwhile is noticed before it is used.
    """
    engine = sqlalchemy.create_engine(
        database.dagster_url, isolation_level="AUTOCOMMIT", pool_pre_ping=True, max_overflow=-1
    )
    database.at_close(engine.dispose)
    return engine


class MlcStorage(DagsterPostgresStorage):
    """dagster-postgres on our database; it takes no configuration."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing to configure."""
        return {}

    @classmethod
    def from_config_value(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Mapping[str, Any],  # noqa: ARG003 - Dagster's signature
    ) -> Self:
        """Open it, as Dagster does when it loads an instance.

        One process at a time: the first one makes the tables, and processes that make them at once get in each
        other's way.
        """
        with _database().lock("tables of Dagster"):
            storage = cls(postgres_url=_database().dagster_url, inst_data=inst_data)
        storage._event_log_storage = PlainFailures(_database().dagster_url, should_autocreate_tables=False)
        for part in (storage._run_storage, storage._event_log_storage, storage._schedule_storage):
            # There is no option for it.
            part._engine = _engine(_database())  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        return storage

    @property
    def run_storage_data(self) -> ConfigurableClassData | None:
        """None: the instance is described by this class alone."""
        return None

    @property
    def event_storage_data(self) -> ConfigurableClassData | None:
        """None, as `run_storage_data`."""
        return None

    @property
    def schedule_storage_data(self) -> ConfigurableClassData | None:
        """None, as `run_storage_data`."""
        return None
