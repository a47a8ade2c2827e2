"""A world whose model has processes, and imports that ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlc_pipelines_tests.world import World, open_world
from mlc_sandbox.anaplan import FileSpec, ListSpec, ModuleImport, ModuleSpec, ProcessSpec
from mlc_sandbox.netsuite import sample

SHARED_FILE = FileSpec("Ledger.csv", ("Account", "Department", "Entity", "Period", "Version", "Amount"))
COSTS = {"Department": "Teams", "Period": "Time", "Amount": "Amount"}


@pytest.fixture
def world(tmp_path: Path, make_database_url, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world whose model also has a process of two imports that read one file, and one of imports of two files."""
    given = sample.planning_model()
    actuals = next(each for each in given.imports if each.name == "Load Actuals")
    assert isinstance(actuals, ModuleImport)
    model = replace(
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
    monkeypatch.setattr(sample, "planning_model", lambda: model)
    only = ("accounts", "departments", "employees", "gl_activity")
    with open_world(tmp_path, make_database_url(), only=only, gl_lines=1500) as world:
        yield world
