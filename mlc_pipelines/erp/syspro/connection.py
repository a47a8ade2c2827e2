"""The keys under `erp:` of a SYSPRO tenant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from mlc_pipelines.config.base import BaseUrl, ConfigModel, Name, NameOrId, Raw, SecretRef, refused
from mlc_pipelines.config.references import References, suggestion

_PARTS = {"cost_centre", "account"}


def _pattern(value: str) -> str:
    remedy = "Write it like '^(?P<cost_centre>[^-]+)-(?P<account>.+)$', in single quotes."
    try:
        groups = re.compile(value).groupindex
    except re.error as error:
        raise refused(f"is no regular expression: {error}", remedy) from None
    if not groups and re.compile(value).groups != 1:
        raise refused("must have a group named cost_centre, one named account, or both", remedy)
    for name in groups:
        if name not in _PARTS:
            raise refused(f"has a group named {name}, which nothing reads", suggestion(name, _PARTS, what="group"))
        if f"(?P<{name}>)" in value:
            raise refused(f"has an empty group {name}, which finds nothing", remedy)
    return value


def _year_start(month: int, info: ValidationInfo) -> int:
    calendar = info.context.calendar if isinstance(info.context, References) else None
    if calendar is not None and not calendar.of_months:
        raise refused(
            f"counts calendar months, and the periods of calendar {calendar.name} are none",
            "Leave it out and list the periods under the keys of SYSPRO's years and periods (kind: explicit), or let "
            "the calendar's years be SYSPRO's.",
        )
    return month


class SysproConnection(ConfigModel):
    """How to reach one SYSPRO company: its database by OData, and e.net REST where that is wanted.

    Attributes:
        odata_url: of the OData service, up to and including what selects the company.
        odata_user: operator that is enabled for OData.
        odata_password: his password.
        company: id of the company, as in the key of the ledger's tables, which may hold several; case counts.
        rest_url: of e.net, up to and including `/SYSPROWCFService/Rest`; reading needs nothing of it.
        operator: of e.net, nobody else's: his second logon ends the first (docs/vendors/syspro.md, section A2).
        operator_password: his password; left out when it is blank.
        company_password: the company's for e.net; left out when it is blank.
        logon_path: where e.net takes logons (docs/vendors/syspro.md, section A2).
        cost_centre_pattern: regular expression with groups named `cost_centre` and `account`, searched in GL codes;
            codes without a match have neither. A single group without a name is the cost centre.
        fiscal_year_start: month in which SYSPRO's fiscal year begins, where its years and periods are not those of the
            tenant's calendar, which then has to be one of months; its years are named by the calendar year in which
            they end.
        max_concurrent_requests: OData requests in flight over all processes.
    """

    odata_url: BaseUrl
    odata_user: Name
    odata_password: SecretRef
    company: NameOrId
    rest_url: BaseUrl | None = None
    operator: Name | None = None
    operator_password: SecretRef | None = None
    company_password: SecretRef | None = None
    logon_path: Annotated[str, Field(pattern=r"^(/[A-Za-z]+)+/?$")] = "/Logon"
    cost_centre_pattern: Annotated[str, AfterValidator(_pattern)] = r"^(?P<cost_centre>[^.-]+)[.-](?P<account>.+)$"
    fiscal_year_start: Annotated[int, Field(ge=1, le=12), AfterValidator(_year_start)] | None = None
    max_concurrent_requests: int = Field(default=4, ge=1, le=20)

    @classmethod
    def relations(cls, raw: Raw) -> Iterable[tuple[tuple[str, ...], PydanticCustomError]]:
        """Either e.net's address and operator, or neither."""
        if raw.get("rest_url") and not raw.get("operator"):
            yield ("operator",), refused("is missing beside rest_url", "Name the operator that logs on to e.net.")
        if raw.get("operator") and not raw.get("rest_url"):
            yield ("rest_url",), refused("is missing beside operator", "Give the address of e.net, or leave both out.")
