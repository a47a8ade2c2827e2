"""The Dagster instance of this installation: its folder, its database, the environment that its processes need."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import mlc_pipelines
from mlc_pipelines.flows.runtime import Runtime

_PACKAGE = Path(mlc_pipelines.__file__).parent


def project_file(name: str) -> Path:
    """A file that stands at the top of the project; a wheel carries it inside the package."""
    packaged = _PACKAGE / name
    return packaged if packaged.exists() else _PACKAGE.parent / name


def prepare_instance(runtime: Runtime) -> dict[str, str]:
    """Make `$MLC_HOME/dagster`, and set the environment of this process and of those that it will start.

    Returns:
        What was set. It holds the database's password: for child processes only.
    """
    home = runtime.settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():  # an operator may have set limits of their own
        shutil.copyfile(project_file("dagster.yaml"), home / "dagster.yaml")
    environment = {
        "DAGSTER_HOME": str(home),
        "MLC_HOME": str(runtime.settings.home),
        # Children share the server that this process started, and must not start one of their own.
        "MLC_DATABASE_URL": runtime.database.url,
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }
    os.environ.update(environment)
    return environment
