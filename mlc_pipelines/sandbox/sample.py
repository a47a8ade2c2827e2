"""A sample tenant: what the demo needs to pair one sandbox ERP with one sandbox model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlc_pipelines.sandbox.anaplan.spec import ModelSpec

USER, PASSWORD = "robot@sandbox.example", "sandbox-Passw0rd"  # noqa: S105 - of the sandbox, on loopback only


@dataclass(frozen=True)
class SampleTenant:
    """One sample tenant.

    Attributes:
        tenant: its name.
        kind: the ERP.
        erp_url: address of the ERP's sandbox.
        files: the configuration, path below the home -> text; `{anaplan_url}`, `{workspace_id}` and `{model_id}` stand
            where the Anaplan sandbox's own values go.
        secrets: values for the vault.
        periods: the last closed period and the open one.
        model: the Anaplan model that a model builder would have made for it.
    """

    tenant: str
    kind: str
    erp_url: str
    files: Mapping[str, str]
    secrets: Mapping[str, str]
    periods: Sequence[str]
    model: ModelSpec


def month_labels(years: Sequence[int]) -> tuple[str, ...]:
    """Time labels of a months calendar: `Jan 26` ..."""
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return tuple(f"{month} {year % 100:02d}" for year in years for month in months)
