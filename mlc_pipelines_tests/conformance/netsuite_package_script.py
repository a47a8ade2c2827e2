"""Drives the sandbox with the PyPI package netsuite; run by test_netsuite_package.py in an environment that has it.

The package knows OAuth 1.0a only, so its two hooks for address and authentication are overridden
(docs/vendors/netsuite.md, section 10). The token is asked for with an assertion made by joserfc, not by PyJWT. Prints
one JSON object: what the package saw.
"""

# pyright: reportMissingImports=false
# It runs in an environment of its own, which has what it imports.

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from netsuite import Config, NetSuiteRestApi
from netsuite.exceptions import NetsuiteAPIRequestError

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"


def token(url: str, integration: dict[str, str], algorithm: str) -> str:
    now = int(time.time())
    key = (ECKey if algorithm.startswith("ES") else RSAKey).import_key(integration["private_key"])
    header = {"typ": "JWT", "alg": algorithm, "kid": integration["certificate_id"]}
    claims = {
        "iss": integration["client_id"],
        "scope": "restlets,rest_webservices",
        "aud": f"{url}{TOKEN_PATH}",
        "iat": now,
        "exp": now + 3600,
    }
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(header, claims, key, algorithms=[algorithm]),
    }
    answer = httpx.post(f"{url}{TOKEN_PATH}", data=form)
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


class Bearer(httpx.Auth):
    def __init__(self, value: str) -> None:
        self._value = value

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["Authorization"] = f"Bearer {self._value}"
        yield request


class Api(NetSuiteRestApi):
    def __init__(self, url: str, value: str) -> None:
        unused = {"consumer_key": "", "consumer_secret": "", "token_id": "", "token_secret": ""}
        super().__init__(Config(account="1234567_SB1", auth=unused), concurrent_requests=4)
        self._url = url
        self._bearer = Bearer(value)

    def _make_url(self, subpath: str) -> str:
        return f"{self._url}/services/rest{subpath}"

    def _make_auth(self) -> Bearer:
        return self._bearer


async def failure(call: Any) -> dict[str, Any]:
    try:
        await call
    except NetsuiteAPIRequestError as error:
        return {
            "status": error.status_code,
            "code": json.loads(error.response_text)["o:errorDetails"][0]["o:errorCode"],
        }
    raise AssertionError("no error")


async def see(asked: dict[str, Any]) -> dict[str, Any]:
    api = Api(asked["url"], token(asked["url"], asked["ec"], "ES256"))
    other = Api(asked["url"], token(asked["url"], asked["rsa"], "PS384"))
    accounts: list[dict[str, Any]] = []
    page: dict[str, Any] = {"hasMore": True}
    while page["hasMore"]:
        page = await api.suiteql(
            "SELECT id, acctnumber, parent FROM account ORDER BY id ASC", limit=50, offset=len(accounts)
        )
        accounts += page["items"]
    lines = [
        {"line": 1, "account": {"id": asked["debit"]}, "debit": 12.34},
        {"line": 2, "account": {"id": asked["credit"]}, "credit": 12.34},
    ]
    journal = {"subsidiary": {"id": "1"}, "tranDate": asked["day"], "line": {"items": lines}}
    path = "/record/v1/journalEntry/eid:conformance-1"
    first = await api.put(path, json=journal, params={"replace": "line"})
    again = await api.put(path, json=journal, params={"replace": "line"})
    number = (await api.get(path))["id"]
    patched = await api.patch(f"/record/v1/journalEntry/{number}", json={"memo": "seen"})
    found = await api.get("/record/v1/journalEntry", params={"q": 'externalId IS "conformance-1"'})
    read = await api.get(f"/record/v1/journalEntry/{number}", params={"expandSubResources": "true"})
    many = await asyncio.gather(*(api.suiteql(f"SELECT id FROM account WHERE id = {n}") for n in range(101, 113)))
    return {
        "accounts": [row["acctnumber"] for row in accounts],
        "default_page": (await other.suiteql("SELECT id FROM account ORDER BY id ASC"))["count"],
        "with_params": (await api.suiteql("SELECT id FROM account WHERE id = ?", json={"params": ["102"]}))["items"],
        "no_content": [first, again, patched],
        "found": [item["id"] for item in found["items"]] == [number],
        "lines": [(line["line"], line.get("debit"), line.get("credit")) for line in read["line"]["items"]],
        "memo": read["memo"],
        "many": sum(page["count"] for page in many),
        "server_time": (await api.get("/system/v1/serverTime"))["serverTime"][-1],
        "unknown_column": await failure(api.suiteql("SELECT nosuch FROM account")),
        "unknown_property": await failure(api.post("/record/v1/journalEntry", json=journal | {"nosuch": 1})),
        "unknown_record": await failure(api.get("/record/v1/journalEntry/eid:nobody")),
        "bad_token": await failure(Api(asked["url"], "nonsense").get("/system/v1/serverTime")),
        "deleted": await api.delete(path),
    }


sys.stdout.write(json.dumps(asyncio.run(see(json.load(sys.stdin)))))
