"""What the measured product stands on: a migrated database on a server that is already running, a storage, a home."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from cryptography.fernet import Fernet

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.http import TokenCache
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.embedded import start_embedded
from mlc_pipelines.vault import VaultKeys


@cache
def _servers() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="mlc-bench-postgres-"))
    # Registered before the servers register their own end, so that it is done after that.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def database() -> Iterator[str]:
    """The URL of a migrated database on a fresh server, which lives as long as this process."""
    url = start_embedded(_servers() / uuid.uuid4().hex)
    opened = Database(url)
    opened.migrate()
    try:
        yield url
    finally:
        opened.close()


def tokens(opened: Database) -> TokenCache:
    """A token cache with a key of its own."""
    return TokenCache(opened, VaultKeys([Fernet.generate_key().decode()], "the benchmark"), SYSTEM_CLOCK)
