"""The database: one engine for our state, advisory locks over processes and hosts, migrations at opening."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy import text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import OperationalError

from mlc_pipelines.errors import Unavailable
from mlc_pipelines.settings import Settings
from mlc_pipelines.store.embedded import start_embedded
from mlc_pipelines.store.migrations import HEAD
from mlc_pipelines.store.tables import SCHEMA


def lock_key(name: str) -> int:
    """The 64-bit key of a Postgres advisory lock of that name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


class Database:
    """Our state and the locks.

    Attributes:
        engine: SQLAlchemy engine on the database; our tables are in schema `mlc`.
    """

    def __init__(self, url: str | URL) -> None:
        self._url = make_url(url)
        self._closing: list[Callable[[], None]] = []
        self.engine = sqlalchemy.create_engine(
            self._url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_size=2,
            # Locks hold a connection each while they are held: they must never wait for the pool.
            max_overflow=-1,
            connect_args={"application_name": "mlc", "keepalives_idle": 30, "keepalives_interval": 10},
        )

    @property
    def url(self) -> str:
        """The database's URL with its password, for the environment of child processes; never to be shown."""
        return self._url.set(drivername="postgresql").render_as_string(hide_password=False)

    @property
    def dagster_url(self) -> str:
        """The URL for Dagster's storage.

        The driver is written out: dagster-postgres needs psycopg2, SQLAlchemy 2.1 takes psycopg 3 when none is named.
        """
        return self._url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)

    @contextmanager
    def lock(self, name: str, *, wait: bool = True) -> Generator[bool]:
        """Hold the advisory lock of that name, over all processes and hosts that use this database.

        The lock lives as long as its connection, so a killed process frees it. It is not re-entrant.

        Args:
            name: any text; the same text is the same lock.
            wait: False to give up at once when somebody else holds it.

        Yields:
            Whether it is held; always True with `wait`.
        """
        key = lock_key(name)
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if wait:
                connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
                held = True
            else:
                held = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}))
            try:
                yield held
            finally:
                if held:
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})

    def migrate(self) -> None:
        """Bring our schema to the newest revision; many processes may do so at once."""
        if self._revision() == HEAD:
            return
        from alembic import command
        from alembic.config import Config

        with self.lock("schema migration"), self.engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def _revision(self) -> str | None:
        with self.engine.connect() as connection:
            if not _has_version_table(connection):
                return None
            return connection.scalar(text(f"SELECT version_num FROM {SCHEMA}.schema_version"))  # noqa: S608

    def at_close(self, action: Callable[[], None]) -> None:
        """Have something done before the connections are closed: those that are in use the engine leaves open."""
        self._closing.append(action)

    def close(self) -> None:
        """Close all connections."""
        while self._closing:
            self._closing.pop()()
        self.engine.dispose()


def _has_version_table(connection: Connection) -> bool:
    return connection.scalar(text(f"SELECT to_regclass('{SCHEMA}.schema_version')")) is not None


def open_database(settings: Settings) -> Database:
    """The configured database, or the embedded server in `$MLC_HOME/pg`; migrated to the newest revision.

    Raises:
        Unavailable: it does not answer, or refuses us.
    """
    url = settings.database_url or start_embedded(settings.home / "pg")
    database = Database(url)
    try:
        database.migrate()
    except OperationalError as error:
        database.close()
        reason = str(error.orig).strip().splitlines()[0]
        raise Unavailable(
            f"The database can't be used: {reason}.", hint="Look at MLC_DATABASE_URL, and whether the server runs."
        ) from error
    return database
