"""OAuth: docs/vendors/anaplan.md, section 2."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from mlc_pipelines_tests.sandbox_anaplan.conftest import CODE_CLIENT, DEVICE_CLIENT, ROBOT, STEADY_CLIENT
from mlc_sandbox.anaplan import AnaplanSandbox

SCOPE = "openid profile email offline_access"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def begin(sandbox: AnaplanSandbox, client_id: str = DEVICE_CLIENT) -> dict[str, Any]:
    answer = httpx.post(f"{sandbox.url}/oauth/device/code", json={"client_id": client_id, "scope": SCOPE})
    assert answer.status_code == 200, answer.text
    return answer.json()


def poll(sandbox: AnaplanSandbox, device: dict[str, Any], client_id: str = DEVICE_CLIENT) -> httpx.Response:
    fields = {"grant_type": DEVICE_GRANT, "client_id": client_id, "device_code": device["device_code"]}
    return httpx.post(f"{sandbox.url}/oauth/token", json=fields)


def refresh(sandbox: AnaplanSandbox, token: str, client_id: str = DEVICE_CLIENT) -> httpx.Response:
    fields = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": token}
    return httpx.post(f"{sandbox.url}/oauth/token", data=fields)


def test_device_grant(sandbox: AnaplanSandbox) -> None:
    device = begin(sandbox)
    assert (device["interval"], device["expires_in"]) == (5, 900)
    assert device["user_code"] in device["verification_uri_complete"]

    pending = poll(sandbox, device)
    assert (pending.status_code, pending.json()["error"]) == (403, "authorization_pending")
    sandbox.clock.advance(5)
    sandbox.oauth.pending_status = 400
    assert poll(sandbox, device).status_code == 400
    sandbox.oauth.approve(device["user_code"], ROBOT)
    granted = poll(sandbox, device)
    assert granted.status_code == 200
    body = granted.json()
    assert (body["scope"], body["expires_in"], body["token_type"]) == ("openid email offline_access", 2100, "Bearer")
    for scheme in ("Bearer", "AnaplanAuthToken"):
        header = {"Authorization": f"{scheme} {body['access_token']}"}
        assert httpx.get(f"{sandbox.url}/2/0/users/me", headers=header).json()["user"]["email"] == ROBOT
    assert poll(sandbox, device).json()["error"] == "invalid_grant"


def test_polling_too_fast_slows_down(sandbox: AnaplanSandbox) -> None:
    device = begin(sandbox)
    poll(sandbox, device)
    assert poll(sandbox, device).json()["error"] == "slow_down"
    sandbox.clock.advance(5)
    assert poll(sandbox, device).json()["error"] == "slow_down"
    sandbox.clock.advance(15)
    assert poll(sandbox, device).json()["error"] == "authorization_pending"


def test_device_codes_end(sandbox: AnaplanSandbox) -> None:
    denied, expired = begin(sandbox), begin(sandbox)
    sandbox.oauth.deny(denied["user_code"])
    assert poll(sandbox, denied).json()["error"] == "access_denied"
    sandbox.clock.advance(901)
    assert poll(sandbox, expired).json()["error"] == "expired_token"
    assert poll(sandbox, expired, STEADY_CLIENT).json()["error"] == "invalid_grant"
    with pytest.raises(KeyError):
        sandbox.oauth.approve("NOPE-NOPE")


def test_a_person_can_approve_in_a_browser(sandbox: AnaplanSandbox) -> None:
    device = begin(sandbox)
    assert httpx.get(device["verification_uri_complete"]).status_code == 200
    assert poll(sandbox, device).status_code == 200
    assert httpx.get(device["verification_uri"]).status_code == 404
    sandbox.oauth.auto_approve = True
    assert poll(sandbox, begin(sandbox)).status_code == 200


def test_rotatable_refresh_tokens_work_once(sandbox: AnaplanSandbox) -> None:
    sandbox.oauth.auto_approve = True
    first = poll(sandbox, begin(sandbox)).json()["refresh_token"]
    second = refresh(sandbox, first).json()["refresh_token"]
    assert second != first
    again = refresh(sandbox, first)
    assert (again.status_code, again.json()["error"]) == (403, "invalid_grant")
    sandbox.clock.advance(43_001)
    assert refresh(sandbox, second).json()["error"] == "invalid_grant"


def test_other_refresh_tokens_stay(sandbox: AnaplanSandbox) -> None:
    sandbox.oauth.auto_approve = True
    token = poll(sandbox, begin(sandbox, STEADY_CLIENT), STEADY_CLIENT).json()["refresh_token"]
    sandbox.clock.advance(43_001)
    for _ in range(2):
        assert refresh(sandbox, token, STEADY_CLIENT).json()["refresh_token"] == token
    assert refresh(sandbox, token, DEVICE_CLIENT).json()["error"] == "invalid_grant"


def test_authorization_code(sandbox: AnaplanSandbox) -> None:
    query = {
        "response_type": "code",
        "client_id": CODE_CLIENT,
        "redirect_uri": "https://app.example/back",
        "scope": SCOPE,
        "state": "s1",
    }
    sent_back = httpx.get(f"{sandbox.url}/auth/authorize", params=query)
    assert sent_back.status_code == 302
    answer = parse_qs(urlsplit(sent_back.headers["location"]).query)
    assert answer["state"] == ["s1"]
    fields = {
        "grant_type": "authorization_code",
        "client_id": CODE_CLIENT,
        "client_secret": "hush",
        "code": answer["code"][0],
        "redirect_uri": "https://app.example/back",
    }
    assert httpx.post(f"{sandbox.url}/oauth/token", json=fields | {"client_secret": "no"}).status_code == 401
    assert "refresh_token" in httpx.post(f"{sandbox.url}/oauth/token", data=fields).json()
    assert httpx.post(f"{sandbox.url}/oauth/token", json=fields).json()["error"] == "invalid_grant"
    assert httpx.get(f"{sandbox.url}/auth/prelogin", params=query).status_code == 200
    elsewhere = httpx.get(f"{sandbox.url}/auth/authorize", params=query | {"redirect_uri": "https://evil.example"})
    assert elsewhere.json()["error"] == "invalid_request"


def test_errors(sandbox: AnaplanSandbox) -> None:
    def error(path: str, **kwargs: Any) -> str:
        return httpx.post(f"{sandbox.url}{path}", **kwargs).json()["error"]

    assert error("/oauth/device/code", json={"client_id": "x", "scope": SCOPE}) == "unauthorized_client"
    assert error("/oauth/device/code", json={"client_id": CODE_CLIENT, "scope": SCOPE}) == "unauthorized_client"
    assert error("/oauth/device/code", json={"client_id": DEVICE_CLIENT, "scope": "all"}) == "invalid_request"
    assert error("/oauth/token", content=b"?") == "invalid_request"
    assert error("/oauth/token", json={"client_id": DEVICE_CLIENT, "grant_type": "password"}) == "invalid_request"
