"""What `mlc init` writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.config import load_configuration, template_kinds, write_template
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines_tests.config.filling import filled_template
from mlc_pipelines_tests.config.ledger import ERPS


def test_there_is_one_to_start_from() -> None:
    assert "netsuite" in template_kinds()


def test_it_writes_a_tenant_a_calendar_and_a_map(tmp_path: Path) -> None:
    written = write_template(tmp_path / "new" / "home", "netsuite")
    assert {path.relative_to(tmp_path / "new" / "home").as_posix() for path in written} == {
        "tenants/example.yaml",
        "calendars/example-445.yaml",
        "maps/departments.csv",
    }


def test_the_template_is_valid_when_it_is_filled_in(tmp_path: Path) -> None:
    filled_template(tmp_path, "netsuite")
    configuration = load_configuration(tmp_path, ERPS, clock=SYSTEM_CLOCK)
    assert list(configuration.tenants["example"].loads) == ["accounts", "gl_activity"]
    assert "example-445" in configuration.calendars


def test_the_commented_plan_is_valid_too(tmp_path: Path) -> None:
    path = filled_template(tmp_path, "netsuite")
    before, plan = path.read_text().split("# plan:\n")
    lines = plan.splitlines()
    end = lines.index("")
    uncommented = ["plan:", *(line.removeprefix("# ") for line in lines[:end])]
    path.write_text(before + "\n".join([line.replace("#  ", "   ", 1) for line in uncommented] + lines[end:]))
    plan_section = load_configuration(tmp_path, ERPS, clock=SYSTEM_CLOCK).tenants["example"].plan
    assert plan_section is not None
    assert plan_section.offset_account == "9990"


def test_nothing_is_overwritten_and_nothing_half_written(tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps/departments.csv").write_text("mine")
    with pytest.raises(ConfigurationError, match=r"maps/departments\.csv: exists already"):
        write_template(tmp_path, "netsuite")
    assert [path.name for path in tmp_path.rglob("*.*")] == ["departments.csv"]
    assert (tmp_path / "maps/departments.csv").read_text() == "mine"


def test_an_unknown_kind_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="netsuite"):
        write_template(tmp_path, "sage")
