"""`mlc demo --once`: the first thing that anybody tries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_the_demo_ends_well(tmp_path: Path):
    """With the embedded server and nothing configured; what it leaves can be looked at by other commands."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLC_", "DAGSTER_"))}
    home = tmp_path / "demo"

    def mlc(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mlc_pipelines.cli.main", *arguments],
            env={**environment, **more},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    done = mlc("demo", "--once", "--erp", "netsuite", "--home", str(home))
    assert done.returncode == 0, done.stderr
    assert "tie-out: 0.00 difference" in done.stdout
    status = mlc("status", "--json", MLC_HOME=str(home))
    assert status.returncode == 0, status.stderr
    assert '"state": "green"' in status.stdout
    assert '"state": "red"' not in status.stdout


def test_the_demo_spoils_no_folder_of_somebody_else(tmp_path: Path):
    (tmp_path / "letters.txt").write_text("dear", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mlc_pipelines.cli.main", "demo", "--once", "--home", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "Choose another with --home" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]
