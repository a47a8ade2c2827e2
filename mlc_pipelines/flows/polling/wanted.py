"""Which runs are wanted: periods that polls found changed, and what failed and may be tried again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mlc_pipelines.config import Tenant
from mlc_pipelines.fiscal import CloseState, Period
from mlc_pipelines.flows.asset_name import AssetName, landed_asset, load_asset, tie_out_asset
from mlc_pipelines.flows.polling.poll import pending_of
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.store.changes import Pending
from mlc_pipelines.store.marks import Marks

Row = Mapping[str, Any]

TRIES = 3
"""What failed so often in a row waits for a person."""


@dataclass(frozen=True)
class WantedRun:
    """A tenant's period that has to be put right.

    Attributes:
        tenant: its name.
        period: the period's key.
        assets: what to materialize: entities that changed or failed, their loads, the tie-out.
        key: the same as long as nothing new is known, so that nobody runs it twice.
    """

    tenant: str
    period: str
    assets: tuple[AssetName, ...]
    key: str


def wanted_runs(runtime: Runtime, tenant: Tenant) -> Iterator[WantedRun]:
    """What a tenant's periods need now, one run a period.

    A period that is worked on is left alone. What failed is tried again once a poll was made since: its rows are sent
    from the newest snapshot, or read again where they could not be read. After three failures in a row it waits for a
    person. In a closed period whose late postings are held, entities are landed and compared, and not loaded.
    """
    if tenant.schedule.paused:
        return
    calendar, now, marks = runtime.calendar(tenant), runtime.clock.now(), Marks(runtime.database)
    pending = pending_of(runtime, tenant.tenant)
    asked = [row["asked_at"] for row in runtime.snapshots.changes.feeds(tenant.tenant)]
    results: dict[str, dict[str, Row]] = {}
    for row in runtime.results.assets(tenant.tenant):
        results.setdefault(row["period"], {})[row["asset"]] = row
    for period in calendar.periods:
        if (tenant.tenant, period.key) in marks:
            continue
        known = results.get(period.key, {})
        held = tenant.schedule.late_postings == "hold" and calendar.close_state(period, now) is CloseState.CLOSED
        changes = pending.get(period.key, {})
        assets = list(_assets(tenant, changes, known, max(asked, default=None), held=held))
        if assets:
            yield WantedRun(
                tenant.tenant,
                period.key,
                (*assets, tie_out_asset(tenant.erp_kind)),
                _key(tenant, period, changes, [known.get(str(each)) for each in assets]),
            )


def _assets(
    tenant: Tenant, changes: Mapping[str, Any], known: Mapping[str, Row], asked: datetime | None, *, held: bool
) -> Iterator[AssetName]:
    for entity in tenant.loads:
        landed, load = landed_asset(tenant.erp_kind, entity), load_asset(tenant.erp_kind, entity)
        read, sent = known.get(str(landed)), known.get(str(load))
        if (read and waits(read)) or (sent and waits(sent) and not held):
            continue
        lands = entity in changes or _again(read, asked)
        if lands:
            yield landed
        if not held and (lands or _again(sent, asked)):
            yield load


def waits(row: Row) -> bool:
    """Whether an entity or a load failed so often that it waits for a person."""
    return row["failures_in_row"] >= TRIES


def _again(row: Row | None, asked: datetime | None) -> bool:
    """Whether it failed, and a poll was made since."""
    return row is not None and not row["ok"] and asked is not None and asked > row["finished_at"]


def _key(tenant: Tenant, period: Period, changes: Mapping[str, tuple[Pending, ...]], rows: list[Row | None]) -> str:
    numbers = sorted(each.number for found in changes.values() for each in found)
    failed = sorted((row["asset"], row["run_id"]) for row in rows if row is not None and not row["ok"])
    digest = hashlib.sha256(repr((numbers, failed)).encode()).hexdigest()[:16]
    return f"{tenant.tenant} {period.key} {digest}"
