"""The graph that people see, and the ways into it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.graph import build_definitions
from mlc_pipelines.orchestration.partitions import partition_key
from mlc_pipelines_tests.orchestration.graph_text import SNAPSHOT, graph_text

PROJECT = Path(__file__).parents[2]


def test_the_graph_is_as_reviewed(tmp_path: Path):
    renew = f"python -m {graph_text.__module__} > {SNAPSHOT.relative_to(PROJECT)}"
    assert graph_text(tmp_path) == SNAPSHOT.read_text(encoding="utf-8"), f"If the change is meant: {renew}"


def test_a_partition_is_written_period_first():
    """Dagster orders the dimensions by name; people and scripts type this key."""
    assert str(partition_key("acme", "FY2026-P05")) == "FY2026-P05|acme"


def test_every_amount_is_shown_as_text(tmp_path: Path):
    """Column types in the UI: money is a decimal, never a float."""
    graph = build_definitions(Runtime.from_environment({"MLC_HOME": str(tmp_path)})).resolve_asset_graph()
    schemas = [
        node.metadata["dagster/column_schema"] for node in graph.asset_nodes if "dagster/column_schema" in node.metadata
    ]
    assert len(schemas) >= 10
    types = {column.name: column.type for schema in schemas for column in schema.columns}
    assert types["amount"] == types["debit"] == "decimal128(38, 6)"
    assert not any("float" in kind or "double" in kind for kind in types.values())


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["dagster", "definitions", "validate", "-w", "workspace.yaml"], "for code location mlc_pipelines"),
        (["dg", "check", "defs"], "All definitions loaded successfully"),
    ],
    ids=["workspace.yaml", "tool.dg"],
)
def test_the_project_loads_in_a_fresh_process(tmp_path: Path, command: list[str], says: str):
    """As the UI and the daemon do it, and as Dagster's newer tools do, with nothing configured yet."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLC_", "DAGSTER_"))}
    tools = Path(sys.executable).parent
    done = subprocess.run(
        [tools / command[0], *command[1:]],
        env={
            **environment,
            "MLC_HOME": str(tmp_path),
            "DAGSTER_DISABLE_TELEMETRY": "yes",
            "PATH": f"{tools}{os.pathsep}{environment['PATH']}",
        },
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert says in done.stdout + done.stderr


def test_every_asset_has_a_group_and_words(tmp_path: Path):
    graph = build_definitions(Runtime.from_environment({"MLC_HOME": str(tmp_path)})).resolve_asset_graph()
    for node in graph.asset_nodes:
        assert node.description, node.key
        assert node.group_name == node.key.path[0]
