"""The background API (docs/vendors/visma_net.md, section 9, traps 17 and 18)."""

from __future__ import annotations

from mlc_pipelines_tests.sandbox_visma_net.client import Client
from mlc_sandbox.visma_net import VismaNetSandbox

BACKGROUND = {"erp-api-background": "none"}


def test_an_answer_for_later(client: Client) -> None:
    accepted = client.get("/v1/account", headers=BACKGROUND)
    assert accepted.status_code == 202
    number, location = accepted.json()["id"], accepted.json()["stateLocation"]
    assert accepted.headers["location"] == location
    assert location.endswith(f"/v1/background/{number}")
    assert client.get(f"{location}/content").status_code == 404
    started = client.list(location)
    assert (started["status"], started["statusCode"], started["contentLocation"]) == ("Started", 0, None)
    finished = client.list(location)
    assert (finished["status"], finished["statusCode"], finished["hasResponseContent"]) == ("Finished", 200, True)
    assert client.list(finished["contentLocation"]) == client.list("/v1/account")


def test_finished_is_not_success(client: Client, sandbox: VismaNetSandbox) -> None:
    sandbox.switches.background_polls = 0
    bad = client.get("/v1/GeneralLedgerTransactions", headers=BACKGROUND).json()
    assert client.list(bad["stateLocation"])["statusCode"] == 400
    assert list(client.list(f"{bad['stateLocation']}/content")) == ["message"]
    sandbox.switches.background_status = 400
    good = client.get("/v1/account", headers=BACKGROUND).json()
    state = client.list(good["stateLocation"])
    assert (state["status"], state["statusCode"]) == ("Finished", 400)


def test_links_to_another_host(client: Client, sandbox: VismaNetSandbox) -> None:
    sandbox.switches.link_host, sandbox.switches.background_polls = "https://integration.visma.example", 0
    accepted = client.get("/v1/account", headers=BACKGROUND)
    assert accepted.headers["location"].startswith("https://integration.visma.example/v1/background/")
    state = client.list(f"/v1/background/{accepted.json()['id']}")
    assert state["contentLocation"].startswith("https://integration.visma.example/")


def test_answers_are_kept_for_a_day(own_client: Client, own_sandbox: VismaNetSandbox) -> None:
    own_sandbox.switches.token_seconds = 10**6
    client = Client(own_sandbox)
    location = client.get("/v1/account", headers=BACKGROUND).json()["stateLocation"]
    own_sandbox.clock.advance(24 * 3600 - 60)
    assert client.get(location).status_code == 200
    own_sandbox.clock.advance(61)
    assert client.get(location).status_code == 404


def test_nobody_is_called_back(client: Client) -> None:
    assert client.get("/v1/account", headers={"erp-api-background": "https://me.example/"}).status_code == 400
    assert client.get("/v1/account", headers={"erp-api-background": "subscription[:a=b]"}).status_code == 202
