"""Landed rows as a pandas table, for a notebook.

    >>> from mlc_pipelines.notebook import landed_rows
    >>> rows = landed_rows("northwind", "gl_activity", "FY2026-P10")
    >>> rows.groupby("account_number")["amount"].sum()

Amounts stay decimals and keys text: the columns are Arrow's, so that a sum is the ledger's to the last place.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.store.keys import PartitionKey

if TYPE_CHECKING:
    import pandas as pd


def landed_rows(tenant: str, entity: str, period: str, *, runtime: Runtime | None = None) -> pd.DataFrame:
    """The newest snapshot of an entity, whole in memory, with the columns that say where each row comes from.

    Args:
        tenant: its name, `northwind`.
        entity: of its ERP, `gl_activity`; `mlc entities` lists them.
        period: key of the fiscal period, `FY2026-P10`.
        runtime: the open parts; by default those of `MLC_HOME`, which are closed again.

    Raises:
        ConfigurationError: there is no such tenant, entity or period, or it was never landed.
        LostFile: the snapshot's file is missing or damaged.
    """
    if runtime is None:
        with closing(Runtime.from_environment()) as opened:
            return landed_rows(tenant, entity, period, runtime=opened)
    import pandas as pd

    found = runtime.tenant(tenant)
    runtime.calendar(found).period(period)
    if entity not in (known := runtime.erp(found).entities):
        raise ConfigurationError(f"{tenant} has no entity {entity!r}.", hint=f"Known: {', '.join(known)}.")
    snapshot = runtime.snapshots.current(PartitionKey(tenant, entity, period))
    if snapshot is None:
        why = f"{entity} of {tenant} was never landed for {period}."
        raise ConfigurationError(why, hint=f"Run: mlc run {tenant} {period} --only {entity}")
    return runtime.snapshots.storage.table(snapshot.path).to_pandas(types_mapper=pd.ArrowDtype)
