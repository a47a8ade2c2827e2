"""A sample tenant: what the demo needs to pair one sandbox ERP with one sandbox model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from string import Template

from mlc_pipelines.sandbox.anaplan import AnaplanSandbox, ModelSpec
from mlc_pipelines.sandbox.serving import SandboxServer

USER, PASSWORD = "robot@sandbox.example", "sandbox-Passw0rd"


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


def month_labels(years: Sequence[int]) -> tuple[str, ...]:
    """Time labels of a months calendar: `Jan 26` ..."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return tuple(f"{month} {year % 100:02d}" for year in years for month in months)
