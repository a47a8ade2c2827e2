"""A fresh model: its lists are empty, and that is no fault where the tenant's own loads fill them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.flows.monitoring.ping import ping
from mlc_pipelines_tests.world import World, open_world

BY_HAND = {
    "netsuite": {"Entities"},
    "acumatica": {"Branches", "Currencies"},
    "syspro": {"Cost Centres", "Currencies", "Warehouses"},
    "sap_business_one": set(),
    "visma_net": {"Plants"},
}
"""The lists of each sample that people keep; all others have a load."""


@pytest.fixture(scope="module", params=list(ERPS))
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, make_database_url
) -> Iterator[World]:
    home = tmp_path_factory.mktemp(request.param)
    today = date(2026, 6, 15)
    with open_world(home, make_database_url(), kind=request.param, gl_lines=1000, today=today) as world:
        for name in used(world):
            world.model.state.remove_members(name, list(world.model.state.lists[name].members))
        yield world


def used(world: World) -> set[str]:
    tenant = world.runtime.tenant(world.tenant)
    return {name for loads in tenant.loads.values() for load in loads for name in load.members.values()}


def test_lists_of_a_fresh_model(world: World):
    findings = ping(world.runtime, world.runtime.tenant(world.tenant))
    lists = [finding for finding in findings if finding.subject.startswith("anaplan: list ")]
    names = [finding.subject.removeprefix("anaplan: list ") for finding in lists]
    assert sorted(names) == sorted(used(world)), "each once, however many loads look codes up in it"
    assert {finding.subject for finding in findings if not finding.ok} == {
        f"anaplan: list {name}" for name in BY_HAND[world.sample.kind]
    }
    for name, finding in zip(names, lists, strict=True):
        assert finding.message.startswith("0 members, for column ")
        assert finding.remedy
        assert finding.warning == (name not in BY_HAND[world.sample.kind])


def test_an_empty_list_that_nothing_fills_any_more_is_a_fault(world: World):
    before = (world.home / f"tenants/{world.tenant}.yaml").read_text(encoding="utf-8")
    accounts = next(name for name in world.loaded if "accounts" in name)
    world.change_tenant(lambda document: document["loads"].pop(accounts))
    try:
        findings = ping(world.runtime, world.runtime.tenant(world.tenant))
    finally:
        (world.home / f"tenants/{world.tenant}.yaml").write_text(before, encoding="utf-8")
        world.read_again()
    (found,) = [finding for finding in findings if finding.subject.endswith("Accounts")]
    assert (found.ok, found.warning) == (False, False)
    assert "No load of this tenant fills it" in found.remedy
