"""Alembic migrations of our schema, applied when the database is opened, under a lock."""

HEAD = "0005"
"""Newest revision; a test holds it equal to Alembic's head. It spares a start with nothing to do Alembic's import."""
