"""Signing in as the connection says, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from mlc_pipelines.anaplan import Upload, login
from mlc_pipelines.errors import AuthenticationError, ConfigurationError
from mlc_pipelines.store.db import Database
from mlc_pipelines_tests.anaplan.planning import (
    CODE,
    DEVICE,
    MODEL,
    PASSWORD,
    USER,
    Planning,
    Record,
    SandboxTime,
    accounts,
    run,
)
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.sandbox_anaplan.certificate import self_signed
from mlc_sandbox.anaplan import AnaplanSandbox, User


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_sandbox_takes_a_certificate(database: Database, pair: tuple[str, str], version: str):
    with AnaplanSandbox([MODEL], users=[User(USER, certificates=[pair[0]])], clock=sandbox_clock()) as sandbox:
        planning = Planning(sandbox, database, SandboxTime(sandbox.clock))
        planning.secrets = {"certificate": pair[0], "key": pair[1]}
        auth = {
            "method": "certificate",
            "certificate": {"secret": "certificate"},
            "private_key": {"secret": "key"},
            "format": version,
        }
        with planning.client(auth=auth) as client:
            findings = {finding.subject: finding for finding in client.ping()}
        assert findings["credentials"].ok
        assert findings["certificate"].ok
        sandbox.clock.advance(75 * 86_400)
        with planning.client(auth=auth) as client:
            finding = client.ping()[0]
        assert (finding.subject, finding.ok) == ("certificate", False)


@pytest.mark.parametrize("rotatable", [True, False])
def test_device_log_in_and_refresh_over_clients_and_processes(database: Database, rotatable: bool):
    oauth_client = replace(DEVICE, rotatable=rotatable)
    with AnaplanSandbox(
        [MODEL], users=[User(USER, PASSWORD)], oauth_clients=[oauth_client], clock=sandbox_clock()
    ) as sandbox:
        planning = Planning(sandbox, database, SandboxTime(sandbox.clock))
        auth = {"method": "oauth_device", "client_id": oauth_client.client_id, "refresh_token": {"secret": "refresh"}}
        connection = planning.connection(auth=auth)
        planning.secrets["refresh"] = login(
            connection, show=lambda code: sandbox.oauth.approve(code.code, USER), clock=planning.time
        )
        for _ in range(4):
            with planning.client(auth=auth) as client:  # a fresh cache each, as in another process
                assert client.actions()
            sandbox.clock.advance(36 * 60)


def test_only_a_device_connection_is_logged_in_by_a_person(planning: Planning):
    with pytest.raises(ConfigurationError, match="method is basic"):
        login(planning.connection(), show=lambda _: None, clock=planning.time)


def test_one_log_in_for_many_runs_and_clients(planning: Planning):
    for _ in range(3):
        assert run(planning).successful
    assert planning.sandbox.tokens.minted == 1


def test_a_token_that_expires_is_renewed(planning: Planning):
    run(planning)
    planning.sandbox.clock.advance(40 * 60)
    assert run(planning).successful
    assert planning.sandbox.tokens.minted == 2


@pytest.mark.parametrize("wrong_by", [0.0, -3600.0])
def test_tokens_revoked_in_the_middle_of_an_upload(planning: Planning, wrong_by: float):
    """Also with a clock that is an hour late, so that the client believes the token to be good."""
    rows = list(accounts(*((f"{n:05d}", f"{n:055d}", "TA") for n in range(800)))())

    def content() -> Iterator[bytes]:
        yield from rows[:400]
        planning.sandbox.tokens.kill_all()
        yield from rows[400:]

    time = SandboxTime(planning.sandbox.clock, wrong_by)
    with planning.client(how=Upload(chunk_bytes=1300), time=time) as client:
        outcome = client.run(client.action("import", "Load Accounts"), Record(), content=content)
    assert outcome.counts.created == 800
    assert sum(line.method == "PUT" and line.status == 204 for line in planning.sandbox.log) >= 40
    assert planning.sandbox.tokens.minted == 2


def test_a_refused_password_is_tried_once(planning: Planning):
    planning.secrets["password"] = "wrong"
    with pytest.raises(AuthenticationError, match="refused the log-in") as caught:
        run(planning)
    assert "wrong" not in str(caught.value)
    assert planning.sent("POST", "/token/authenticate") == 1


WAYS = {
    "basic": ({"method": "basic", "user": USER, "password": {"secret": "password"}}, ["mlc secrets set acme password"]),
    "certificate": (
        {"method": "certificate", "certificate": {"secret": "pem"}, "private_key": {"secret": "key"}},
        ["mlc secrets set acme pem", "mlc secrets set acme key"],
    ),
    "device": (
        {"method": "oauth_device", "client_id": DEVICE.client_id, "refresh_token": {"secret": "granted"}},
        ["mlc anaplan login acme", "granted"],
    ),
    "code": (
        {
            "method": "oauth_code",
            "client_id": CODE.client_id,
            "client_secret": {"secret": "client"},
            "refresh_token": {"secret": "granted"},
        },
        ["mlc secrets set acme granted", "mlc secrets set acme client"],
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_credential_names_what_sets_it_again(planning: Planning, way: str):
    """By each way to sign in, with the tenant's name and the secrets' names in the vault."""
    auth, commands = WAYS[way]
    certificate, key = self_signed("a stranger", days=90)
    planning.secrets |= {"password": "wrong", "pem": certificate, "key": key, "granted": "wrong", "client": "wrong"}
    with planning.client(auth=auth) as client:
        found = {finding.subject: finding for finding in client.ping()}
    assert not found["credentials"].ok
    for command in commands:
        assert command in found["credentials"].remedy


def test_a_certificate_that_can_not_be_used_names_what_sets_it_again(planning: Planning):
    planning.secrets |= {"pem": "no certificate", "key": "no key"}
    with pytest.raises(ConfigurationError, match=r"mlc secrets set acme pem` or `mlc secrets set acme key`"):
        planning.client(auth=WAYS["certificate"][0])


def test_the_share_of_requests_is_kept_by_all_clients_together(planning: Planning):
    def one(_: int) -> None:
        with planning.client(requests_per_minute=30) as client:
            for _ in range(15):
                client.actions(["import"])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(one, range(3)))
    sent = sorted(line.at for line in planning.sandbox.log if line.path.startswith("/2/0"))
    assert len(sent) == 45
    for first, beyond in zip(sent, sent[30:], strict=False):
        assert beyond - first >= timedelta(seconds=60)
