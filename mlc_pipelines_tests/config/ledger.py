"""An ERP declaration of its own for these tests, in the shape that the catalogue gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from mlc_pipelines.config import BaseUrl, SecretRef


class LedgerConnection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    account_id: str
    base_url: BaseUrl | None = None
    client_id: str
    certificate_id: str
    private_key: SecretRef
    accounting_book: str | None = None
    subsidiaries: tuple[str, ...] | None = None
    max_concurrent_requests: int = 2


class OAuthSignIn(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    method: Literal["oauth"]
    client_secret: SecretRef


class CookieSignIn(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    method: Literal["cookie"]
    user: str
    password: SecretRef


class OtherConnection(BaseModel):
    """A connection that is not built on our own base model, with a nested choice."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    base_url: BaseUrl
    auth: OAuthSignIn | CookieSignIn


@dataclass(frozen=True)
class DeclaredField:
    name: str
    type: pa.DataType


@dataclass(frozen=True)
class DeclaredEntity:
    name: str
    fields: tuple[DeclaredField, ...]
    amount: str | None = None
    currency: str | None = None


@dataclass(frozen=True)
class DeclaredErp:
    kind: str
    connection: type[BaseModel]
    entities: Mapping[str, DeclaredEntity] = field(default_factory=dict)
    takes_journals: bool = True


def entity(name: str, /, **fields: pa.DataType) -> DeclaredEntity:
    return DeclaredEntity(name, tuple(DeclaredField(each, type_) for each, type_ in fields.items()))


ENTITIES = {
    each.name: each
    for each in (
        entity("accounts", number=pa.string(), name=pa.string(), parent_number=pa.string(), type=pa.string()),
        entity(
            "gl_activity",
            account_number=pa.string(),
            account_type=pa.string(),
            department_name=pa.string(),
            amount=pa.decimal128(38, 6),
            lines=pa.int64(),
        ),
        replace(
            entity("orders", vendor=pa.string(), currency=pa.string(), amount=pa.decimal128(38, 6)),
            amount="amount",
            currency="currency",
        ),
    )
}

LEDGER = DeclaredErp("netsuite", LedgerConnection, ENTITIES)
OTHER = DeclaredErp("other", OtherConnection, ENTITIES, takes_journals=False)
ERPS = {LEDGER.kind: LEDGER, OTHER.kind: OTHER}
