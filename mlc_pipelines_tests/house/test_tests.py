"""The tests' own rules: nothing of ours is put in place of ours, and no test stands on another."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlc_pipelines_tests.house.sources import ROOT, TEST_MODULES, imports_of

OURS = ("mlc_pipelines", "mlc_sandbox")

MOVED = {"mlc_pipelines_tests/clock.py": "it gives every process the tests' date, and no setting of ours does that"}
"""Who puts something in the place of our own code all the same, and why."""

_PUTTERS = re.compile(
    r"(monkeypatch|patch|mp)\.(set|del)(attr|item)|(mock\.|mocker\.)?patch(\.object|\.multiple|\.dict)?"
)
"""Of `pytest.MonkeyPatch` and `unittest.mock`: those that take what they change as their first argument."""


def test_no_test_module_is_imported():
    """What tests share stands in a module that is named after what it is: nobody looks for it in a test."""
    taken = {place(path): sorted(name for name in imports_of(path) if ".test_" in name) for path in TEST_MODULES}
    assert not {path: names for path, names in taken.items() if names}


def test_nothing_of_ours_is_patched():
    """Where something else is needed, the code takes it as an argument: then it is known what was tried."""
    found = {place(path): list(patches(path.read_text(encoding="utf-8"))) for path in TEST_MODULES}
    assert {path for path, lines in found.items() if lines} == set(MOVED), {
        path: lines for path, lines in found.items() if lines and path not in MOVED
    }


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def patches(source: str) -> Iterator[str]:
    """Where something is put in the place of what is not another's, `line: what`."""
    tree = ast.parse(source)
    ours, others = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            for alias in node.names:
                whole = module or alias.name
                name = alias.asname or (alias.name if module else alias.name.partition(".")[0])
                (ours if whole.startswith(OURS) else others).add(name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _PUTTERS.fullmatch(ast.unparse(node.func)):
            target = node.args[0]
            named = str(target.value) if isinstance(target, ast.Constant) else None
            if named.startswith(OURS) if named is not None else root_of(target) not in others:
                yield f"{node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) and root_of(node) in ours:
            yield f"{node.lineno}: {ast.unparse(node)}"


def root_of(target: ast.expr) -> str:
    """The name that an expression begins with: `cells` of `cells.limits[0].most`."""
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


@pytest.mark.parametrize(
    "line",
    [
        "monkeypatch.setattr(cells, 'CELLS_PER_CALL', 10)",
        "monkeypatch.setattr('mlc_pipelines.anaplan.cells.CELLS_PER_CALL', 10)",
        "monkeypatch.setattr(world, 'full', True)",
        "monkeypatch.setitem(cells.KNOWN, 'x', 1)",
        "patch.setattr(mlc_pipelines.clock, 'SYSTEM_CLOCK', None)",
        "mock.patch('mlc_sandbox.clock.machine_now')",
        "mock.patch.object(cells, 'write_cells')",
        "with patch('mlc_sandbox.clock.machine_now'): pass",
        "cells.CELLS_PER_CALL = 10",
        "del cells.CELLS_PER_CALL",
        "mlc_pipelines.clock.SYSTEM_CLOCK = None",
    ],
)
def test_what_patches_is_found(line: str):
    assert list(patches(f"import mlc_pipelines.clock\nfrom mlc_pipelines.anaplan import cells\n{line}"))


@pytest.mark.parametrize(
    "line",
    [
        "monkeypatch.setenv('MLC_HOME', 'x')",
        "monkeypatch.setattr(sys, 'argv', [])",
        "mock.patch.dict(os.environ, {})",
        "monkeypatch.setattr('time.sleep', None)",
        "client.patch('/journals(5)', json={})",
        "world.full = True",
        "vars(world)['full'] = True",
    ],
)
def test_what_does_not_is_left_alone(line: str):
    assert not list(patches(f"import os, sys\nfrom mlc_pipelines.anaplan import cells\n{line}"))
