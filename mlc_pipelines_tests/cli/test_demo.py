"""`mlc demo`: the first thing that anybody tries, and what it leaves behind: nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

MLC = [sys.executable, "-m", "mlc_pipelines.cli.main"]


def environment(**more: str) -> dict[str, str]:
    return {**{key: value for key, value in os.environ.items() if not key.startswith(("MLC_", "DAGSTER_"))}, **more}


def mlc(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MLC, *arguments],
        env=environment(**more),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@contextmanager
def demo(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """As on a terminal: in a group of its own, which gets the signals."""
    process = subprocess.Popen(
        [*MLC, "demo", "--erp", "netsuite", "--home", str(home), *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(process: subprocess.Popen[str], word: str) -> str:
    """What it says up to a line with that word."""
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if word in line:
            return said
    raise AssertionError(said)


def ended(process: subprocess.Popen[str], number: int) -> tuple[str, float]:
    """What it says after a signal to its group, and how long it takes; nothing that it started is left."""
    below = psutil.Process(process.pid).children(recursive=True)
    began = time.monotonic()
    os.killpg(process.pid, number)
    said, _ = process.communicate(timeout=60)
    took = time.monotonic() - began
    _, alive = psutil.wait_procs(below, timeout=10)
    assert not alive
    return said, took


def test_the_demo_ends_well(tmp_path: Path):
    """With the embedded server and nothing configured; what it leaves can be looked at by other commands."""
    home = tmp_path / "demo"
    with closing(socket.create_server(("127.0.0.1", 0))) as taken, demo(home, "--port", taken_port(taken)) as process:
        said = until(process, "is tied out")
        assert f"Port {taken_port(taken)} is taken; the UI will be on " in said
        said += until(process, "Ctrl-C ends the demo")
        assert "tie-out: 0.00 difference" in said
        link = next(line.split()[-1] for line in said.splitlines() if line.startswith("A tie-out:"))
        address, _, page = link.partition("/assets/")
        assert page.startswith("netsuite/tie_out?view=partitions&partition=FY2026-P")
        assert urllib.request.urlopen(link, timeout=20).status == 200
        (home / "tenants" / "mine.yaml").write_text("# a note of my own", encoding="utf-8")

        second = mlc(tmp_path, "demo", "--once", "--home", str(home))
        assert second.returncode == 2
        assert f"A demo runs here: {address} (process {process.pid})" in second.stderr
        (home / "tenants" / "mine.yaml").unlink()
        status = mlc(tmp_path, "status", "--json", MLC_HOME=str(home))
        assert status.returncode == 0, status.stderr
        assert '"state": "green"' in status.stdout
        assert '"state": "red"' not in status.stdout

        said, _ = ended(process, signal.SIGINT)
        assert process.returncode == 0
        assert "Traceback" not in said
    assert home.stat().st_mode & 0o077 == 0


def taken_port(listener: socket.socket) -> str:
    return str(listener.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_stopped_in_the_middle_leaves_nothing(tmp_path: Path, number: int):
    """What others put into its folder stays, also when the next one begins."""
    home = tmp_path / "demo"
    with demo(home, "--port", "3900") as process:
        until(process, "Starting")
        deadline = time.monotonic() + 120
        while not list(home.glob("storage/snapshots/**/*.parquet")) and time.monotonic() < deadline:
            time.sleep(0.1)
        said, took = ended(process, number)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert took < 15
    (home / "letters.txt").write_text("dear", encoding="utf-8")
    with demo(home) as process:
        until(process, "Starting")
        os.killpg(process.pid, number)
        process.communicate(timeout=60)
    assert not (home / "storage").exists()
    assert (home / "letters.txt").read_text(encoding="utf-8") == "dear"


def test_the_demo_spoils_no_folder_of_somebody_else(tmp_path: Path):
    (tmp_path / "letters.txt").write_text("dear", encoding="utf-8")
    done = mlc(tmp_path, "demo", "--once", "--home", str(tmp_path))
    assert done.returncode == 2
    assert "Choose another with --home" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


@pytest.mark.parametrize("command", [["demo", "--once"], ["dev"]])
def test_a_port_that_is_none_is_refused_in_words(tmp_path: Path, command: list[str]):
    done = mlc(tmp_path, *command, "--port", "99999", MLC_HOME=str(tmp_path / "home"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "65535" in done.stderr


@pytest.mark.parametrize("home", ["/proc/home", "file/home"])
def test_a_home_where_nothing_can_be_made_is_refused_in_words(tmp_path: Path, home: str):
    (tmp_path / "file").touch()
    tried = [
        mlc(tmp_path, "demo", "--once", "--home", home),
        mlc(tmp_path, "status", MLC_HOME=home),
        mlc(tmp_path, "init", home, "--erp", "netsuite"),
    ]
    for done in tried:
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr
