"""Login, Logout, cookies and expiry (docs/vendors/sap_business_one.md, section 2)."""

from __future__ import annotations

import httpx
import pytest

from mlc_pipelines_tests.sandbox_sap_business_one.conftest import client_of, credentials, message
from mlc_sandbox.sap_business_one import SapBusinessOneSandbox

NO_SESSION = "Invalid session or session already timeout."


def test_login_answers_as_documented(sandbox: SapBusinessOneSandbox) -> None:
    answer = httpx.post(f"{sandbox.url}/b1s/v1/Login", json=credentials(sandbox))
    body = answer.json()
    assert body["odata.metadata"] == f"{sandbox.url}/b1s/v1/$metadata#B1Sessions/@Element"
    assert (body["Version"], body["SessionTimeout"]) == ("1000110", 30)
    assert answer.headers.get_list("set-cookie") == [
        f"B1SESSION={body['SessionId']};HttpOnly;",
        "ROUTEID=.node1; path=/b1s",
    ]
    assert answer.headers["content-type"] == "application/json;odata=minimalmetadata;charset=utf-8"
    second = httpx.post(f"{sandbox.url}/b1s/v2/Login", json=credentials(sandbox))
    assert second.json()["@odata.context"].endswith("/b1s/v2/$metadata#B1Sessions/$entity")


def test_a_cookie_jar_keeps_the_session_to_its_version(sandbox: SapBusinessOneSandbox) -> None:
    with client_of(sandbox, "v1") as client:
        assert client.get("Dimensions").status_code == 200
        assert client.get(f"{sandbox.url}/b1s/v2/Dimensions").status_code == 401
        by_hand = {"Cookie": f"B1SESSION={client.cookies['B1SESSION']}"}
    assert httpx.get(f"{sandbox.url}/b1s/v2/Dimensions", headers=by_hand).status_code == 200


def test_without_a_session(sandbox: SapBusinessOneSandbox) -> None:
    for version, code in (("v1", 301), ("v2", "301")):
        answer = httpx.get(f"{sandbox.url}/b1s/{version}/Dimensions")
        assert message(answer) == (401, "301", NO_SESSION)
        assert answer.json()["error"]["code"] == code
    assert message(httpx.post(f"{sandbox.url}/b1s/v1/login", json=credentials(sandbox))) == (401, "301", NO_SESSION)
    sandbox.switches.session_error = 5002
    assert message(httpx.get(f"{sandbox.url}/b1s/v1/Dimensions")) == (400, "-5002", NO_SESSION)


@pytest.mark.parametrize("wrong", ["CompanyDB", "UserName", "Password"])
def test_wrong_credentials(sandbox: SapBusinessOneSandbox, wrong: str) -> None:
    answer = httpx.post(f"{sandbox.url}/b1s/v1/Login", json=credentials(sandbox) | {wrong: "nobody"})
    assert message(answer) == (401, "100000027", "Login failed")
    assert "set-cookie" not in answer.headers


def test_a_login_that_cannot_be_checked(sandbox: SapBusinessOneSandbox) -> None:
    sandbox.switches.sld_broken = True
    answer = httpx.post(f"{sandbox.url}/b1s/v1/Login", json=credentials(sandbox))
    assert message(answer) == (401, "100000027", "Fail to Get the Bound Database Instance from SLD")
    sandbox.switches.sld_broken = False
    unknown = httpx.post(f"{sandbox.url}/b1s/v1/Login", json=credentials(sandbox) | {"Company": "X"})
    assert message(unknown)[:2] == (400, "-1000")


def test_the_session_slides_and_ends(sandbox: SapBusinessOneSandbox) -> None:
    with client_of(sandbox) as client:
        for _ in range(3):
            sandbox.clock.advance(29 * 60)
            assert client.get("Dimensions").status_code == 200
        sandbox.clock.advance(30 * 60)
        assert client.get("Dimensions").status_code == 401


def test_logout_and_the_count_of_sessions(sandbox: SapBusinessOneSandbox) -> None:
    sandbox.expire_sessions()
    sandbox.switches.max_sessions = 1
    with client_of(sandbox) as client:
        assert sandbox.sessions.open == 1
        logins = sandbox.sessions.logins
        assert httpx.post(f"{sandbox.url}/b1s/v1/Login", json=credentials(sandbox)).status_code == 401
        answer = client.post("Logout")
        assert (answer.status_code, answer.content) == (204, b"")
        assert (sandbox.sessions.open, sandbox.sessions.logins) == (0, logins)
        assert client.get("Dimensions").status_code == 401


def test_ping_needs_no_session(sandbox: SapBusinessOneSandbox) -> None:
    body = httpx.get(f"{sandbox.url}/ping/").json()
    assert (body["message"], body["sender"]) == ("pong", "load balancer")


def test_a_dying_node_answers_html(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> None:
    sandbox.switches.trouble_rate = 1.0
    answer = v1.get("Dimensions")
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/html")
    assert "Proxy Error" in answer.text
