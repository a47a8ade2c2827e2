"""The keys under `erp:` of an Acumatica tenant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from mlc_pipelines.config.base import BaseUrl, ConfigModel, Name, NameOrId, PathPart, Raw, SecretRef, refused
from mlc_pipelines.erp.acumatica.entities import ENTITIES
from mlc_pipelines.erp.acumatica.fields import CUSTOM_FIELDS, CustomName

_OTHER_DIALECT = (26, 200)
"""The first version of the Default endpoint with contract version 5 (docs/vendors/acumatica.md, section 3.1)."""

_BASES = {"bills": "Details/Transactions.TranAmt", "payments": "Document.OrigDocAmt"}
_BASE_OF = {"bills": "line", "payments": "payment"}

_CUSTOM = re.compile(r"(?:Details/)?[A-Za-z]\w*\.[A-Za-z]\w*")


class OAuth(ConfigModel):
    """A connected application: by a user's password, or by a refresh token that was granted to it.

    Attributes:
        client_id: of the connected application, with or without `@TENANT` at its end.
        client_secret: of the connected application.
        user: the user to read as; with `password` (flow Resource Owner Password Credentials).
        password: of that user.
        refresh_token: of a sign-in in a browser (flow Authorization Code, with or without PKCE), in place of user and
            password. It is used once: its successors are kept with the tokens.
    """

    method: Literal["oauth"]
    client_id: Name
    client_secret: SecretRef
    user: Name | None = None
    password: SecretRef | None = None
    refresh_token: SecretRef | None = None

    @classmethod
    def relations(cls, raw: Raw) -> Iterable[tuple[tuple[str, ...], PydanticCustomError]]:
        """Either a user with password, or a refresh token."""
        if ("user" in raw) != ("password" in raw):
            missing = "password" if "user" in raw else "user"
            yield (missing,), refused("is missing", "A user and its password go together.")
        if ("user" in raw or "password" in raw) == ("refresh_token" in raw):
            yield (
                ("refresh_token",),
                refused("or user and password: one of the two ways is needed", "Write one of them.", show=False),
            )


class Cookie(ConfigModel):
    """A session by login, for instances where no application can be connected; takes a seat while anything runs.

    Attributes:
        user: the user to read as.
        password: of that user.
    """

    method: Literal["cookie"]
    user: Name
    password: SecretRef


def _place(value: str) -> str:
    if not _CUSTOM.fullmatch(value):
        raise refused(
            "is not a custom field",
            "Write View.Field, or Details/View.Field for a field of the lines, as $custom has it.",
        )
    return value


def _served(version: str) -> str:
    if tuple(map(int, version.split(".")))[:2] >= _OTHER_DIALECT:
        raise refused(
            "speaks a dialect that is not served (contract version 5)",
            "Write 25.200.001 or 24.200.001: an instance of 2026 R2 serves them too. An endpoint of your own has to"
            " extend one of these.",
        )
    return version


CustomPlace = Annotated[str, AfterValidator(_place)]
CustomFields = Mapping[str, Mapping[CustomName, CustomPlace]]
BaseAmounts = Mapping[Literal["bills", "payments"], CustomPlace]


class AcumaticaConnection(ConfigModel):
    """How to reach one tenant of an Acumatica instance.

    Attributes:
        base_url: of the instance, with its path, such as `https://my.acumatica.com/MyInstance`.
        tenant: login name of the tenant; always sent, for without it the default tenant would be read.
        endpoint: name of the web service endpoint.
        version: of the endpoint, 25.200.001 or older. It is pinned: several versions live side by side.
        auth: how to sign in.
        ledger: the ledger whose figures are read.
        branch: only lines of this branch are read; all when absent. Payments have none and are all read.
        company: whose calendar of fiscal periods counts; the master calendar when absent.
        custom_fields: entity -> `custom_1` ... `custom_5` -> `View.Field`: fields that you added to the ERP.
        base_amounts: `bills`, `payments` -> `View.Field`: where their amounts in base currency are, which the endpoint
            lacks; the field `base_amount` is filled from there.
        page_size: records asked for at a time, with all their lines.
        max_concurrent_requests: requests in flight over all processes.
    """

    base_url: BaseUrl
    tenant: NameOrId
    endpoint: Annotated[PathPart, StringConstraints(pattern=r"^[\w .-]+$")] = "Default"
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}$"), AfterValidator(_served)]
    auth: Annotated[OAuth | Cookie, Field(discriminator="method")]
    ledger: NameOrId
    branch: NameOrId | None = None
    company: NameOrId | None = None
    custom_fields: CustomFields = Field(default_factory=dict)
    base_amounts: BaseAmounts = Field(default_factory=dict)
    page_size: int = Field(default=500, ge=1, le=5000)
    max_concurrent_requests: int = Field(default=3, ge=1, le=20)

    @classmethod
    def relations(cls, raw: Raw) -> Iterable[tuple[tuple[str, ...], PydanticCustomError]]:
        """The client's tenant is the tenant; custom fields and base amounts are of what has them."""
        auth = raw.get("auth")
        client = str(cast("Raw", auth).get("client_id", "")) if isinstance(auth, Mapping) else ""
        _, at, tenant = client.partition("@")
        if at and "tenant" in raw and tenant != raw["tenant"]:
            yield ("auth", "client_id"), refused("names another tenant", f"Tenant is {raw['tenant']}: leave out @...")
        given = raw.get("custom_fields")
        for name in cast("Mapping[Any, Any]", given) if isinstance(given, Mapping) else ():
            yield from _unfit(str(name), cast("Mapping[Any, Any]", given)[name])
        bases = raw.get("base_amounts")
        for name, place in cast("Mapping[Any, Any]", bases).items() if isinstance(bases, Mapping) else ():
            if name in _BASES and str(place).startswith("Details/") != bool(ENTITIES[name].lines):
                remedy = f"Write such as {_BASES[name]}: `amount` of {name} is that of a {_BASE_OF[name]}."
                yield ("base_amounts", name), refused(f"is not of a {_BASE_OF[name]}", remedy)

    @property
    def address(self) -> str:
        """The endpoint's path below the instance."""
        # Imported here: declaring an ERP needs no transport.
        from mlc_pipelines.http import path_part

        return f"/entity/{path_part(self.endpoint)}/{path_part(self.version)}"

    def places(self, entity: str) -> dict[str, str]:
        """Fields of an entity that are outside the endpoint, and where: `custom_1` and so on, `base_amount`."""
        base: dict[str, dict[str, str]] = {name: {"base_amount": place} for name, place in self.base_amounts.items()}
        return {**self.custom_fields.get(entity, {}), **base.get(entity, {})}

    def empty(self, entity: str) -> dict[str, str]:
        """Fields of an entity that nothing fills, and the key that would."""
        keys = {name: f"custom_fields.{entity}.{name}" for name in CUSTOM_FIELDS}
        keys |= {"base_amount": f"base_amounts.{entity}"} if entity in _BASES else {}
        return {name: f"erp.{key}" for name, key in keys.items() if name not in self.places(entity)}

    @property
    def account(self) -> str:
        """Instance and tenant: what shares seats and limits."""
        return f"acumatica:{self.base_url}:{self.tenant}"


def _unfit(name: str, fields: object) -> Iterable[tuple[tuple[str, ...], PydanticCustomError]]:
    able = [entity.name for entity in ENTITIES.values() if "custom_1" in entity.schema.names]
    if name not in able:
        near = difflib.get_close_matches(name, able, 3) or able
        yield ("custom_fields", name), refused("is no entity with custom fields", f"There are: {', '.join(near)}.")
    elif not ENTITIES[name].lines and isinstance(fields, Mapping):
        for field, place in cast("Mapping[Any, Any]", fields).items():
            if str(place).startswith("Details/"):
                yield (
                    ("custom_fields", name, str(field)),
                    refused(f"is of lines, and {name} has none", "Leave out Details/."),
                )
