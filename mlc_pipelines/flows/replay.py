"""Replay: a stored snapshot delivered again, the ERP untouched."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from mlc_pipelines.config import Tenant
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.asset_name import AssetName, load_asset, tie_out_asset
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.snapshots import Snapshot

_SHOWN = 5


def replayed_assets(
    runtime: Runtime, tenant: Tenant, period: Period, entities: Sequence[str], snapshot_id: str = ""
) -> list[AssetName]:
    """The assets of a replay: the loads of the entities, and the tie-out.

    Args:
        runtime: the open parts.
        tenant: whose.
        period: of which period.
        entities: whose loads; when empty, that of the snapshot, or all that the tenant has.
        snapshot_id: of the one to deliver in place of its entity's newest; empty for none.

    Raises:
        ConfigurationError: the tenant has no load of an entity, or no such snapshot of them.
    """
    unknown = [name for name in entities if name not in tenant.loads]
    if unknown:
        raise ConfigurationError(
            f"{tenant.tenant} has no load of {', '.join(unknown)}.", hint=f"It loads {', '.join(tenant.loads)}."
        )
    wanted = entities
    if snapshot_id:
        wanted = [stored_snapshot(runtime, tenant, period, snapshot_id, entities).key.entity]
    return [load_asset(tenant.erp_kind, name) for name in wanted or tenant.loads] + [tie_out_asset(tenant.erp_kind)]


def stored_snapshot(
    runtime: Runtime, tenant: Tenant, period: Period, snapshot_id: str, entities: Sequence[str] = ()
) -> Snapshot:
    """The snapshot of that id, which has to be of this tenant and period.

    Args:
        runtime: the open parts.
        tenant: whose.
        period: of which period.
        snapshot_id: its id.
        entities: it has to be of one of these; of any that the tenant loads when empty.

    Raises:
        ConfigurationError: it is not; near ids are named, else the newest.
    """
    of = entities or list(tenant.loads)
    snapshot = runtime.snapshots.find(snapshot_id)
    if snapshot and snapshot.key in [PartitionKey(tenant.tenant, entity, period.key) for entity in of]:
        return snapshot
    kept = {row["id"]: row for row in runtime.snapshots.kept(tenant.tenant, period.key) if row["entity"] in of}
    near = get_close_matches(snapshot_id, kept, n=_SHOWN)
    shown = [
        f"{name} ({kept[name]['entity']}, read {kept[name]['extracted_at']:%Y-%m-%d %H:%M:%S} UTC, "
        f"{kept[name]['rows']} rows)"
        for name in near or list(kept)[:_SHOWN]
    ]
    hint = f"{'Did you mean' if near else 'The newest:'} {'; '.join(shown)}{'?' if near else '.'}"
    raise ConfigurationError(
        f"{tenant.tenant} has no snapshot {snapshot_id!r} of {', '.join(of)} of {period.key}.",
        hint=hint if kept else f"Nothing of it is kept; `mlc run {tenant.tenant} {period.key}` reads it.",
    )
