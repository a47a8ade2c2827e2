"""Programs beside `mlc` end with it."""

from __future__ import annotations

import subprocess
import sys

import psutil

STARTER = """
import signal
from mlc_pipelines.cli.processes import program
with program("mlc_sandbox", "--json", "--erp", "syspro") as started:
    print(started.pid, started.stdout.readline(), flush=True)
    signal.pause()
"""


def test_a_program_ends_with_a_starter_that_was_killed():
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        number, _, told = starter.stdout.readline().partition(" ")
        assert "tenants" in told, "it serves"
        beside = psutil.Process(int(number))
        starter.kill()
    _, alive = psutil.wait_procs([beside], timeout=20)
    assert alive == []
