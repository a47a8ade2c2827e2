"""A sample tenant: what the demo needs to pair one sandbox ERP with one sandbox model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from string import Template

from mlc_sandbox.anaplan import AnaplanSandbox, ModelSpec
from mlc_sandbox.serving import SandboxServer

USER, PASSWORD = "robot@sandbox.example", "sandbox-Passw0rd"
_FIRST_YEAR = 2025
"""That of the books."""

_ANAPLAN = f"""\
anaplan:
  api_url: $anaplan_url
  auth_url: $anaplan_url
  app_url: $anaplan_url
  workspace_id: $workspace_id
  model_id: $model_id
  auth: {{method: basic, user: {USER}, password: {{secret: anaplan_password}}}}
  requests_per_minute: 600"""
# All of Anaplan's limit, as nobody else is in the sandbox.


@dataclass(frozen=True)
class SampleTenant:
    """One sample tenant.

    Attributes:
        tenant: its name.
        kind: the ERP.
        erp: the ERP's running sandbox.
        files: the configuration, path below the home -> text; `$anaplan_url`, `$workspace_id` and `$model_id` stand
            where the Anaplan sandbox's own values go.
        secrets: values for the vault.
        periods: the last closed period and the open one.
        model: the Anaplan model that a model builder would have made for it.
    """

    tenant: str
    kind: str
    erp: SandboxServer
    files: Mapping[str, str]
    secrets: Mapping[str, str]
    periods: Sequence[str]
    model: ModelSpec

    def paired_with(self, anaplan: AnaplanSandbox) -> SampleTenant:
        """The same with the addresses and ids of a running Anaplan sandbox."""
        values = {
            "anaplan_url": anaplan.url,
            "workspace_id": self.model.workspace.id,
            "model_id": anaplan.model(self.model.name).id,
        }
        tenant_file = f"tenants/{self.tenant}.yaml"
        text = Template(self.files[tenant_file]).substitute(values)
        return replace(self, files={**self.files, tenant_file: text})


def _month_labels(years: Sequence[int]) -> tuple[str, ...]:
    """Time labels of the sample calendars: `Jan 25` ..."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return tuple(f"{month} {year % 100:02d}" for year in years for month in months)


def month_calendar(name: str, country: str, timezone: str, *, adjustment_periods: int = 1) -> str:
    """Text of a calendar file: January to December, closed on the fifth working day; `$years` stands for the years."""
    return (
        f"name: {name}\nkind: months\nstart_month: 1\nyears: $years\n"
        f'adjustment_periods: {adjustment_periods}\ncountry: "{country}"\ntimezone: {timezone}\n'
        "close: {opens: WD-2, closes: WD+5 18:00, final_load: WD+5 17:00}\n"
    )


def sample_tenant(
    erp: SandboxServer,
    template: str,
    values: Mapping[str, str],
    *,
    calendar: str,
    model: ModelSpec,
    secrets: Mapping[str, str],
    today: date,
    maps: Mapping[str, str] | None = None,
) -> SampleTenant:
    """The tenant of a running sandbox.

    Args:
        erp: the sandbox.
        template: text of the tenant file; `$anaplan` stands where the Anaplan section goes.
        values: for the other `$names` of the template, `tenant` and `kind` among them.
        calendar: text of its calendar file, which has the tenant's name; `$years` stands for the years.
        model: its planning model, but for the time dimension.
        secrets: of the ERP, by name.
        today: in the open period; the last closed one is the month before. Calendar and model reach to the end of the
            next year.
        maps: text of the code maps by name.
    """
    tenant = values["tenant"]
    years = range(_FIRST_YEAR, today.year + 2)
    last = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    return SampleTenant(
        tenant=tenant,
        kind=values["kind"],
        erp=erp,
        files={
            f"tenants/{tenant}.yaml": Template(template).substitute(values, anaplan=_ANAPLAN),
            f"calendars/{tenant}.yaml": Template(calendar).substitute(years=list(years)),
            **{f"maps/{name}.csv": text for name, text in (maps or {}).items()},
        },
        secrets={**secrets, "anaplan_password": PASSWORD},
        periods=[f"FY{year}-P{month:02d}" for year, month in (last, (today.year, today.month))],
        model=replace(model, time=_month_labels(years)),
    )
