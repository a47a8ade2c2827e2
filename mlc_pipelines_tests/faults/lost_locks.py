"""Locks whose database connection ends in the middle of a run, at a point that a request to Anaplan marks."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy
from sqlalchemy.engine import make_url

from mlc_pipelines.store.locks import lock_key
from mlc_pipelines_tests.world import World
from mlc_sandbox.serving import Fault, first

IMPORT_POINTS = {
    "while the model is asked whether it is free": ("GET", "/status$"),
    "when the file is begun": ("POST", "/files/[0-9]+$"),
    "when a chunk is sent": ("PUT", "/chunks/0$"),
    "when the file is completed": ("POST", "/complete$"),
    "when the task is started": ("POST", "/tasks$"),
    "when the task is looked at": ("GET", "/tasks/[0-9A-F]+$"),
}
"""Each marks a moment at which the locks were just checked, or need no check, and the request is on its way."""

LIST_POINTS = {
    "when members are added": ("POST", "action=add$"),
    "when members are changed": ("PUT", "/items$"),
    "when members are deleted": ("POST", "action=delete$"),
}
CELL_POINTS = {
    "when the members are read": ("GET", "/dimensions/[0-9]+/items$"),
    "when cells are written": ("POST", "/data$"),
}

_END = sqlalchemy.text("""
    SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (CAST(classid AS bigint) << 32) | CAST(objid AS bigint) = :key
""")


def lock_names(world: World, entity: str, load: str, key: str | None = None) -> dict[str, str]:
    """The locks of a load: the model's and its own."""
    anaplan = world.runtime.tenant(world.tenant).anaplan
    return {
        "the model's lock": f"anaplan model {anaplan.workspace_id} {anaplan.model_id}",
        "the load's lock": f"load {load!r} of {world.tenant} {entity} {key or world.closed}",
    }


def end_lock(database_url: str, name: str) -> int:
    """End the connection that holds a lock, as a restart or failover of the server does; gives how many it were."""
    engine = sqlalchemy.create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as connection:
            return len(connection.execute(_END, {"key": lock_key(name)}).all())
    finally:
        engine.dispose()


def end_locks_at(world: World, point: tuple[str, str], *names: str, then: Callable[[], object] = lambda: None) -> list:
    """At the next request of that kind: the connections end, `then` happens, and only then Anaplan gets the request.

    Returns:
        Filled with the number of connections that were ended, once they are.
    """
    ended: list[int] = []

    def act() -> None:
        ended.append(sum(end_lock(world.settings.database_url or "", name) for name in names))
        then()

    world.anaplan.faults.add(Fault(*point, first(act)))
    return ended
