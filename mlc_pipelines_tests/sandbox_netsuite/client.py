"""A plain NetSuite client, written from docs/vendors/netsuite.md with httpx and PyJWT: the tests' hands."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import jwt

from mlc_sandbox.netsuite import Integration, NetSuiteSandbox

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"
SUITEQL_PATH = "/services/rest/query/v1/suiteql"
JOURNAL_PATH = "/services/rest/record/v1/journalEntry"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def assertion(
    sandbox: NetSuiteSandbox,
    integration: Integration | None = None,
    *,
    algorithm: str = "ES256",
    key: Any = None,
    headers: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """A client assertion as of docs/vendors/netsuite.md, section 2.2; claims and headers may be replaced, None removes
    one."""
    integration = integration or sandbox.integration
    now = int(sandbox.clock.now().timestamp())
    whole = {
        "iss": integration.client_id,
        "scope": ["rest_webservices"],
        "aud": f"{sandbox.url}{TOKEN_PATH}",
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid.uuid4()),
    } | claims
    return jwt.encode(
        {name: value for name, value in whole.items() if value is not None},
        key or integration.private_key,
        algorithm,
        headers={"typ": "JWT", "kid": integration.certificate_id} | (headers or {}),
    )


def ask_token(sandbox: NetSuiteSandbox, client_assertion: str, **form: str) -> httpx.Response:
    """POST to the token endpoint."""
    whole = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": client_assertion,
    } | form
    return httpx.post(f"{sandbox.url}{TOKEN_PATH}", data={name: value for name, value in whole.items() if value})


class Client:
    """Asks for a token once and then calls."""

    def __init__(self, sandbox: NetSuiteSandbox) -> None:
        answer = ask_token(sandbox, assertion(sandbox))
        assert answer.status_code == 200, answer.text
        token = answer.json()["access_token"]
        self.http = httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def query(self, q: str, *params: Any, headers: dict[str, str] | None = None, **bounds: Any) -> httpx.Response:
        """POST a query."""
        body = {"q": q, "params": list(params)} if params else {"q": q}
        return self.http.post(
            SUITEQL_PATH, json=body, params=bounds, headers={"Prefer": "transient"} if headers is None else headers
        )

    def rows(self, q: str, *params: Any, **bounds: Any) -> list[dict[str, str]]:
        """Rows of one page without their links."""
        answer = self.query(q, *params, **bounds)
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        assert all(item.pop("links") == [] for item in items)
        return items

    def refused(self, q: str, *params: Any) -> str:
        """The detail of a refused query."""
        answer = self.query(q, *params)
        assert answer.status_code == 400, answer.text
        (detail,) = answer.json()["o:errorDetails"]
        assert detail["o:errorCode"] == "INVALID_PARAMETER"
        assert detail["o:errorQueryParam"] == "q"
        return detail["detail"]


def error_of(answer: httpx.Response) -> dict[str, Any]:
    """The error detail of an answer in NetSuite's envelope."""
    assert answer.headers["content-type"] == "application/vnd.oracle.resource+json; type=error; charset=UTF-8"
    envelope = answer.json()
    assert envelope["status"] == answer.status_code
    assert envelope["title"]
    (detail,) = envelope["o:errorDetails"]
    return detail
