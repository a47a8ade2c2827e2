"""The keys under `erp:` of a Visma.net tenant."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from mlc_pipelines.config.base import BaseUrl, ConfigModel, Name, NameOrId, SecretRef, refused
from mlc_pipelines.config.zones import TimeZone

_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def _guid(text: str) -> str:
    if not re.fullmatch(_GUID, text):
        raise refused(
            "is no tenant id",
            "Write that of the company: 8-4-4-4-12 hexadecimal digits, not the customer's, no number of the old API.",
        )
    return text


def _read_only(scope: str) -> str:
    writing = [each for each in scope.split() if each.endswith((":create", ":update", ":delete"))]
    if writing:
        raise refused(
            f"asks for the right to write ({', '.join(writing)})", "Leave it out: Visma.net is read and never written."
        )
    return scope


class VismaConnection(ConfigModel):
    """How to reach one Visma.net company, by OAuth 2.0 client credentials of a service application.

    Attributes:
        base_url: of the API; `https://api.finance.visma.net` by default.
        token_url: where tokens come from; `https://connect.visma.com/connect/token` by default.
        client_id: of the service application in the Visma Developer Portal, such as `isv_example`.
        client_secret: of that application.
        company_tenant_id: of the *company*. With the customer tenant id a token is given too, and each call is then
            refused with 401 (docs/vendors/visma_net.md, section 2.1).
        scope: `vismanet_erp_service_api:read` by default; a scope that writes is refused.
        timezone: of moments that don't name theirs; `Europe/Oslo` by default.
        ledger: number of the ledger that is read; the company's only ledger of actuals when absent.
        page_size: records per request; Visma.net lowers it without a word to what a list allows.
        max_concurrent_requests: requests in flight over all processes, 4 at most.
    """

    base_url: BaseUrl = "https://api.finance.visma.net"
    token_url: BaseUrl = "https://connect.visma.com/connect/token"  # noqa: S105 - an address
    client_id: Name
    client_secret: SecretRef
    company_tenant_id: Annotated[NameOrId, AfterValidator(_guid)]
    scope: Annotated[Name, AfterValidator(_read_only)] = "vismanet_erp_service_api:read"
    timezone: TimeZone = "Europe/Oslo"
    ledger: NameOrId | None = None
    page_size: int = Field(default=1000, ge=1, le=10_000)
    max_concurrent_requests: int = Field(default=4, ge=1, le=4)

    @property
    def company(self) -> str:
        """What tokens and limits are named by: Visma.net counts by company and application."""
        return f"visma_net:{self.client_id}:{self.company_tenant_id.lower()}"
