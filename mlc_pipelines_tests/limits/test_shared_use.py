"""Who leaves last, over connections and processes."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from mlc_pipelines.limits import SharedUse
from mlc_pipelines.store.db import Database

_OTHER = """
import sys
from mlc_pipelines.limits import SharedUse
from mlc_pipelines.store.db import Database
use = SharedUse(Database(sys.argv[1]), "session")
print("in use", flush=True)
sys.stdin.read()
"""


def test_the_last_one_is_told(database: Database):
    first, second, other = (SharedUse(database, name) for name in ("session", "session", "another"))
    assert not first.end()
    assert second.end()
    assert other.end()
    assert SharedUse(database, "session").end()


def test_a_killed_process_uses_nothing_any_more(database: Database):
    with subprocess.Popen(
        [sys.executable, "-c", _OTHER, database.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in use\n"
        assert not SharedUse(database, "session").end()
        process.kill()
        process.wait()
    # The server notices in its own time; a lock of ours waits for it.
    with database.lock("session"):
        pass
    assert SharedUse(database, "session").end()


def test_without_an_answer_one_is_the_last(database: Database, caplog: pytest.LogCaptureFixture):
    lost = Database(database.url)
    use = SharedUse(lost, "session")
    cut = use._connection.connection.dbapi_connection
    assert cut is not None
    cut.close()  # as when the network is cut
    with caplog.at_level(logging.WARNING):
        assert use.end()
    assert "Nobody can say" in caplog.text
