"""Every ERP of the catalogue into its own model: whole, tied out, and after what people do to the books too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines_tests.contract.acumatica import AcumaticaDriver
from mlc_pipelines_tests.contract.driver import Driver
from mlc_pipelines_tests.contract.netsuite import TODAY, NetSuiteDriver
from mlc_pipelines_tests.contract.sap_business_one import SapBusinessOneDriver
from mlc_pipelines_tests.contract.syspro import SysproDriver
from mlc_pipelines_tests.contract.visma_net import VismaNetDriver
from mlc_pipelines_tests.world import World, open_world, red

DRIVERS = {
    "visma_net": VismaNetDriver,
    "acumatica": AcumaticaDriver,
    "syspro": SysproDriver,
    "sap_business_one": SapBusinessOneDriver,
    "netsuite": NetSuiteDriver,
}


FORMS = {
    "visma_net": {"separator": ";", "decimal_separator": ",", "encoding": "windows-1252"},
    "acumatica": {"separator": "\t", "encoding": "UTF-16"},
    "syspro": {"decimal_separator": ",", "thousands_separator": "."},
    "sap_business_one": {"separator": "|", "delimiter": "", "encoding": "UTF-16BE", "decimal_separator": ","},
    "netsuite": {"separator": ";", "decimal_separator": ",", "encoding": "UTF-16LE"},
}
"""How the files of the ledger's imports are read, as a model builder may have chosen."""


@pytest.fixture(scope="module", params=list(ERPS))
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, make_database_url
) -> Iterator[World]:
    home = tmp_path_factory.mktemp(request.param)
    with open_world(home, make_database_url(), kind=request.param, gl_lines=5000, today=TODAY) as world:
        yield world


def sent(world: World, period: str) -> int:
    """Rows that a round trip sends, all of them taken and tied out."""
    outcomes = world.round_trip(period)
    assert red(outcomes) == {}
    tie_out = outcomes[f"{world.sample.kind}/tie_out"]
    assert (tie_out.checks[0].passed, tie_out.checks[0].detail["difference"]) == (True, "0")
    loaded = [outcome.figures for name, outcome in outcomes.items() if "/anaplan/" in name]
    assert sum(figures["rows_rejected"] + figures["rows_unmapped"] for figures in loaded) == 0
    assert sum(figures["rows_accepted"] for figures in loaded) == sum(figures["rows_sent"] for figures in loaded)
    return sum(figures["rows_sent"] for figures in loaded)


def test_every_entity_is_loaded_in_the_closed_and_the_open_period(world: World):
    assert set(world.loaded) == set(world.runtime.erp(world.runtime.tenant(world.tenant)).entities)
    for period in world.sample.periods:
        assert sent(world, period) > 100
        assert sent(world, period) == 0
    facts = [module for module in world.sample.model.modules if world.cells(module=module.name)]
    assert len(facts) == len(world.sample.model.modules), "a module has no figures"


def test_what_becomes_of_the_books_becomes_of_the_model(world: World):
    driver: Driver = DRIVERS[world.sample.kind](world.erp)
    sent(world, world.closed)
    for move in (driver.add, driver.delete, driver.void):
        before = driver.truth(driver.ledger, driver.closed)
        move()
        after = driver.truth(driver.ledger, driver.closed)
        assert after != before or move == driver.void
        assert sent(world, world.closed) > 0, move.__name__
    assert sent(world, world.closed) == 0


def test_the_adjustment_period_is_sent_with_its_month(world: World):
    adjusting = [
        period for period in world.runtime.calendar(world.runtime.tenant(world.tenant)).periods if period.adjustment
    ]
    if not adjusting:
        pytest.skip("the sample tenant's calendar has none")
    key = next(period.key for period in adjusting if period.year == 2025)
    december = key.replace("P13", "P12")
    sent(world, december)
    together = sent(world, key)
    assert together > 0
    assert sum(world.cells(december).values(), Decimal(0)) == sum(world.cells(key).values(), Decimal(0))


def test_the_ledger_is_the_same_in_files_of_another_form(world: World):
    driver: Driver = DRIVERS[world.sample.kind](world.erp)
    if not world.cells():
        sent(world, world.closed)
    before = {module.name: world.cells(module=module.name) for module in world.sample.model.modules}
    files = world.model.catalogue.files
    usual = dict(files)
    files.update({key: replace(file, **FORMS[world.sample.kind]) for key, file in usual.items()})
    world.full = True
    try:
        outcome = world.load(driver.ledger)
    finally:
        world.full = False
        files.update(usual)
    assert outcome.error is None
    assert outcome.figures["rows_accepted"] > 20
    assert {module.name: world.cells(module=module.name) for module in world.sample.model.modules} == before
