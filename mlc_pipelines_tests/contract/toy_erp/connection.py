"""The keys under `erp:` of a Toy Books tenant."""

from __future__ import annotations

from mlc_pipelines.config import BaseUrl, ConfigModel, SecretRef
from mlc_pipelines.config.base import Name


class ToyConnection(ConfigModel):
    """How to reach one company.

    Attributes:
        base_url: of its Toy Books.
        client_id: of the application that the company registered.
        client_secret: of that application.
    """

    base_url: BaseUrl
    client_id: Name
    client_secret: SecretRef
