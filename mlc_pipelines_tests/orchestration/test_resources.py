"""The resources as a reader of the UI finds them: what each is, where its configuration is, and no secret."""

from __future__ import annotations

import json
from pathlib import Path

import dagster as dg
from dagster._core.remote_representation.external_data import RepositorySnap

from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.graph import build_definitions

DATABASE = "postgresql://mlc:hunter2@db.example.com/mlc"


def shown(home: Path, **environment: str) -> dict[str, dict[str, str]]:
    """Resources by name, with what the UI shows of their configuration."""
    definitions = build_definitions(Runtime.from_environment({"MLC_HOME": str(home), **environment}))
    snap = RepositorySnap.from_def(definitions.get_repository_def())
    return {
        each.name: {name: json.loads(str(v)) for name, v in each.configured_values.items()}
        for each in snap.resources or ()
    }


def test_three_sides_and_where_they_are_configured(tmp_path: Path):
    assert shown(tmp_path) == {
        "erp": {"tenants": f"{tmp_path}/tenants"},
        "anaplan": {"tenants": f"{tmp_path}/tenants"},
        "store": {"home": str(tmp_path), "database": f"{tmp_path}/pg"},
    }


def test_an_address_that_holds_a_password_is_not_shown(tmp_path: Path):
    assert "hunter2" not in str(shown(tmp_path, MLC_DATABASE_URL=DATABASE))
    assert shown(tmp_path, MLC_DATABASE_URL=DATABASE)["store"]["database"] == "MLC_DATABASE_URL"


def test_every_step_takes_them(tmp_path: Path):
    definitions = build_definitions(Runtime.from_environment({"MLC_HOME": str(tmp_path)}))
    steps = [each for each in definitions.assets or [] if isinstance(each, dg.AssetsDefinition) and each.is_executable]
    assert steps
    for step in steps:
        assert {"store", "erp", "anaplan"} <= step.required_resource_keys, step.node_def.name
