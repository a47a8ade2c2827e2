"""Whole loads by each way to sign in to Anaplan."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines.flows.period_run import PeriodRun
from mlc_pipelines_tests.flows.delivery.trail import (
    the_next_run_heals,
)
from mlc_pipelines_tests.sandbox_anaplan.certificate import self_signed
from mlc_pipelines_tests.world import World, period_run, red
from mlc_sandbox.anaplan import OAuthClient, User
from mlc_sandbox.anaplan.auth.oauth import OAuthService
from mlc_sandbox.sample import PASSWORD, USER


def sign_in_by(world: World, auth: dict[str, Any], **secrets: str) -> None:
    for name, value in secrets.items():
        world.runtime.vault.set(world.tenant, name, value)
    world.change_tenant(lambda document: document["anaplan"].update(auth=auth))


def test_a_rotated_refresh_token_over_two_processes(world: World):
    """Each refresh kills the refresh token before it: whoever used an old one would be locked out for good."""
    anaplan = world.anaplan
    anaplan.oauth = OAuthService([OAuthClient("mlc")], anaplan.users, anaplan.tokens, anaplan.clock.now)
    device, user_code = anaplan.oauth.begin_device({"client_id": "mlc", "scope": "openid offline_access"})
    anaplan.oauth.approve(user_code)
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    first = anaplan.oauth.token({"client_id": "mlc", "grant_type": grant, "device_code": device})["refresh_token"]
    auth = {"method": "oauth_device", "client_id": "mlc", "refresh_token": {"secret": "anaplan_refresh"}}
    sign_in_by(world, auth, anaplan_refresh=first)
    runs = []
    for _ in range(2):
        runtime = world.open()
        runs.append(period_run(runtime, runtime.tenant(world.tenant), world.period(), "run"))
    start = Barrier(2)
    entity = runs[0].runtime.erp(runs[0].tenant).entities["gl_activity"]

    def load(run: PeriodRun) -> AssetOutcome:
        start.wait(timeout=30)
        return run.load(entity)

    for round_number in range(3):
        world.post(f"{round_number + 1}.00", department=11)
        assert red(world.land("gl_activity")) == {}
        with ThreadPoolExecutor(2) as pool:
            assert [outcome.error for outcome in pool.map(load, runs)] == [None, None]
        anaplan.clock.advance(40 * 60)  # longer than a token lives
    for run in runs:
        run.runtime.close()
    world.read_again()
    world.post("4.00", department=11)
    assert red(world.land("gl_activity")) == {}
    the_next_run_heals(world)  # by the newest refresh token: the sandbox takes no other

    asked = [line for line in anaplan.log if line.path == "/oauth/token"]
    used = [json.loads(line.body)["refresh_token"] for line in asked]
    assert [line.status for line in asked] == [200] * 4, "one refresh a round, for both"
    assert used[0] == first
    assert len(set(used)) == 4
    assert world.runtime.vault.get(world.tenant, "anaplan_refresh") == first, "the vault's is the log-in's"


def test_a_whole_run_by_certificate(world: World):
    certificate, private_key = self_signed("robot")
    world.anaplan.users[USER] = User(USER, PASSWORD, certificates=[certificate])
    auth = {
        "method": "certificate",
        "certificate": {"secret": "anaplan_certificate"},
        "private_key": {"secret": "anaplan_key"},
        "format": "v2",
    }
    sign_in_by(world, auth, anaplan_certificate=certificate, anaplan_key=private_key)
    world.anaplan.log.clear()
    outcomes = world.round_trip()
    assert red(outcomes) == {}
    assert world.cells() == world.ledger()
    (login,) = [line for line in world.anaplan.log if line.path == "/token/authenticate"]
    assert login.headers["authorization"] == "CACertificate"
    assert json.loads(login.body)["encodedDataFormat"] == "v2"
    assert {line.headers.get("authorization") for line in world.anaplan.log if line.path.startswith("/2/0")} == {
        "AnaplanAuthToken"
    }
    checks = {check.rule: check for check in outcomes["netsuite/tie_out"].checks}
    assert not checks["certificate_valid"].passed, "30 days are few"


def test_a_whole_run_by_a_certificate_of_the_first_form(world: World):
    certificate, key = self_signed("robot", days=90.5)
    for name, value in (("pem", certificate), ("key", key)):
        world.runtime.vault.set(world.tenant, name, value)
    auth = {"method": "certificate", "certificate": {"secret": "pem"}, "private_key": {"secret": "key"}, "format": "v1"}
    world.change_tenant(lambda document: document["anaplan"].update(auth=auth))
    world.anaplan.users[USER] = User(USER, PASSWORD, certificates=[certificate])
    outcomes = world.round_trip()
    assert red(outcomes) == {}
    (sign_in,) = [line for line in world.anaplan.log if line.path == "/token/authenticate"]
    assert "encodedDataFormat" not in json.loads(sign_in.body)
    (check,) = [check for check in outcomes["netsuite/tie_out"].checks if check.rule == "certificate_valid"]
    assert check.passed
    assert "runs out in 90 days" in check.message
    assert world.cells() == world.ledger() != {}
    assert [state["state"] for state in world.states()] == ["green"]
