"""Alembic's way in: runs the revisions on the connection that `store.db` hands over."""

from __future__ import annotations

from alembic import context

from mlc_pipelines.store.tables import SCHEMA, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="schema_version",
    version_table_schema=SCHEMA,
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
