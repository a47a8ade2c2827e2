"""The embedded server: who gets in, who is joined, who is stopped, and that none is left behind."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.store.embedded import start_embedded
from mlc_pipelines_tests.store.server_users import AS_ROOT, USER, asks, ended, joined, servers


def test_it_lives_as_long_as_its_users(directory: Path):
    first, second = joined(directory), joined(directory)
    assert len(servers(directory)) == 1
    ended(first)
    assert asks(second.url) == 42
    ended(second)
    assert not servers(directory)
    assert not (directory / "postmaster.pid").exists()


@contextmanager
def stranger(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A living process whose number stands in `postmaster.pid`; PostgreSQL itself would refuse to start."""
    owner = directory.stat().st_uid
    process = subprocess.Popen(["sleep", "600"], user=owner if AS_ROOT else None)
    state = [str(process.pid), str(directory), "1700000000", "5432", str(directory), "", "1 1", "ready"]
    (directory / "postmaster.pid").write_text("\n".join(state) + "\n", encoding="utf-8")
    os.chown(directory / "postmaster.pid", owner, -1)
    yield process
    assert process.poll() is None
    process.kill()
    process.wait()


def test_a_stranger_with_the_old_number_is_neither_believed_nor_stopped(directory: Path):
    with stranger(directory):
        user = joined(directory)
        assert asks(user.url) == 42
        ended(user)
        assert not servers(directory)


def test_a_server_that_crashed_is_started_again_for_those_who_use_it(directory: Path):
    user = joined(directory)
    server = servers(directory)[0]
    server.kill()
    server.wait(10)
    other = joined(directory)
    assert asks(user.url) == asks(other.url) == 42
    ended(user, other)
    assert not servers(directory)


def test_many_come_and_go_at_once(directory: Path):
    def come() -> list[subprocess.Popen[str]]:
        line = [sys.executable, "-c", USER, str(directory)]
        return [
            subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(4)
        ]

    for user in [*come(), *come()]:
        _, complaint = user.communicate(timeout=100)
        assert user.returncode == 0, complaint
    assert not servers(directory)


def test_nothing_of_somebody_elses_is_opened(tmp_path: Path):
    parent = tmp_path / "private"
    parent.mkdir(mode=0o700)
    above = {folder: folder.stat().st_mode for folder in (parent, tmp_path, tmp_path.parent)}
    directory = parent / "home" / "pg"
    user = joined(directory)  # makes it
    assert asks(user.url) == 42
    assert {folder: folder.stat().st_mode for folder in above} == above
    assert stat.S_IMODE(directory.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert not [path for path in directory.parent.rglob("*") if path.lstat().st_mode & 0o077 and not path.is_socket()]
    ended(user)


def test_what_a_killed_start_left_is_swept(tmp_path: Path):
    half = tmp_path / ".pg.new-left"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n", encoding="utf-8")
    ended(joined(tmp_path / "pg"))
    assert not half.exists()


@pytest.mark.parametrize("home", ["/proc/home", "/sys/home", "/dev/null/home"])
def test_a_home_where_nothing_can_be_made_is_refused_in_words(home: str):
    with pytest.raises(ConfigurationError, match="can't work in"):
        start_embedded(Path(home) / "pg")
