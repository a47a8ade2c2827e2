"""The sources that the rules of the house are about, and what they import."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "mlc_pipelines"
SANDBOX = ROOT / "mlc_sandbox"
TESTS = ROOT / "mlc_pipelines_tests"

MODULES = sorted(PACKAGE.rglob("*.py"))
SANDBOX_MODULES = sorted(SANDBOX.rglob("*.py"))
TEST_MODULES = sorted(TESTS.rglob("*.py"))


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Full names of all modules that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)
