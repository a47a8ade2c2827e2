"""An error that nobody foresaw, for people: one sentence, and the details in a file of the user's own."""

from __future__ import annotations

import os
import tempfile
import traceback
from pathlib import Path

from mlc_pipelines.errors import MlcError
from mlc_pipelines.redaction import redact


def unforeseen(error: Exception, home: Path) -> MlcError:
    """Keep the details in `home`, else in the machine's folder for temporary files, and say where."""
    folder = home if home.is_dir() and os.access(home, os.W_OK) else None
    descriptor, path = tempfile.mkstemp(prefix="mlc-error-", suffix=".log", dir=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(redact("".join(traceback.format_exception(error))))
    return MlcError(
        "Something went wrong that mlc doesn't know.", hint=f"The details are in {path}; send them to support."
    )
