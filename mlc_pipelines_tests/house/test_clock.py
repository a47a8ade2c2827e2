"""The machine's date is read in one place; everything else is given a clock or asks `SYSTEM_CLOCK`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from mlc_pipelines_tests.house.sources import MODULES, ROOT, SANDBOX_MODULES, imports_of

MACHINE = {
    "mlc_pipelines/clock.py": "it is the product's clock",
    "mlc_sandbox/clock.py": "it is the sandbox's, as a program",
    "mlc_pipelines_tests/clock.py": "it moves the product's clock, so it must know by how much",
    "mlc_pipelines_tests/conformance/environments.py": "clients of other people read the machine's clock",
    "mlc_pipelines_tests/conformance/netsuite_package_script.py": "such a client",
}
"""Who may read the machine's date, and why."""

SYSTEM_CLOCK = {
    "mlc_pipelines/flows/runtime.py": "where a process of the product gets its clock",
    "mlc_pipelines/http/client.py": "the clock of a client that nobody gave another",
    "mlc_pipelines/limits/pause.py": "with it the database's own clock rules, which hosts share",
    "mlc_pipelines/vault/secrets.py": "when a credential was stored; nothing is decided by it",
}
"""Who may ask the system's clock instead of one that is given, and why. Tests may: theirs shows a fixed date."""

READS = re.compile(
    r"\b(?:datetime\.(?:now|utcnow|today)|date\.today|Timestamp\.(?:now|utcnow|today)"
    r"|time\.(?:time|time_ns|localtime|gmtime|ctime|strftime)|func\.now|func\.current_\w+)\b"
)
"""The machine's date, or that of the database, which is another machine's."""

FILES = [
    path
    for folder in ("mlc_pipelines", "mlc_sandbox", "mlc_pipelines_tests", "tools")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path != Path(__file__)
]


def machine_reads(source: str) -> list[str]:
    """Where code reads the machine's date, `line: what`."""
    found: list[str] = []
    if not READS.search(source) and "from time import" not in source:
        return found  # most files: reading their grammar takes seconds
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and (read := READS.search(ast.unparse(node))):
            found.append(f"{node.lineno}: {read.group()}")
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [f"{node.lineno}: from time import {name.name}" for name in node.names if name.name == "time"]
    return found


def test_nobody_else_reads_the_machine_s_date():
    found = {str(path.relative_to(ROOT)): machine_reads(path.read_text(encoding="utf-8")) for path in FILES}
    elsewhere = {place: reads for place, reads in found.items() if reads and place not in MACHINE}
    assert not elsewhere, "take a clock; in tests, SYSTEM_CLOCK or mlc_pipelines_tests.clock.NOW"
    assert [place for place in MACHINE if not found[place]] == [], "these need their exception no more"


def test_the_product_is_given_its_clock():
    named = [path for path in MODULES if "SYSTEM_CLOCK" in path.read_text(encoding="utf-8")]
    own = {str(path.relative_to(ROOT)) for path in named if "mlc_pipelines.clock.SYSTEM_CLOCK" in imports_of(path)}
    assert own == set(SYSTEM_CLOCK), "take a clock as an argument"


def test_a_sandbox_is_given_its_clock():
    asked = {path.name for path in SANDBOX_MODULES if "mlc_sandbox.clock.machine_now" in imports_of(path)}
    assert asked == {"__main__.py"}


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)",
        "datetime.datetime.now(tz=x)",
        "dt.date.today()",
        "x = datetime.utcnow",
        "time.time()",
        "from time import time",
        "pd.Timestamp.now()",
        "sqlalchemy.func.now()",
        "field(default_factory=date.today)",
    ],
)
def test_what_reads_it_is_found(line: str):
    assert machine_reads(line)


@pytest.mark.parametrize("line", ["clock.now()", "time.monotonic()", "self.today", "time.sleep(1)", "books.now()"])
def test_what_does_not_is_left_alone(line: str):
    assert not machine_reads(line)
