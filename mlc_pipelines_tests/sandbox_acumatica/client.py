"""A plain client of the sandbox: nothing but httpx and docs/vendors/acumatica.md."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx

from mlc_sandbox.acumatica import AcumaticaSandbox

DEFAULT = "/entity/Default/24.200.001"


def wrapped(**fields: Any) -> dict[str, Any]:
    return {name: {"value": value} for name, value in fields.items()}


def read(answer: httpx.Response) -> Any:
    """The body, with amounts as decimals of exactly the digits on the wire."""
    assert answer.status_code == 200, answer.text
    return json.loads(answer.content, parse_float=Decimal)


def value(record: dict[str, Any], name: str) -> Any:
    return record[name].get("value")


class Client:
    def __init__(self, sandbox: AcumaticaSandbox, *, scope: str = "api offline_access") -> None:
        self.sandbox = sandbox
        self.http = httpx.Client(base_url=sandbox.url, timeout=30)
        answer = self.token(scope=scope)
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        self.http.headers["authorization"] = f"Bearer {self.tokens['access_token']}"

    def token(self, **changed: str) -> httpx.Response:
        form = {
            "grant_type": "password",
            "client_id": self.sandbox.client_id,
            "client_secret": self.sandbox.client_secret,
            "username": self.sandbox.username,
            "password": self.sandbox.password,
            "scope": "api offline_access",
        }
        return self.http.post("/identity/connect/token", data=form | changed)

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        return self.http.get(
            f"{DEFAULT}/{path}", params={f"${name}": value for name, value in query.items()}, headers=headers
        )

    def put(self, path: str, body: Any, *, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        params = {f"${name}": value for name, value in query.items()}
        return self.http.put(f"{DEFAULT}/{path}", json=body, params=params, headers=headers)

    def results(self, inquiry: str, **parameters: Any) -> list[dict[str, Any]]:
        return read(self.put(inquiry, wrapped(**parameters), expand="Results"))["Results"]

    def failure(self, answer: httpx.Response, status: int = 500) -> dict[str, Any]:
        assert answer.status_code == status, answer.text
        return answer.json()
