"""An ERP that is none of this project's: added by one line, in the graph, landed, loaded and tied out."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.erp.catalogue import ENTRY_POINTS, ERPS
from mlc_pipelines.errors import IncompleteRead
from mlc_pipelines.orchestration.assets import build_assets
from mlc_pipelines.orchestration.partitions import tenant_period
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.contract import toy_erp
from mlc_pipelines_tests.contract.conftest import Bench
from mlc_pipelines_tests.contract.toy import serve
from mlc_pipelines_tests.erp.installing import install
from mlc_pipelines_tests.world import World, disconnect
from mlc_sandbox.anaplan import AnaplanSandbox, User
from mlc_sandbox.sample import PASSWORD, USER
from mlc_sandbox.serving import Fault, rewrite

PACKAGE = Path(toy_erp.__file__).parent
GUIDE = (Path(__file__).parents[2] / "docs/adding_an_erp.md").read_text(encoding="utf-8")
PERIOD = "FY2026-P05"


def quoted(language: str) -> list[str]:
    """The guide's blocks in a language."""
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is installed, by the line that the guide shows."""
    (line,) = quoted("toml")
    install(tmp_path / "site", "toy-erp", tomllib.loads(line)["project"]["entry-points"][ENTRY_POINTS])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), os.environ["PYTHONPATH"]]))


@pytest.mark.usefixtures("_installed")
def test_a_period_is_landed_loaded_and_tied_out(tmp_path: Path, make_database_url):
    clock, database_url = sandbox_clock(), make_database_url()
    with serve(0, clock) as sample, AnaplanSandbox([sample.model], [User(USER, PASSWORD)], clock=clock) as anaplan:
        world = World(tmp_path / "home", database_url, sample, anaplan, SYSTEM_CLOCK)
        ran = world.mlc("run", world.tenant, PERIOD, "--json")
        world.runtime.close()
        disconnect(database_url)
        assert ran.returncode == 0, ran.stderr
        assets = {each["asset"]: each for each in json.loads(ran.stdout)["assets"]}
        lines = [line for line in world.erp.lines.values() if line["period"] == "2026-05"]
        assert {name: each["ok"] for name, each in assets.items()} == dict.fromkeys(SHAPE, True)
        assert assets["toy/ledger"]["rows_read"] == len(lines) > 100
        assert assets["toy/tie_out"]["difference"] == "0"
        booked: defaultdict[str, Decimal] = defaultdict(Decimal)
        for line in lines:
            booked[line["account"]] += Decimal(line["net"])
        cells = world.model.module("GL Actuals").cells
        assert {place[0]: value for place, value in cells.items() if "May 26" in place} == booked


SHAPE = {
    "toy/accounts": {"toy/books"},
    "toy/ledger": {"toy/books"},
    "toy/anaplan/accounts": {"toy/accounts"},
    "toy/anaplan/ledger": {"toy/ledger", "toy/anaplan/accounts"},
    "toy/tie_out": {"toy/anaplan/accounts", "toy/anaplan/ledger"},
}
"""Each asset that a run makes, and those that it waits for."""


def test_it_has_the_shape_of_every_erp():
    books, *assets = build_assets(toy_erp.ERP, tenant_period("toy"))
    assert isinstance(books, dg.AssetSpec)
    specs = [books, *(spec for each in assets if isinstance(each, dg.AssetsDefinition) for spec in each.specs)]
    shown = {spec.key.to_user_string(): {dep.asset_key.to_user_string() for dep in spec.deps} for spec in specs}
    assert shown == {"toy/books": set(), **SHAPE}
    assert "toy" not in ERPS, "it is no part of the product"


@pytest.mark.parametrize("shared", ["toy"], indirect=True)
def test_a_read_that_can_not_be_whole_is_none(shared: Bench):
    """The server ignores what should lead to the next page, or counts more records than it gives."""
    pages: list[bytes] = []

    def first_again(body: bytes) -> bytes:
        pages.append(body)
        return pages[0]

    def more(body: bytes) -> bytes:
        return body.replace(b'"total":120', b'"total":121')

    for lie, said in (
        (first_again, "a page begins before"),
        (more, "120 records came, and Toy Books says there are 121"),
    ):
        shared.driver.sandbox.faults.clear()
        shared.driver.sandbox.faults.add(Fault(None, shared.driver.rows_path, rewrite(lie), times=100))
        with pytest.raises(IncompleteRead, match=said):
            shared.rows(shared.driver.ledger)


def test_it_is_small():
    written = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.glob("*.py")}
    assert sum(written.values()) < 400, written


def test_the_server_knows_nothing_of_the_package():
    assert "mlc_pipelines" not in (PACKAGE / "server.py").read_text(encoding="utf-8")


def test_the_guide_quotes_its_code():
    files = [" ".join(path.read_text(encoding="utf-8").split()) for path in PACKAGE.glob("*.py")]
    blocks = [" ".join(block.split()) for block in quoted("python")]
    assert blocks
    assert [block for block in blocks if not any(block in text for text in files)] == []
