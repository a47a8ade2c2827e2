"""The table of checks."""

from __future__ import annotations

import pytest

from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.flows.asset_name import Stage
from mlc_pipelines.flows.checks import CHECKS, checks_of


def names(stage: Stage, entity: str | None = None) -> list[str]:
    return [check.name for check in checks_of(stage, ERPS["netsuite"].entities[entity] if entity else None)]


def test_each_stage_has_its_own():
    assert names(Stage.LANDED, "accounts") == ["rows_complete"]
    assert names(Stage.LANDED, "gl_activity") == ["rows_complete", "debits_equal_credits"]
    assert names(Stage.LOAD, "accounts") == ["codes_mapped", "rows_accepted"]
    assert names(Stage.TIE_OUT) == ["totals_agree", "certificate_valid"]
    assert names(Stage.PLAN) == ["rows_complete"]


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
def test_it_says_what_holds_and_somebody_has_it(check):
    assert check.stages
    assert check.description.endswith(".")
    assert check.result(passed=True, message="Well.").rule == check.name
