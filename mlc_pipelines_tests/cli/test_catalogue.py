"""`mlc entities`: what the ERPs offer."""

from __future__ import annotations

from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines_tests.cli.conftest import Mlc


def test_entities_of_all_and_of_one(at: Mlc):
    every = at("entities", "--json").json
    assert {entity["erp"] for entity in every} == set(ERPS)
    one = at("entities", "netsuite", "--json").json
    assert {entity["entity"] for entity in one} == set(ERPS["netsuite"].entities)
    ledger = next(entity for entity in one if entity["entity"] == "gl_activity")
    assert ledger["period"] == "period_id"
    assert {"name": "amount", "type": "decimal128(38, 6)"}.items() <= next(
        field for field in ledger["fields"] if field["name"] == "amount"
    ).items()
    shown = at("entities", "netsuite")
    assert shown.code == 0
    for entity in one:
        assert f"netsuite/{entity['entity']}" in shown.out


def test_entities_of_an_unknown_erp(at: Mlc):
    done = at("entities", "netsuit")
    assert done.code == 2
    assert "netsuite" in done.words
