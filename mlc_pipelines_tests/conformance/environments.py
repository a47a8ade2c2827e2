"""Python environments for independent clients: built once, kept under pytest's cache directory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest


def python_with(packages: Sequence[str], config: pytest.Config, *, name: str) -> Path:
    """A Python interpreter that has these packages; the test is skipped when they can't be installed here."""
    cache = config.cache
    assert cache is not None
    home = cache.mkdir(name) / "-".join(packages)
    python = home / "bin" / "python"
    ready = home / "ready"
    if ready.exists():
        return python
    built = subprocess.run([sys.executable, "-m", "venv", "--clear", home], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    installed = subprocess.run(pip, capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip(f"No environment for {name}, because pip could not install it: {installed.stderr[-300:]}")
    ready.touch()
    return python
