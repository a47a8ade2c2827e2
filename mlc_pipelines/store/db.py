"""The database: one engine for our state, advisory locks over processes and hosts, migrations at opening."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy
from sqlalchemy import event, text
from sqlalchemy.engine import URL, Connection, ExceptionContext, make_url

from mlc_pipelines.errors import DatabaseLost, DataError, MlcError
from mlc_pipelines.settings import Settings
from mlc_pipelines.store.embedded import start_embedded
from mlc_pipelines.store.locks import Lock, lock_key
from mlc_pipelines.store.migrations import HEAD
from mlc_pipelines.store.tables import SCHEMA
from mlc_pipelines.visible import visible_in

_REFUSED_JSON = re.compile("\\\\u0000|[\ud800-\udfff]")


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
            # What is written holds codes and amounts: no error tells them.
            hide_parameters=True,
            json_serializer=_json,
            connect_args={
                "application_name": "mlc",
                "keepalives_idle": 30,
                "keepalives_interval": 10,
                "tcp_user_timeout": 30_000,
            },
        )
        event.listen(self.engine, "handle_error", _say_what_happened)

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
    def lock(self, name: str) -> Generator[Lock]:
        """Hold the advisory lock of that name, over all processes and hosts that use this database; wait for it.

        The lock lives as long as its connection, so a killed process frees it, and a holder whose connection was cut
        has lost it: it checks the lock right before each write. It is not re-entrant.

        Args:
            name: any text; the same text is the same lock.

        Raises:
            DatabaseLost: the database went away while it was waited for.
        """
        with self._lock_connection() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": lock_key(name)})
            with _releasing(Lock(name, connection)) as lock:
                yield lock

    @contextmanager
    def try_lock(self, name: str) -> Generator[Lock | None]:
        """As `lock`, but None when somebody else holds it."""
        with self._lock_connection() as connection:
            if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": lock_key(name)}):
                with _releasing(Lock(name, connection)) as lock:
                    yield lock
            else:
                yield None

    @contextmanager
    def _lock_connection(self) -> Generator[Connection]:
        connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            yield connection
        finally:
            with suppress(DatabaseLost):  # what happened before it must not be hidden by that
                connection.close()

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


@contextmanager
def _releasing(lock: Lock) -> Generator[Lock]:
    try:
        yield lock
    finally:
        lock.release()


def _say_what_happened(context: ExceptionContext) -> MlcError | None:
    """In place of the driver's error, with its statement and values: what it means for the caller."""
    error = context.original_exception
    if isinstance(error, psycopg.DataError):
        return DataError(
            f"The database refused a value that was to be stored (SQLSTATE {error.sqlstate or 'unknown'}).",
            hint="A text or an amount of the records is of no form that it takes; nothing was stored.",
        )
    gone = context.is_disconnect or context.connection is None
    if context.is_pre_ping or not gone or not isinstance(error, psycopg.OperationalError):
        return None
    reason = str(error).strip().splitlines()[0]
    return DatabaseLost(
        f"The database can't be used: {reason.rstrip('.')}.",
        hint="Look at MLC_DATABASE_URL, and whether the server runs.",
    )


def _json(document: Any) -> str:
    """JSON that Postgres takes: NUL and halves of characters, which it refuses, are written out."""
    written = json.dumps(document, ensure_ascii=False)
    return json.dumps(visible_in(document)) if _REFUSED_JSON.search(written) else written


def _has_version_table(connection: Connection) -> bool:
    return connection.scalar(text(f"SELECT to_regclass('{SCHEMA}.schema_version')")) is not None


def open_database(settings: Settings) -> Database:
    """The configured database, or the embedded server in `$MLC_HOME/pg`; migrated to the newest revision.

    Raises:
        DatabaseLost: it does not answer, or refuses us.
    """
    url = settings.database_url or start_embedded(settings.home / "pg")
    database = Database(url)
    try:
        database.migrate()
    except DatabaseLost:
        database.close()
        raise
    return database
