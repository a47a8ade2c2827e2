"""Token endpoint and authorization (docs/vendors/visma_net.md, sections 2 and 11, traps 7 and 8)."""

from __future__ import annotations

import httpx
import pytest

from mlc_pipelines_tests.sandbox_visma_net.client import SCOPE, Client, token_form
from mlc_sandbox.visma_net import VismaNetSandbox


def test_a_token_by_the_body(sandbox: VismaNetSandbox) -> None:
    answer = httpx.post(sandbox.token_url, data=token_form(sandbox))
    assert answer.status_code == 200
    assert {**answer.json(), "access_token": ""} == {
        "access_token": "",
        "expires_in": 3600,
        "token_type": "Bearer",
        "scope": SCOPE,
    }


def test_a_token_by_basic(sandbox: VismaNetSandbox) -> None:
    form = token_form(sandbox, client_id=None, client_secret=None)
    assert httpx.post(sandbox.token_url, data=form, auth=(sandbox.client_id, sandbox.client_secret)).is_success
    assert httpx.post(sandbox.token_url, data=form, auth=(sandbox.client_id, "no")).json() == {
        "error": "invalid_client"
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "isv_other"}, "invalid_client"),
        ({"client_id": None}, "invalid_request"),
        ({"tenant_id": None}, "invalid_request"),
        ({"tenant_id": "11111111-2222-3333-4444-555555555555"}, "invalid_tenant"),
        ({"scope": "visma_api:read"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
    ],
)
def test_refused(sandbox: VismaNetSandbox, changes: dict[str, str | None], code: str) -> None:
    answer = httpx.post(sandbox.token_url, data=token_form(sandbox, **changes))
    assert (answer.status_code, answer.json()) == (400, {"error": code})


def test_a_form_is_asked_for(sandbox: VismaNetSandbox) -> None:
    assert httpx.post(sandbox.token_url, json=token_form(sandbox)).json() == {"error": "invalid_request"}


def test_discovery(sandbox: VismaNetSandbox) -> None:
    described = httpx.get(f"{sandbox.url}/.well-known/openid-configuration").json()
    assert described["token_endpoint"] == sandbox.token_url


def test_the_customers_tenant_gets_a_token_that_opens_nothing(sandbox: VismaNetSandbox) -> None:
    answer = Client(sandbox, tenant_id=sandbox.customer_tenant_id).get("/v1/account")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {"statusCode": 401, "message": "Unauthorized. Access token is missing or invalid."}


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic YTpi"}])
def test_without_a_token(sandbox: VismaNetSandbox, header: dict[str, str]) -> None:
    assert httpx.get(f"{sandbox.url}/v1/account", headers=header).status_code == 401


def test_a_token_ends_between_pages(sandbox: VismaNetSandbox) -> None:
    sandbox.switches.token_seconds = 60
    client = Client(sandbox)
    assert client.get("/v1/supplier", pageNumber=1, pageSize=10).status_code == 200
    sandbox.clock.advance(61)
    assert client.get("/v1/supplier", pageNumber=2, pageSize=10).status_code == 401


def test_tokens_revoked(client: Client, sandbox: VismaNetSandbox) -> None:
    sandbox.expire_tokens()
    assert client.get("/v1/account").status_code == 401


def test_a_token_without_the_right_to_read(sandbox: VismaNetSandbox) -> None:
    answer = Client(sandbox, scope="vismanet_erp_service_api:update").get("/v1/account")
    assert answer.status_code == 403
    assert answer.json()["ExceptionType"] == "IPPException"
