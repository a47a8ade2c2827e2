"""Processes that use an embedded server, and what is seen of it from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

USER = """
import sys
from pathlib import Path
from mlc_pipelines.store.embedded import start_embedded
from mlc_pipelines.store.postgres import bundled_programs
print(start_embedded(Path(sys.argv[1])), flush=True)
sys.stdin.readline()
"""
AS_ROOT = os.geteuid() == 0


def copied(made: Path, home: Path) -> Path:
    """Another home with the same database."""
    subprocess.run(["cp", "-a", str(made), str(home)], check=True)
    return home / "pg"


@dataclass
class User:
    """A process that uses the server until its stdin says so."""

    process: subprocess.Popen[str]
    url: str

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def joined(directory: Path, python: Sequence[str] = (sys.executable,), **more: Any) -> User:
    """One that is started, and let in."""
    line = [*python, "-c", USER, str(directory)]
    process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert url.startswith("postgresql://"), process.communicate()
    return User(process, url)


def ended(*users: User) -> None:
    for user in users:
        user.process.communicate("\n", timeout=60)
        assert user.process.returncode == 0


def servers(directory: Path) -> list[psutil.Process]:
    """All processes of a server on this folder: found without the product, by the folder's name."""
    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
        except psutil.Error:
            continue
        if line and Path(line[0]).name == "postgres" and any(str(directory) in part for part in line):
            found.append(process)
    return found


def soon(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def asks(url: str) -> int:
    with psycopg.connect(url) as connection:
        ((answer,),) = connection.execute("SELECT 41 + 1").fetchall()
        return answer


def keeper(directory: Path) -> psutil.Process:
    found = servers(directory)[0].parent()
    assert found is not None
    return found
