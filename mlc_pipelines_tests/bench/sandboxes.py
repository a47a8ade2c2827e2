"""The sample tenant's sandboxes in a process of their own, with books as large as asked for."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.anaplan import AnaplanSandbox, User
from mlc_sandbox.sample import PASSWORD, USER

FIRST_PERIOD = "FY2025-P01"
_END_OF_FIRST_PERIOD = date(2025, 1, 31)


class Sandboxes:
    """Running ones, as the parent sees them.

    Attributes:
        sample: configuration files, secrets and periods of the tenant.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.sample: dict[str, Any] = self._read()

    def take_log(self) -> dict[str, Any]:
        """Requests since this was asked last: `requests` of each server, moment of the `first` and the `last`."""
        assert self._process.stdin
        self._process.stdin.write("log\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


@contextmanager
def sandboxes(gl_lines: int, *, one_period: bool, kind: str = "netsuite") -> Iterator[Sandboxes]:
    """Serve an ERP's books of that many lines, all of them in `FIRST_PERIOD` or over all months until now."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, kind, str(gl_lines), *(["--one-period"] if one_period else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Sandboxes(process)
    finally:
        process.terminate()
        process.wait()


def make_home(home: Path, sample: dict[str, Any], environment: dict[str, str]) -> None:
    """Write the tenant's configuration and store its secrets."""
    for path, text in sample["files"].items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text, encoding="utf-8")
    runtime = Runtime.from_environment(environment)
    for name, value in sample["secrets"].items():
        runtime.vault.set(sample["tenant"], name, value)
    runtime.close()


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind")
    parser.add_argument("gl_lines", type=int)
    parser.add_argument("--one-period", action="store_true")
    given = parser.parse_args()
    clock = sandbox_clock()
    today = _END_OF_FIRST_PERIOD if given.one_period else None
    with (
        import_module(f"mlc_sandbox.{given.kind}.sample").serve(
            0, clock, gl_lines=given.gl_lines, today=today
        ) as sample,
        AnaplanSandbox([sample.model], [User(USER, PASSWORD)], clock=clock) as anaplan,
    ):
        tenant = sample.paired_with(anaplan)
        described = {name: getattr(tenant, name) for name in ("tenant", "files", "secrets", "periods")}
        _tell(described)
        for _ in sys.stdin:
            logs = {"ERP": list(tenant.erp.log), "Anaplan": list(anaplan.log)}
            tenant.erp.log.clear()
            anaplan.log.clear()
            moments = [request.at.timestamp() for log in logs.values() for request in log] or [0.0]
            polls = Counter("/tasks/" in request.path for request in logs["Anaplan"])[True]
            requests = {name: len(log) for name, log in logs.items()}
            _tell(
                {
                    "requests": requests,
                    "polls": polls,
                    "first": min(moments),
                    "last": max(moments),
                }
            )


def _tell(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main()
