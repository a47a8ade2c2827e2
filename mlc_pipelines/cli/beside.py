"""A module as a program that ends with the one that started it, however that ends: also by a kill that it can't catch.

`python -m mlc_pipelines.cli.beside MODULE [ARGUMENT ...]`, in a group of its own, its stdin a pipe that the starter
holds and writes nothing to.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import time
from threading import Thread

PATIENCE = 2.0
"""Seconds for the group to end well."""


def main() -> None:
    """Run the module."""
    sys.argv = sys.argv[1:]
    Thread(target=_end_with_the_starter, daemon=True).start()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_with_the_starter() -> None:
    while os.read(0, 1):
        pass
    # The pipe is closed: nobody holds its other end any more.
    os.killpg(0, signal.SIGTERM)
    time.sleep(PATIENCE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
