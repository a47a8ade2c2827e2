"""Measuring a function in a process of its own, several times, in turn with what it is compared with."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Measured:
    """One measurement.

    Attributes:
        seconds: wall time of the measured part, imports and connecting to the database left out.
        cpu_seconds: of the whole process in that time, all threads.
        peak_mb: most memory that the process ever had resident (VmHWM), in millions of bytes.
        base_mb: the same before the measured part began: interpreter and imports.
        figures: what else the function tells.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    base_mb: float
    figures: Mapping[str, Any]


class Stopwatch:
    """Given to a measured function, which enters it around what counts."""

    def __init__(self) -> None:
        self.seconds = self.cpu_seconds = self.base_mb = 0.0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self.base_mb = peak_mb()
        began, cpu_began = time.perf_counter(), time.process_time()
        yield
        self.seconds = time.perf_counter() - began
        self.cpu_seconds = time.process_time() - cpu_began


def peak_mb() -> float:
    """VmHWM of this process. (`ru_maxrss` would not do: a child inherits that of its parent.)"""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("no VmHWM: peak memory can be measured on Linux only")


def measure(function: Callable[..., Any], **arguments: Any) -> Measured:
    """Run a module's function in a fresh process; it takes a stopwatch and the arguments, and gives figures."""
    order = json.dumps({"module": function.__module__, "name": function.__name__, "arguments": arguments})
    done = subprocess.run([sys.executable, "-m", __name__, order], stdout=subprocess.PIPE, text=True, check=True)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def measure_in_turn(repetitions: int, cases: Mapping[str, Callable[[], Measured]]) -> dict[str, list[Measured]]:
    """Each case so many times, one after the other and then again: what disturbs the machine disturbs all of them."""
    found: dict[str, list[Measured]] = {name: [] for name in cases}
    for repetition in range(repetitions):
        for name, case in cases.items():
            found[name].append(case())
            say(f"  {name}, {repetition + 1} of {repetitions}: {found[name][-1].seconds:.2f} s")
    return found


def middle(measured: list[Measured], what: str = "seconds") -> float:
    """The median."""
    return median(getattr(each, what) for each in measured)


def best(measured: list[Measured]) -> float:
    """The least seconds: what disturbs the machine only ever adds."""
    return min(each.seconds for each in measured)


def say(text: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(f"{text}\n")


def _child() -> None:
    order = json.loads(sys.argv[1])
    stopwatch = Stopwatch()
    figures = getattr(importlib.import_module(order["module"]), order["name"])(stopwatch, **order["arguments"]) or {}
    measured = Measured(stopwatch.seconds, stopwatch.cpu_seconds, peak_mb(), stopwatch.base_mb, figures)
    sys.stdout.write(json.dumps(vars(measured)) + "\n")


if __name__ == "__main__":
    _child()
