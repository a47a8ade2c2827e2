"""A plain client: one token, GET, and nothing clever."""

from __future__ import annotations

from typing import Any

import httpx

from mlc_sandbox.visma_net import VismaNetSandbox

SCOPE = "vismanet_erp_service_api:read"


def token_form(sandbox: VismaNetSandbox, **changes: str | None) -> dict[str, str]:
    """The five fields of a token request; None leaves one out."""
    form = {
        "grant_type": "client_credentials",
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        "scope": SCOPE,
        "tenant_id": sandbox.tenant_id,
    } | changes
    return {name: value for name, value in form.items() if value is not None}


class Client:
    """Asks with a fresh token."""

    def __init__(self, sandbox: VismaNetSandbox, **changes: str) -> None:
        answer = httpx.post(sandbox.token_url, data=token_form(sandbox, **changes)).json()
        self._http = httpx.Client(
            base_url=sandbox.url, headers={"Authorization": f"Bearer {answer['access_token']}"}, timeout=30
        )

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        """The answer, whatever it is."""
        return self._http.get(path, params=query or None, headers=headers)

    def list(self, path: str, **query: Any) -> Any:
        """The body of an answer that must be good."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def all_pages(self, path: str, size: int, **query: Any) -> list[Any]:
        """All items, page after page until one is empty."""
        found: list[Any] = []
        page = 1
        while items := self.list(path, pageNumber=page, pageSize=size, **query):
            found += items
            page += 1
        return found

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
