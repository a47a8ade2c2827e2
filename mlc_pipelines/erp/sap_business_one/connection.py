"""The keys under `erp:` of an SAP Business One tenant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from pydantic import Field
from pydantic_core import PydanticCustomError

from mlc_pipelines.config.base import BaseUrl, ConfigModel, Name, Raw, SecretRef, refused

_SERVICE = re.compile(r"(?<!/)/b1s(?:/(v\d+))?$")
_LIKE_SERVICE = re.compile(r"(?<!/)/b1s(/|$)", re.IGNORECASE)


class ServiceLayerConnection(ConfigModel):
    """How to reach one company through the Service Layer.

    Attributes:
        base_url: of the Service Layer, such as `https://b1.example.com:50000/b1s/v2`; the path may be left out.
        version: v2 (OData 4) or v1 (OData 3); by default the one in `base_url`, else v2
            (docs/vendors/sap_business_one.md, section 1).
        company_db: database name of the company.
        user: a user of the company, with a licence.
        password: of that user.
        max_concurrent_requests: requests in flight over all processes.
        page_size: journal entries asked for at a time; records without lines are asked for ten to one.
    """

    base_url: BaseUrl
    version: Literal["v1", "v2"] | None = None
    company_db: Name
    user: Name
    password: SecretRef
    max_concurrent_requests: int = Field(default=4, ge=1, le=20)
    page_size: int = Field(default=100, ge=1, le=1000)

    @classmethod
    def relations(cls, raw: Raw) -> Iterable[tuple[tuple[str, ...], PydanticCustomError]]:
        """An address that goes on behind the service's path, or a version that there isn't or that is not `version`."""
        address = str(raw.get("base_url", "")).rstrip("/")
        found = _SERVICE.search(address)
        written = found and found[1]
        if not found and _LIKE_SERVICE.search(address):
            yield ("base_url",), refused("doesn't end in the path of the Service Layer", "Write /b1s/v2; case matters.")
        elif written and written not in {"v1", "v2"}:
            yield ("base_url",), refused("names a version that the Service Layer doesn't have", "Write /b1s/v2.")
        elif written and raw.get("version") not in {None, written}:
            yield ("version",), refused("is another than that in base_url", "Leave one of the two out.")

    @property
    def host_url(self) -> str:
        """The address without the service's path."""
        return _SERVICE.sub("", self.base_url)

    @property
    def odata(self) -> Literal["v1", "v2"]:
        """The version that is called."""
        found = _SERVICE.search(self.base_url)
        return self.version or ("v1" if found and found[1] == "v1" else "v2")

    @property
    def url(self) -> str:
        """What all requests are relative to."""
        return f"{self.host_url}/b1s/{self.odata}"
