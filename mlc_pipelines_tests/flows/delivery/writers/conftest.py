"""A world whose model has processes, and imports that ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlc_pipelines_tests.world import World, open_world
from mlc_sandbox.anaplan import FileSpec, ListSpec, ModelSpec, ModuleImport, ModuleSpec, ProcessSpec

SHARED_FILE = FileSpec("Ledger.csv", ("Account", "Department", "Entity", "Period", "Version", "Amount"))
COSTS = {"Department": "Teams", "Period": "Time", "Amount": "Amount"}


def rebuilt(given: ModelSpec) -> ModelSpec:
    """Also has a process of two imports that read one file, one of imports of two files, and an import that asks."""
    actuals = next(each for each in given.imports if each.name == "Load Actuals")
    assert isinstance(actuals, ModuleImport)
    return replace(
        given,
        lists=[*given.lists, ListSpec("Teams", members=["11", "Unassigned"])],
        modules=[*given.modules, ModuleSpec("Team Costs", ("Teams", "Time"), line_items=("Amount",))],
        imports=[
            *given.imports,
            replace(actuals, name="Ledger to actuals", file=SHARED_FILE),
            ModuleImport("Ledger to teams", "Team Costs", COSTS, file=SHARED_FILE),
            replace(
                actuals,
                name="Load a version",
                columns={h: m for h, m in actuals.columns.items() if h not in ("Version", "Period")},
                ask={"Versions": "Version", "Time": "Month"},
            ),
        ],
        processes=[
            ProcessSpec("Load Ledger", ("Ledger to actuals", "Ledger to teams")),
            ProcessSpec("Two files", ("Ledger to actuals", "Load Departments")),
        ],
    )


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    only = ("accounts", "departments", "employees", "gl_activity")
    with open_world(tmp_path, make_database_url(), only=only, rebuilt=rebuilt, gl_lines=1500) as world:
        yield world
