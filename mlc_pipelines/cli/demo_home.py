"""The folder of a demo: one demo at a time, and only what a demo made is ever deleted."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.store.embedded import in_use

_MARK = ".mlc-demo"
_STATE = ("storage", "pg", "dagster", "vault.key", ".pg.lock", ".pg.users")
_EARLIER = ("tenants", "calendars", "maps")
"""What demos made that did not write down what they made."""


class DemoHome:
    """A demo's home.

    Attributes:
        home: absolute.
    """

    def __init__(self, home: Path) -> None:
        self.home = home.absolute()
        self._mark = self.home / _MARK
        self._address = ""

    @contextmanager
    def taken(self) -> Generator[None]:
        """Hold it; nothing is deleted yet.

        Raises:
            ConfigurationError: it is somebody else's folder, a demo runs in it, or it can't be used.
        """
        try:
            if self.home.exists() and any(self.home.iterdir()) and not self._mark.exists():
                raise ConfigurationError(
                    f"{self.home} is not empty and no demo's folder.", hint="Choose another with --home."
                )
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._mark, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise ConfigurationError(
                f"The demo can't work in {self.home}: {error.strerror}.", hint="Choose another folder with --home."
            ) from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                told = self._told()
                raise ConfigurationError(
                    f"A demo runs here: {told.get('address', 'starting')} (process {told.get('pid', 'unknown')}).",
                    hint="Ctrl-C ends it. For a second one, choose another folder with --home.",
                ) from None
            yield
        finally:
            os.close(descriptor)

    def begin(self, address: str) -> None:
        """Delete what the demo before made, since the sandbox starts with empty models each time.

        Args:
            address: of the UI that is being started, for whoever comes second.

        Raises:
            ConfigurationError: another command still uses the database.
        """
        if in_use(self.home / "pg"):
            raise ConfigurationError(
                f"Another command still uses the database in {self.home}.",
                hint="End it (mlc dev, for one), or choose another folder with --home.",
            )
        for name in (*_STATE, *self._told().get("made", _EARLIER)):
            path = self.home / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        self._address = address
        self._tell([])

    def keep(self, files: Mapping[str, str]) -> None:
        """Write configuration, and write down that it is the demo's."""
        self._tell(list(files))
        for name, text in files.items():
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def _tell(self, made: list[str]) -> None:
        # In place: a renamed one would be another file than the one that is locked.
        self._mark.write_text(
            json.dumps({"pid": os.getpid(), "address": self._address, "made": made}), encoding="utf-8"
        )

    def _told(self) -> dict[str, Any]:
        with suppress(ValueError):
            return json.loads(self._mark.read_text(encoding="utf-8"))
        return {}
