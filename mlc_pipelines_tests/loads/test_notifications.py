"""What people are told, and when: certificates that run out, runs that end red. Told over real HTTP."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.flows.monitoring.expiry import MARKS, Expiry, certificate_expiries, newly_due, told_as
from mlc_pipelines.flows.monitoring.notify import notify
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.sensors import certificates_sensor, red_runs_sensor
from mlc_pipelines.redaction import register_secret
from mlc_pipelines.settings import Settings
from mlc_pipelines.store.results import AssetPartition
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.sandbox_anaplan.certificate import self_signed
from mlc_pipelines_tests.world import LEDGER, World, open_world
from mlc_sandbox.serving import SandboxServer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Place(SandboxServer):
    """Where messages arrive."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.status = 200
        super().__init__(Starlette(routes=[Route("/{path:path}", self._take, methods=["POST"])]), clock=sandbox_clock())

    async def _take(self, request: Request) -> Response:
        if self.status == 200:
            self.told.append(await request.json())
        return Response(status_code=self.status)

    @property
    def target(self) -> str:
        return self.url.replace("http://", "json://") + "/"

    def messages(self) -> list[tuple[str, str]]:
        """Title and text of what arrived since the last look."""
        found = [(each["title"], each["message"]) for each in self.told]
        self.told.clear()
        return found


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


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def settings_for(*targets: str) -> Settings:
    return Settings(Path("/nowhere"), None, "storage", None, ",".join(targets) or None)


def certify(world: World, days: int) -> datetime:
    """Give the tenant a new certificate that ends in so many days from now."""
    certificate, key = self_signed("robot", days=days)
    world.runtime.vault.set(world.tenant, "pem", certificate)
    world.runtime.vault.set(world.tenant, "key", key)
    (found,) = certificate_expiries(world.runtime)
    return found.expires_at


# -- messages ---------------------------------------------------------------------------------------------------------


def test_a_message_arrives_everywhere(place: Place):
    with Place() as second:
        assert notify(settings_for(place.target, " " + second.target), "A title", "Line 1\nLine 2")
        assert place.messages() == second.messages() == [("A title", "Line 1\nLine 2")]


def test_nobody_to_tell():
    assert not notify(settings_for(), "A title", "A text")


@pytest.mark.parametrize(
    "target",
    [f"json://127.0.0.1:{closed_port()}/", "no address at all", "nosuch://place"],
    ids=["closed", "no address", "no such place"],
)
def test_what_can_not_be_delivered_fails_nothing(place: Place, target: str, caplog: pytest.LogCaptureFixture):
    assert not notify(settings_for(target), "A title", "A text")
    assert "could not be delivered to every place of MLC_NOTIFY: A title" in caplog.text
    assert not notify(settings_for(target, place.target), "A title", "A text")
    assert place.messages() == [("A title", "A text")], "one bad place takes nothing from the others"


def test_a_place_that_refuses(place: Place):
    place.status = 500
    assert not notify(settings_for(place.target), "A title", "A text")


def test_nothing_secret_is_told(place: Place, caplog: pytest.LogCaptureFixture):
    register_secret("tell-nobody-4711")
    assert notify(settings_for(place.target), "tell-nobody-4711 failed", "Authorization: Bearer abcdef123456")
    ((title, text),) = place.messages()
    assert "4711" not in title
    assert "abcdef123456" not in text
    place.status = 500
    notify(settings_for(place.target), "tell-nobody-4711 failed", "")
    assert "4711" not in caplog.text


HOSTILE = "<!channel> <b>@everyone</b> <img src=http://x> [Sign in](http://x) <http://x|Sign in> \x1b[2J \u202e 4\x00"


def test_text_of_an_erp_means_nothing_to_whatever_shows_it(place: Place):
    """Apprise hands a title and a text on as each place wants them; nothing of it is left to be taken for more."""
    for target in (place.target, f"{place.target}?format=html", f"{place.target}?format=markdown"):
        assert notify(settings_for(target), f"A\n{HOSTILE}", HOSTILE)
        ((title, text),) = place.messages()
        for told in (title, text):
            assert not set("<>[]@\x1b\u202e\x00") & set(told.replace("&lt;", "<").replace("&gt;", ">"))
            assert "everyone" in told
            assert "U+202E" in told.replace("\\", "")
        assert "\n" not in title


# -- marks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "mark"), [(61, None), (60, 60), (31, 60), (30, 30), (15, 30), (14, 14), (8, 14), (7, 7), (0, 7), (-3, 7)]
)
def test_the_mark_of_a_day(days: int, mark: int | None):
    assert Expiry("acme", NOW + timedelta(days=days), days).mark == mark


def test_each_mark_is_told_once():
    end, told, days_told = NOW + timedelta(days=90), {}, []
    for day in range(100):
        for expiry in newly_due(iter([Expiry("acme", end, 90 - day)]), told):
            days_told.append(expiry.days)
            told[expiry.tenant] = told_as(expiry)
    assert days_told == list(MARKS) == [60, 30, 14, 7]


def test_tenants_are_told_of_apart():
    near, far = (Expiry(tenant, NOW + timedelta(days=10), 10) for tenant in ("near", "far"))
    assert newly_due(iter([near, far]), {"near": told_as(near)}) == [far]


def test_the_words():
    assert str(Expiry("acme", NOW, 30)) == "The Anaplan certificate of acme runs out in 30 days (2026-03-01)."
    assert str(Expiry("acme", NOW, -1)) == "The Anaplan certificate of acme has run out (2026-03-01)."


# -- the sensor of certificates ---------------------------------------------------------------------------------------


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


# -- the sensor of red runs -------------------------------------------------------------------------------------------


@dg.op(config_schema={"in_words": bool})
def breaks(context):
    if context.op_config["in_words"]:
        raise dg.Failure("netsuite/gl_activity: Debit is 5")
    raise RuntimeError("tell-nobody-4711")


@dg.job
def round_trip() -> None:
    breaks()


def evaluate_red_run(world: World, notify_to: str | None, *, in_words: bool) -> Any:
    """Run a job that fails, and evaluate the sensor on its failure; another run of the period ends red meanwhile."""
    runtime = Runtime(replace(world.settings, notify=notify_to), world.clock)
    with dg.DagsterInstance.ephemeral() as instance:
        run = round_trip.execute_in_process(
            run_config={"ops": {"breaks": {"config": {"in_words": in_words}}}},
            instance=instance,
            raise_on_error=False,
            tags={"dagster/partition": f"{world.tenant}|FY2026-P01"},
        )
        assert not run.success
        runtime.results.store(
            AssetPartition(world.tenant, "netsuite/gl_activity", "FY2026-P01"),
            ok=False,
            figures={},
            checks=(),
            error="Debit is 6",
            run_id="another",
            at=NOW,
        )
        (event,) = [each for each in run.all_events if each.event_type == dg.DagsterEventType.PIPELINE_FAILURE]
        context = dg.build_run_status_sensor_context(
            sensor_name="red_runs",
            dagster_event=event,
            dagster_instance=instance,
            dagster_run=instance.get_run_by_id(run.run_id),
        ).for_run_failure()
        found = red_runs_sensor(runtime)(context)
    runtime.close()
    return found


def test_a_red_run_is_told_in_its_own_words(world: World, place: Place):
    assert evaluate_red_run(world, place.target, in_words=True) is None
    title = f"round_trip {world.tenant}|FY2026-P01 is red"
    assert place.messages() == [(title, "netsuite/gl_activity: Debit is 5")]


def test_a_run_that_failed_before_any_asset_is_told_of(world: World, place: Place):
    register_secret("tell-nobody-4711")
    evaluate_red_run(world, place.target, in_words=False)
    ((_, text),) = place.messages()
    assert "round_trip" in text
    assert "4711" not in text


def test_a_red_run_that_nobody_can_be_told_of(world: World):
    assert evaluate_red_run(world, f"json://127.0.0.1:{closed_port()}/", in_words=True) is None
    assert evaluate_red_run(world, None, in_words=True).skip_message == "MLC_NOTIFY is not set."
