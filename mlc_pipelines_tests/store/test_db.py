"""The database: migrations, locks over processes."""

from __future__ import annotations

import threading

import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from mlc_pipelines.store import migrations, tables
from mlc_pipelines.store.db import Database


def test_head_is_alembics_head():
    config = Config()
    config.set_main_option("script_location", str(next(iter(migrations.__path__))))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD


def test_migrations_make_exactly_the_tables_that_the_code_uses(database: Database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": "schema_version",
                "version_table_schema": tables.SCHEMA,
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == tables.SCHEMA,
                "compare_type": True,
            },
        )
        assert compare_metadata(context, tables.metadata) == []


def test_many_processes_may_migrate_at_once(make_database_url):
    database = Database(make_database_url())
    with database.engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP SCHEMA mlc CASCADE"))
    threads = [threading.Thread(target=Database(database.url).migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.engine.connect() as connection:
        assert connection.scalar(sqlalchemy.text("SELECT count(*) FROM mlc.schema_version")) == 1
        assert connection.scalar(sqlalchemy.text("SELECT count(*) FROM mlc.snapshot")) == 0


def test_url_for_dagster_names_its_driver():
    database = Database("postgresql://user:p%40ss@db.example/plan?sslmode=require")
    assert database.dagster_url == "postgresql+psycopg2://user:p%40ss@db.example/plan?sslmode=require"
    assert "p%40ss" not in repr(database.engine)
