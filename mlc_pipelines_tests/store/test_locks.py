"""Locks over processes."""

from __future__ import annotations

import subprocess
import sys

from mlc_pipelines.store.db import Database

HOLD_LOCK = """
import sys
from mlc_pipelines.store.db import Database
with Database(sys.argv[1]).lock("model w/m"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_lock_excludes_other_processes_and_dies_with_its_process(database: Database):
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, database.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with database.try_lock("model w/m") as held:
        assert not held
    with database.try_lock("model w/other") as held:
        assert held
    other.kill()
    other.wait()
    with database.lock("model w/m") as held:
        assert held
