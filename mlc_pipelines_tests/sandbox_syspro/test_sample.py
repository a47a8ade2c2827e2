"""The sample tenant: its loads, the entities and the model belong together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from mlc_pipelines.erp.syspro.entities import ENTITIES
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.sandbox_syspro.conftest import TODAY
from mlc_sandbox.sample import SampleTenant
from mlc_sandbox.syspro.sample import serve


@pytest.fixture(scope="module")
def sample() -> Iterator[SampleTenant]:
    with serve(0, sandbox_clock(), gl_lines=300, today=TODAY) as tenant:
        yield tenant


def test_every_entity_is_loaded_by_an_import_with_the_same_columns(sample: SampleTenant):
    tenant = yaml.safe_load(sample.files[f"tenants/{sample.tenant}.yaml"])
    made = {action.name: set(action.columns) for action in sample.model.imports}
    assert set(tenant["loads"]) == set(ENTITIES)
    assert {load["import"]: set(load["columns"]) for loads in tenant["loads"].values() for load in loads} == made


def test_every_secret_that_is_named_is_given(sample: SampleTenant):
    tenant = yaml.safe_load(sample.files[f"tenants/{sample.tenant}.yaml"])
    keys = [*tenant["erp"].values(), *tenant["anaplan"]["auth"].values()]
    assert {key["secret"] for key in keys if isinstance(key, dict)} == set(sample.secrets)


def test_its_periods_are_the_last_closed_and_the_open_one(sample: SampleTenant):
    assert sample.periods == ["FY2026-P05", "FY2026-P06"]
