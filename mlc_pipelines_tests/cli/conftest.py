"""Commands as a user types them, run in this process unless a test wants one of its own."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from mlc_pipelines.cli.main import main
from mlc_pipelines_tests.config.filling import filled_template
from mlc_pipelines_tests.world import LEDGER, World, disconnect, open_world


@dataclass(frozen=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its stdout, which has to be one JSON document and nothing else."""
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """Its stderr on one line: how it is wrapped is not what tests are about."""
        return " ".join(self.err.split())


Mlc = Callable[..., Done]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Mlc:
    """Runs `mlc ARGUMENTS` with an environment."""

    def run(environment: dict[str, str], *arguments: str, text: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["mlc", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        capsys.readouterr()
        with mock.patch.dict(os.environ, environment, clear=True), pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        code = ended.value.code or 0
        assert isinstance(code, int), code
        return Done(code, out, err)

    return run


@pytest.fixture
def at(command: Mlc, tmp_path: Path, make_database_url) -> Iterator[Mlc]:
    """Runs `mlc ARGUMENTS` on a home of its own, `tmp_path`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLC_", "DAGSTER_"))}
    url = make_database_url()
    environment = {**kept, "MLC_HOME": str(tmp_path), "MLC_DATABASE_URL": url}
    yield lambda *arguments, **options: command(environment, *arguments, **options)
    disconnect(url)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    """Sandboxes and a tenant, shared by the tests of a module."""
    home = tmp_path_factory.mktemp("home")
    with open_world(home, make_database_url(), only=LEDGER, real_time=True, gl_lines=3000) as world:
        yield world


@pytest.fixture
def mlc(command: Mlc, world: World) -> Mlc:
    """Runs `mlc ARGUMENTS` on the world."""
    return lambda *arguments, **options: command(world.environment, *arguments, **options)


@pytest.fixture
def started(tmp_path: Path) -> Path:
    """A home as `mlc init` makes it, filled in."""
    filled_template(tmp_path, "netsuite")
    return tmp_path
