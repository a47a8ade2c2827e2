"""A home whose database is made already."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlc_pipelines_tests.store.server_users import copied, ended, joined


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose database is made already: making one takes a second."""
    home = tmp_path_factory.mktemp("made")
    ended(joined(home / "pg"))
    return home


@pytest.fixture
def directory(made: Path, tmp_path: Path) -> Path:
    return copied(made, tmp_path / "home")
