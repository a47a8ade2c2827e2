"""Dagster's webserver behind the guard: `python -m mlc_pipelines.orchestration.webserver [--port N] [--read-only]`.

What `dagster-webserver` does, with a layer around its application; it has no option for one.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys

from mlc_pipelines.orchestration.instance import project_file
from mlc_pipelines.orchestration.web_guard import WebGuard
from mlc_pipelines.settings import load_settings

# As dagster-webserver has them: a query of the UI that hangs is given up, connections are renewed.
_STATEMENT_TIMEOUT_MS = 15_000
_POOL_RECYCLE_SECONDS = 3_600
_POOL_MAX_OVERFLOW = 20


def main() -> None:
    """Serve the UI of this installation until the process is told to end."""
    words = argparse.ArgumentParser(prog="mlc_pipelines.orchestration.webserver", description=__doc__)
    words.add_argument("--host", default="127.0.0.1", help="address to listen on")
    words.add_argument("--port", type=int, default=3000)
    words.add_argument("--read-only", action="store_true", help="nothing can be started or changed")
    given = words.parse_args()
    # uvicorn ends well and then raises the signal again: the code server below has to be ended as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(given.host, given.port, read_only=given.read_only)


def serve(host: str, port: int, *, read_only: bool = False) -> None:
    """Serve the UI at this address; DAGSTER_HOME and the `MLC_*` variables say of which installation.

    Raises:
        ConfigurationError: the environment can't be used.
    """
    import uvicorn
    from dagster import DagsterInstance
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster_webserver.app import create_app_from_workspace_process_context
    from dagster_webserver.version import __version__

    settings = load_settings(os.environ)
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(_STATEMENT_TIMEOUT_MS, _POOL_RECYCLE_SECONDS, _POOL_MAX_OVERFLOW)
        workspace = WorkspaceFileTarget([str(project_file("workspace.yaml"))])
        with WorkspaceProcessContext(instance, workspace, version=__version__, read_only=read_only) as context:
            app = create_app_from_workspace_process_context(context)
            guarded = WebGuard(app, port=port, origins=settings.ui_origins)
            uvicorn.run(guarded, host=host, port=port, log_level="warning")  # pyright: ignore[reportArgumentType]


if __name__ == "__main__":
    main()
