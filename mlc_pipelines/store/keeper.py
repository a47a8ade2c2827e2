"""`python -m mlc_pipelines.store.keeper DIRECTORY`: runs the embedded server of that folder while it has users."""

from __future__ import annotations

import sys
from pathlib import Path

from mlc_pipelines.store.embedded import EmbeddedServer

if __name__ == "__main__":
    EmbeddedServer(Path(sys.argv[1])).keep()
