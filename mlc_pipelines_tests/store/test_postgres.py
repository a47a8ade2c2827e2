"""PostgreSQL's own programs on a folder: where it listens, who may connect, what is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import psycopg
import pytest

from mlc_pipelines.errors import Unavailable
from mlc_pipelines.store.embedded import start_embedded
from mlc_pipelines_tests.store.server_users import asks, copied, ended, joined, keeper, servers


@pytest.mark.parametrize("name", ["long" * 30, "with, comma", "with space & %41?#"])
def test_any_path_will_do(made: Path, tmp_path: Path, name: str):
    directory = copied(made, tmp_path / name)
    user = joined(directory)
    assert asks(user.url) == 42
    socket = Path((directory / "postmaster.pid").read_text(encoding="utf-8").splitlines()[4])
    folder = directory / socket
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.stat().st_uid == directory.stat().st_uid
    ended(user)
    assert folder == directory or not folder.exists()


def test_a_socket_folder_that_a_crash_left_is_removed(made: Path, tmp_path: Path):
    directory = copied(made, tmp_path / ("long" * 30))
    user = joined(directory)
    left = Path((directory / "postmaster.pid").read_text(encoding="utf-8").splitlines()[4])
    keeper(directory).kill()
    servers(directory)[0].kill()
    user.kill()
    assert left.exists()
    ended(joined(directory))
    assert not left.exists()


def test_a_database_that_let_everybody_in_no_longer_does(directory: Path):
    """As earlier versions made them."""
    (directory / "pg_hba.conf").write_text("local all all trust\n", encoding="utf-8")
    user = joined(directory)
    with psycopg.connect(user.url) as connection:
        methods = connection.execute("SELECT auth_method FROM pg_hba_file_rules").fetchall()
    assert methods == [("peer",)]
    ended(user)


def test_a_database_of_another_version_is_refused(directory: Path):
    (directory / "PG_VERSION").write_text("16\n", encoding="utf-8")
    with pytest.raises(Unavailable, match="was made by PostgreSQL 16"):
        start_embedded(directory)


def test_a_server_that_refuses_to_start_is_quoted(directory: Path):
    (directory / "postgresql.auto.conf").write_text("shared_buffers = 'lots'\n", encoding="utf-8")
    with pytest.raises(Unavailable, match=r"did not start: .*shared_buffers"):
        start_embedded(directory)


def test_signals_of_the_terminal_do_not_reach_it(directory: Path):
    """Ctrl-C goes to the whole group of the foreground: the run that it ends still has to write."""
    user = joined(directory, start_new_session=True)
    server = servers(directory)[0]
    assert os.getsid(server.pid) != os.getsid(user.process.pid)
    assert os.getpgid(server.pid) != os.getpgid(user.process.pid)
    ended(user)
