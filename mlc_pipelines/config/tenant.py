"""A tenant: one ERP company paired with one Anaplan model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel

from mlc_pipelines.config.anaplan import AnaplanConnection
from mlc_pipelines.config.base import ConfigModel, Name, refused
from mlc_pipelines.config.loads import FieldColumn, Load
from mlc_pipelines.config.plan import Plan
from mlc_pipelines.config.schedule import Schedule


def _tenant_name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,40}", value):
        raise refused(
            "is not a tenant's name",
            "Use 2 to 41 lower-case letters, digits and hyphens, with a letter or digit first.",
        )
    return value


class TenantFile(ConfigModel):
    """`tenants/<tenant>.yaml`; what is under `erp` and `loads` depends on the ERP and is checked by the loader."""

    tenant: Annotated[str, AfterValidator(_tenant_name)]
    erp: dict[str, Any]
    calendar: Name
    anaplan: AnaplanConnection
    loads: dict[str, Any]
    plan: Plan | None = None
    schedule: Schedule = Schedule()


@dataclass(frozen=True)
class Tenant:
    """One ERP company paired with one Anaplan model.

    Attributes:
        tenant: its name, also the partition key.
        erp_kind: the ERP, also the asset group.
        connection: how to reach the ERP, validated by the ERP's own model.
        calendar: name of its fiscal calendar.
        anaplan: how to reach the model.
        loads: the loads of each entity, in order.
        plan: the way back, or None.
        schedule: when it is polled.
    """

    tenant: str
    erp_kind: str
    connection: BaseModel
    calendar: str
    anaplan: AnaplanConnection
    loads: Mapping[str, tuple[Load, ...]]
    plan: Plan | None
    schedule: Schedule

    @property
    def files(self) -> frozenset[str]:
        """The files that its own file refers to, relative to the configuration's home."""
        columns = (column for loads in self.loads.values() for load in loads for column in load.columns.values())
        maps = {column.map for column in columns if isinstance(column, FieldColumn)}
        maps |= set(self.plan.maps.values()) if self.plan else set()
        return frozenset({f"calendars/{self.calendar}.yaml", *(f"maps/{name}.csv" for name in maps if name)})
