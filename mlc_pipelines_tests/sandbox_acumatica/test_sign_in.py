"""OAuth, cookies, sessions, seats (docs/vendors/acumatica.md, sections 2, 3 and 12)."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from mlc_pipelines_tests.sandbox_acumatica.client import DEFAULT, Client
from mlc_sandbox.acumatica import AcumaticaSandbox


def login(sandbox: AcumaticaSandbox, **changed: str) -> httpx.Response:
    body = {"name": sandbox.username, "password": sandbox.password, "tenant": sandbox.tenant}
    return httpx.post(f"{sandbox.url}/entity/auth/login", json=body | changed)


def test_password_grant(client: Client) -> None:
    tokens = client.tokens
    assert {key: tokens[key] for key in ("expires_in", "token_type", "scope")} == {
        "expires_in": 3600,
        "token_type": "Bearer",
        "scope": "api offline_access",
    }
    assert "refresh_token" not in client.token(scope="api").json()
    client.sandbox.switches.expires_in_as_text = True
    assert client.token().json()["expires_in"] == "3600"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_secret": "x"}, {"error": "invalid_client"}),
        ({"client_id": "8C2F1F1E@Other"}, {"error": "invalid_client"}),
        ({"password": "x"}, {"error": "invalid_grant", "error_description": "invalid_username_or_password"}),
        ({"username": "x"}, {"error": "invalid_grant", "error_description": "invalid_username_or_password"}),
        ({"grant_type": "client_credentials"}, {"error": "unauthorized_client"}),
        ({"grant_type": "implicit"}, {"error": "unsupported_grant_type"}),
        ({"scope": "everything"}, {"error": "invalid_scope"}),
    ],
)
def test_refused_tokens(client: Client, changed: dict[str, str], error: dict[str, str]) -> None:
    answer = client.token(**changed)
    assert (answer.status_code, answer.json()) == (400, error)


def test_credentials_in_a_basic_header_are_not_read(client: Client) -> None:
    form = {"grant_type": "password", "username": "x", "password": "y", "scope": "api"}
    answer = client.http.post(
        "/identity/connect/token", data=form, auth=(client.sandbox.client_id, client.sandbox.client_secret)
    )
    assert answer.json() == {"error": "invalid_client"}


def refresh(client: Client, token: str) -> httpx.Response:
    return client.token(grant_type="refresh_token", refresh_token=token)


def test_refresh_tokens_rotate(client: Client) -> None:
    second = refresh(client, client.tokens["refresh_token"])
    assert second.status_code == 200
    assert refresh(client, client.tokens["refresh_token"]).json() == {"error": "invalid_grant"}
    third = refresh(client, second.json()["refresh_token"])
    assert third.status_code == 200
    # One session for the whole chain.
    assert len(client.sandbox.sessions.live()) == 1


@pytest.mark.parametrize("sliding", [False, True])
def test_the_chain_ends_after_thirty_days(client: Client, *, sliding: bool) -> None:
    client.sandbox.switches.sliding_refresh = sliding
    client.sandbox.clock.advance(20 * 86400)
    second = refresh(client, client.tokens["refresh_token"]).json()
    client.sandbox.clock.advance(20 * 86400)
    assert refresh(client, second["refresh_token"]).status_code == (200 if sliding else 400)


def test_an_access_token_lives_an_hour(client: Client) -> None:
    assert client.get("Ledger").status_code == 200
    client.sandbox.clock.advance(3601)
    assert client.get("Ledger").status_code == 401


def test_authorization_code_with_pkce(client: Client) -> None:
    sandbox = client.sandbox
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": sandbox.client_id,
        "redirect_uri": sandbox.redirect_uri,
        "scope": "api offline_access",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "state": "abc",
    }

    def code() -> str:
        answer = client.http.get("/identity/connect/authorize", params=query)
        assert answer.status_code == 302
        found = parse_qs(urlsplit(answer.headers["location"]).query)
        assert found["state"] == ["abc"]
        return found["code"][0]

    def exchange(code: str, verifier: str, uri: str) -> httpx.Response:
        return client.token(grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=uri)

    used = code()
    assert exchange(used, verifier, sandbox.redirect_uri).status_code == 200
    assert exchange(used, verifier, sandbox.redirect_uri).json() == {"error": "invalid_grant"}
    assert exchange(code(), "w" * 50, sandbox.redirect_uri).json() == {"error": "invalid_grant"}
    assert exchange(code(), verifier, sandbox.redirect_uri + "/").json() == {"error": "invalid_grant"}
    elsewhere = client.http.get("/identity/connect/authorize", params=query | {"redirect_uri": "http://evil.example"})
    assert elsewhere.status_code == 400


def test_discovery_and_revocation(client: Client) -> None:
    found = client.http.get("/identity/.well-known/openid-configuration").json()
    assert found["token_endpoint"] == f"{client.sandbox.url}/identity/connect/token"
    form = {"client_id": client.sandbox.client_id, "client_secret": client.sandbox.client_secret}
    gone = client.http.post(found["revocation_endpoint"], data=form | {"token": client.tokens["access_token"]})
    assert gone.status_code == 200
    assert client.get("Ledger").status_code == 401
    assert len(client.sandbox.sessions.live()) == 1


def test_cookie_login(sandbox: AcumaticaSandbox) -> None:
    answer = login(sandbox)
    assert (answer.status_code, answer.content) == (204, b"")
    assert {"ASP.NET_SessionId", ".ASPXAUTH"} <= set(answer.cookies)
    with httpx.Client(base_url=sandbox.url, cookies=answer.cookies) as http:
        assert http.get(f"{DEFAULT}/Ledger").status_code == 200
        without_length = http.build_request("POST", "/entity/auth/logout")
        del without_length.headers["content-length"]
        assert http.send(without_length).status_code == 411
        assert http.post("/entity/auth/logout").status_code == 204
        assert http.get(f"{DEFAULT}/Ledger").status_code == 401


def test_an_idle_cookie_session_ends(sandbox: AcumaticaSandbox) -> None:
    with httpx.Client(base_url=sandbox.url, cookies=login(sandbox).cookies) as http:
        for _ in range(3):
            sandbox.clock.advance(500)
            assert http.get(f"{DEFAULT}/Ledger").status_code == 200
        sandbox.clock.advance(601)
        assert http.get(f"{DEFAULT}/Ledger").status_code == 401


def test_refused_logins(sandbox: AcumaticaSandbox) -> None:
    wrong = login(sandbox, password="x")
    assert wrong.status_code == 500
    assert wrong.json()["exceptionMessage"] == "Error: Invalid credentials. Please try again."
    assert login(sandbox, tenant="Other").json()["exceptionType"] == "PX.Data.PXUndefinedCompanyException"
    assert login(sandbox, branch="NOWHERE").status_code == 500
    sandbox.switches.refused_logins = 401
    assert login(sandbox, password="x").status_code == 401
    sandbox.switches.single_tenant = True
    assert login(sandbox, tenant="Other").status_code == 204


def test_the_company_is_an_old_name_of_the_tenant_and_a_form_will_do(sandbox: AcumaticaSandbox) -> None:
    body = {"name": sandbox.username, "password": sandbox.password, "company": "Other"}
    assert httpx.post(f"{sandbox.url}/entity/auth/login", data=body).status_code == 500
    assert httpx.post(f"{sandbox.url}/entity/auth/login", data=body | {"company": sandbox.tenant}).status_code == 204


def test_no_seat_left_at_the_login(client: Client) -> None:
    client.sandbox.switches.max_api_users = 1
    refused = client.token()
    assert refused.status_code == 429
    assert "API Login Limit" in refused.text
    by_cookie = login(client.sandbox)
    assert by_cookie.status_code == 429
    assert by_cookie.json()["exceptionMessage"] == "API Login Limit"
    assert client.get("Ledger").status_code == 200
    assert client.http.post("/entity/auth/logout").status_code == 204
    assert client.token().status_code == 200


def test_no_seat_left_in_plain_text(client: Client) -> None:
    client.sandbox.switches.max_logins_per_user = 1
    client.sandbox.switches.seat_limit_shape = "text429"
    refused = client.token()
    assert refused.status_code == 429
    assert refused.headers["content-type"].startswith("text/plain")
    assert "custom error module" in refused.text


def test_no_seat_left_at_a_call(client: Client) -> None:
    client.sandbox.switches.max_api_users = 1
    client.sandbox.switches.seat_limit_shape = "bearer302"
    other = Client(client.sandbox)
    redirected = other.get("Ledger")
    assert redirected.status_code == 302
    assert "concurrent+API+logins" in redirected.headers["location"]
    # An idle session's seat is free again.
    client.sandbox.clock.advance(700)
    assert other.get("Ledger").status_code == 200


def test_concurrent_access_opens_a_session_for_each_call_without_cookies(sandbox: AcumaticaSandbox) -> None:
    client = Client(sandbox, scope="api api:concurrent_access")
    client.get("Ledger")
    client.get("Ledger")
    assert len(sandbox.sessions.live()) == 1
    client.http.cookies.clear()
    client.get("Ledger")
    assert len(sandbox.sessions.live()) == 2


def test_unauthorized_comes_before_not_found(client: Client) -> None:
    paths = (f"{DEFAULT}/Ledger", f"{DEFAULT}/Nothing", "/entity/Default/9.9/Ledger", "/entity/Other/1/X")
    with httpx.Client(base_url=client.sandbox.url) as http:
        assert [http.get(path).status_code for path in paths] == [401] * 4
    assert [client.http.get(path).status_code for path in paths] == [200, 404, 404, 404]
    assert "No HTTP resource was found" in client.http.get(paths[1]).json()["message"]


def test_list_of_endpoints(client: Client) -> None:
    listed = client.http.get("/entity").json()
    assert listed["version"]["acumaticaBuildVersion"]
    names = {(row["name"], row["version"]) for row in listed["endpoints"]}
    assert ("Default", "24.200.001") in names
    assert listed["endpoints"][3]["href"] == "/AcumaticaERP/entity/Default/24.200.001/"
    anonymous = httpx.get(f"{client.sandbox.url}/entity").json()
    assert {row["name"] for row in anonymous["endpoints"]} == {"Default"}
    client.sandbox.switches.entity_list = "array"
    assert isinstance(client.http.get("/entity").json(), list)
    client.sandbox.switches.entity_list_needs_login = True
    assert httpx.get(f"{client.sandbox.url}/entity").status_code == 401
    client.sandbox.switches.versions = ("25.200.001",)
    assert client.get("Ledger").status_code == 404


def test_generic_inquiries_are_not_exposed(client: Client) -> None:
    path = "/t/Meridian Live/api/odata/gi/$metadata"
    basic = (client.sandbox.username, client.sandbox.password)
    assert httpx.get(client.sandbox.url + path, auth=basic).status_code == 404
    assert httpx.get(client.sandbox.url + path).status_code == 401
