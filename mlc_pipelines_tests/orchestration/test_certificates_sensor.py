"""The sensor of certificates, as the daemon evaluates it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import dagster as dg
import pytest

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.flows.monitoring.expiry import certificate_expiries
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.sensors import certificates_sensor
from mlc_pipelines_tests.messages import Place
from mlc_pipelines_tests.sandbox_anaplan.certificate import self_signed
from mlc_pipelines_tests.world import LEDGER, World, open_world


@pytest.fixture
def place() -> Iterator[Place]:
    with Place() as server:
        yield server


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with open_world(folder, make_database_url(), only=LEDGER, gl_lines=200, real_time=True) as world:
        secrets = {"certificate": {"secret": "pem"}, "private_key": {"secret": "key"}}
        world.change_tenant(lambda file: file["anaplan"].update(auth={"method": "certificate", **secrets}))
        yield world


class Day:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def certify(world: World, days: int) -> datetime:
    """Give the tenant a new certificate that ends in so many days from now."""
    certificate, key = self_signed("robot", days=days)
    world.runtime.vault.set(world.tenant, "pem", certificate)
    world.runtime.vault.set(world.tenant, "key", key)
    (found,) = certificate_expiries(world.runtime)
    return found.expires_at


class Ticks:
    """The sensor as the daemon evaluates it, with its cursor."""

    def __init__(self, world: World, *targets: str) -> None:
        self.day = Day(SYSTEM_CLOCK.now())
        settings = replace(world.settings, notify=",".join(targets) or None)
        self.sensor = certificates_sensor(Runtime(settings, self.day))
        self.cursor: str | None = None

    def tick(self, days: float, end: datetime) -> str:
        """Evaluate so many days and an hour before the end; gives the reason why it starts no run."""
        self.day.time = end - timedelta(days=days, hours=1)
        with dg.DagsterInstance.ephemeral() as instance:
            definitions = dg.Definitions(sensors=[self.sensor])
            context = dg.build_sensor_context(instance=instance, cursor=self.cursor, definitions=definitions)
            found = self.sensor.evaluate_tick(context)
        assert not found.run_requests
        self.cursor = found.cursor
        return found.skip_message or ""


def test_each_mark_is_told_once_by_ticks(world: World, place: Place):
    end, ticks = certify(world, 90), Ticks(world, place.target)
    days_told = []
    for day in (61, 60, 59, 31, 30, 29, 15, 14, 8, 7, 6, 0):
        reason = ticks.tick(day, end)
        for title, text in place.messages():
            days_told.append(day)
            assert title == "A certificate runs out"
            assert text == reason
            assert f"certificate of {world.tenant} runs out in {day} days ({end:%Y-%m-%d})" in text
    assert days_told == [60, 30, 14, 7]
    assert ticks.tick(100, end) == "No certificate is about to run out."

    renewed = certify(world, 95)
    assert renewed != end
    ticks.tick(80, renewed)
    assert place.messages() == []
    ticks.tick(6, renewed)
    ticks.tick(6, renewed)
    assert len(place.messages()) == 1, "a new certificate is told of anew"


def test_what_was_not_delivered_is_told_at_the_next_tick(world: World, place: Place):
    end, ticks = certify(world, 90), Ticks(world, place.target)
    place.status = 503
    assert "runs out in 20 days" in ticks.tick(20, end)
    assert json.loads(ticks.cursor or "") == {}
    place.status = 200
    ticks.tick(20, end)
    ticks.tick(20, end)
    assert len(place.messages()) == 1
    assert json.loads(ticks.cursor or "") == {world.tenant: f"{end:%Y-%m-%d}|30"}


def test_without_a_place_nothing_is_remembered(world: World):
    end, ticks = certify(world, 90), Ticks(world)
    ticks.tick(20, end)
    assert json.loads(ticks.cursor or "") == {}


def test_a_certificate_message_holds_nothing_of_the_certificate(world: World, place: Place):
    end, ticks = certify(world, 90), Ticks(world, place.target)
    ticks.tick(5, end)
    ((title, text),) = place.messages()
    for line in world.runtime.vault.get(world.tenant, "pem").splitlines():
        assert line not in title + text


def test_a_tenant_whose_certificate_is_unusable_hides_no_other(world: World):
    certify(world, 90)
    second = (world.home / f"tenants/{world.tenant}.yaml").read_text().replace(f"tenant: {world.tenant}", "tenant: aaa")
    (world.home / "tenants/aaa.yaml").write_text(second)
    try:
        assert [each.tenant for each in certificate_expiries(world.open())] == [world.tenant]
    finally:
        (world.home / "tenants/aaa.yaml").unlink()
