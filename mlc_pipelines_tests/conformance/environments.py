"""Python environments for independent clients: built once, kept under pytest's cache directory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import fasteners
import pytest

from mlc_sandbox.clock import SandboxClock


def machine_clock() -> SandboxClock:
    """A sandbox's clock for clients that sign or reckon ends by the machine's clock, as other people's do."""
    return SandboxClock(lambda: datetime.now(UTC))


def python_with(packages: Sequence[str], config: pytest.Config, *, name: str) -> Path:
    """A Python interpreter that has these packages; the test is skipped when they can't be installed here."""
    cache = config.cache
    assert cache is not None
    folder = cache.mkdir(name)
    home = folder / "-".join(packages)
    # Another worker of a parallel test run may be building it.
    with fasteners.InterProcessLock(folder / "lock"):
        if not (home / "ready").exists():
            _build(home, packages, name)
    return home / "bin" / "python"


def _build(home: Path, packages: Sequence[str], name: str) -> None:
    python = home / "bin" / "python"
    built = subprocess.run([sys.executable, "-m", "venv", "--clear", home], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    installed = subprocess.run(pip, capture_output=True, text=True, check=False)
    if installed.returncode:
        why = (installed.stderr.strip() or "it said nothing").splitlines()[-1]
        pytest.skip(f"no environment for {name}, because pip could not install it: {why}")
    (home / "ready").touch()
