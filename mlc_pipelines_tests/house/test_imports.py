"""The import rules of the house: down only, and the words of a vendor in its own package."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from mlc_pipelines_tests.house.sources import MODULES, PACKAGE, ROOT, SANDBOX, SANDBOX_MODULES, imports_of

LAYERS = [
    {"errors", "clock", "settings", "redaction", "findings", "visible", "unforeseen", "vocabulary"},
    {"fiscal"},
    {"config"},
    {"store"},
    {"vault"},
    {"limits"},
    {"http"},
    {"erp", "anaplan"},
    {"flows"},
    {"orchestration"},
    {"cli"},
    {"definitions", "notebook"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def roots_of(path: Path) -> set[str]:
    """The packages that a file imports from."""
    return {name.split(".")[0] for name in imports_of(path)}


def part_of(path: Path) -> str:
    """The part of the house that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def own_parts(path: Path) -> set[str]:
    """The other parts that a file imports."""
    names = {name.split(".")[1] for name in imports_of(path) if name.startswith("mlc_pipelines.")}
    return {name for name in names if name in RANK} - {part_of(path)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path):
    part = part_of(path)
    used = own_parts(path)
    assert "mlc_sandbox" not in roots_of(path), "the product starts it as a program"
    if part == "__init__":
        assert not used
    else:
        upward = {name for name in used if RANK[name] > RANK[part]}
        assert not upward
        assert not {"erp", "anaplan"} <= used | {part} or RANK[part] > RANK["erp"]


@pytest.mark.parametrize("path", SANDBOX_MODULES, ids=lambda path: str(path.relative_to(SANDBOX)))
def test_the_sandbox_knows_nothing_of_the_product(path: Path):
    """Written by what the vendors document, it can prove something of a client; it has none of its words."""
    assert not roots_of(path) & {"mlc_pipelines", "mlc_pipelines_tests", "httpx", "dagster"}


def deepest(names: Collection[str]) -> set[str]:
    """Without the packages of other names: `from mlc_sandbox.rest import oauth` means the module, not the package."""
    return {name for name in names if not any(other.startswith(f"{name}.") for other in names)}


def test_the_sandbox_has_no_import_circles():
    """Nor one that only types draw: who has to know whom is decided, and the other one is told."""
    dotted = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in SANDBOX_MODULES}
    modules = {name.removesuffix(".__init__"): path for name, path in dotted.items()}
    graph = {name: deepest(imports_of(path) & modules.keys()) for name, path in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(f"imports in a circle: {' <- '.join(circle.args[1])}")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_frameworks_stay_in_their_place(path: Path):
    roots = roots_of(path)
    part = part_of(path)
    if part not in {"orchestration", "cli", "definitions"}:
        assert not {root for root in roots if root.startswith("dagster")}
    if part != "http":
        assert "httpx" not in roots
    assert not roots & {"starlette", "sqlglot"}
    assert "uvicorn" not in roots or path.name == "webserver.py"
    assert "duckdb" not in roots or path.name == "columns.py"
    assert "pandas" not in roots or path.name == "notebook.py"


@cache
def vendors() -> list[str]:
    return [path.name for path in (PACKAGE / "erp").iterdir() if path.is_dir() and path.name != "__pycache__"]


@pytest.mark.parametrize("path", [*MODULES, *SANDBOX_MODULES], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_vendor_is_named_in_its_own_package_only(path: Path):
    inside = path.relative_to(ROOT)
    for vendor in vendors():
        if vendor in inside.parts:
            others = [f"{home}.{other}" for home in _HOMES for other in vendors() if other != vendor]
            assert not [name for name in imports_of(path) if name.startswith(tuple(others))]
        elif inside not in {Path("mlc_pipelines/erp/catalogue.py"), Path("mlc_sandbox/__main__.py")}:
            assert not re.search(vendor.replace("_", "[_ ]?"), code_of(path), re.IGNORECASE)


_HOMES = ("mlc_pipelines.erp", "mlc_sandbox")


@cache
def code_of(path: Path) -> str:
    """A file without its comments and docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


@pytest.mark.parametrize("path", sorted((PACKAGE / "cli").glob("*.py")), ids=lambda path: path.name)
def test_what_is_printed_is_text(path: Path):
    """A name in square brackets is no markup: `out.say("Error:", f" {why}")` prints a line that begins in a style."""
    if path.name != "screen.py":
        assert not {"rich.markup", "rich.console.Console"} & imports_of(path)
        assert not re.search(r"\[(?:bold|red|green|yellow|dim|/)", path.read_text(encoding="utf-8"))


_IN_PATH = re.compile(r"""f["']/[^"'\n]*?\{(?!path_part\()([^}]*)\}""")
_OWN_WORDS = {"plural", "connection.odata"}


@pytest.mark.parametrize("part", ["anaplan", "erp"])
def test_values_in_a_path_are_quoted(part: str):
    """`f"/files/{path_part(file_id)}"`: an id of an answer, or a name of the configuration, leads nowhere else."""
    for path in sorted((PACKAGE / part).rglob("*.py")):
        bare = set(_IN_PATH.findall(path.read_text(encoding="utf-8"))) - _OWN_WORDS
        assert not bare, f"{path.relative_to(PACKAGE)}: {bare}"
