"""The keys under `erp:` of a NetSuite tenant."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlc_pipelines.config.base import BaseUrl, ConfigModel, Name, NameOrId, PathPart, SecretRef


class NetSuiteConnection(ConfigModel):
    """How to reach one NetSuite account, by OAuth 2.0 client credentials with a certificate.

    Attributes:
        account_id: as on Setup > Company > Company Information, such as `1234567` or `1234567_SB1`. The pattern keeps a
            mistyped id from sending the signed assertion to another host (docs/vendors/netsuite.md, section 1).
        base_url: the SuiteTalk URL on the Company URLs tab; derived from the account id when absent.
        client_id: of the integration record.
        certificate_id: the id that NetSuite gave the uploaded certificate (the assertion's `kid`).
        private_key: the certificate's key, PEM, RSA or EC.
        accounting_book: id or name of the book that is read; the primary book when absent.
        subsidiaries: ids or names; only their transactions are read; all when absent.
        max_concurrent_requests: requests in flight over all processes; the account's limit is shared with other
            integrations.
    """

    account_id: Annotated[NameOrId, Field(pattern=r"^[A-Za-z0-9]+([_-][A-Za-z0-9]+)*$")]
    base_url: BaseUrl | None = None
    client_id: PathPart
    certificate_id: Name
    private_key: SecretRef
    accounting_book: NameOrId | None = None
    subsidiaries: Annotated[tuple[NameOrId, ...], Field(min_length=1)] | None = None
    max_concurrent_requests: int = Field(default=2, ge=1, le=20)

    @property
    def url(self) -> str:
        """Scheme and host of all requests, without a slash at the end."""
        return self.base_url or f"https://{self.slug}.suitetalk.api.netsuite.com"

    @property
    def restlets_url(self) -> str:
        """Scheme and host of the certificate list (docs/vendors/netsuite.md, section 2.6)."""
        return self.url.replace(".suitetalk.api.", ".restlets.api.")

    @property
    def slug(self) -> str:
        """The account id as it stands in host names (docs/vendors/netsuite.md, section 1)."""
        return self.account_id.lower().replace("_", "-")
