"""The truth about checks and assets per partition, which must not depend on Dagster's event log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.dialects.postgresql import insert as upsert

from mlc_pipelines.store import tables
from mlc_pipelines.store.db import Database


@dataclass(frozen=True)
class CheckResult:
    """What one rule found.

    Attributes:
        rule: its name, `rows_complete`.
        passed: whether it holds.
        message: one sentence for people.
        detail: figures, amounts as text; no personal data.
        tables: rows that show what was found, by title, for people only; no personal data.
    """

    rule: str
    passed: bool
    message: str
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tables: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])


@dataclass(frozen=True)
class AssetPartition:
    """One asset of one tenant and period."""

    tenant: str
    asset: str
    period: str


class ResultStore:
    """Stores and reads results; the newest per partition and rule stands."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store(
        self,
        partition: AssetPartition,
        *,
        ok: bool,
        figures: Mapping[str, Any],
        checks: Sequence[CheckResult],
        error: str | None,
        run_id: str,
        at: datetime,
    ) -> None:
        """Store how an asset's partition ended, with its checks, in one transaction."""
        asset = tables.asset_result
        values = {**vars(partition), "run_id": run_id}
        with self._database.engine.begin() as connection:
            statement = upsert(asset).values(
                **values,
                ok=ok,
                figures=dict(figures),
                error=error,
                failures_in_row=0 if ok else 1,
                finished_at=at,
                succeeded_at=at if ok else None,
            )
            new = statement.excluded
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["tenant", "asset", "period"],
                    set_={
                        "ok": new.ok,
                        "figures": new.figures,
                        "error": new.error,
                        "failures_in_row": case((new.ok, 0), else_=asset.c.failures_in_row + 1),
                        "finished_at": new.finished_at,
                        "succeeded_at": case((new.ok, new.finished_at), else_=asset.c.succeeded_at),
                        "run_id": new.run_id,
                    },
                )
            )
            for check in checks:
                detail = {"message": check.message, **check.detail}
                found = {"passed": check.passed, "detail": detail, "checked_at": at, "run_id": run_id}
                connection.execute(
                    upsert(tables.check_result)
                    .values(**vars(partition), rule=check.rule, **found)
                    .on_conflict_do_update(index_elements=["tenant", "asset", "period", "rule"], set_=found)
                )

    def assets(self, tenant: str | None = None) -> list[Mapping[str, Any]]:
        """The newest result of every asset and partition, ordered by tenant, period, asset."""
        return self._rows(tables.asset_result, tenant)

    def figures(self, partition: AssetPartition) -> Mapping[str, Any]:
        """Those of the newest result of one asset's partition; empty when there is none."""
        column = tables.asset_result.c
        where = (column[name] == value for name, value in vars(partition).items())
        with self._database.engine.connect() as connection:
            return connection.scalar(select(column.figures).where(*where)) or {}

    def checks(self, tenant: str | None = None) -> list[Mapping[str, Any]]:
        """The newest result of every check, ordered by tenant, period, asset."""
        return self._rows(tables.check_result, tenant)

    def _rows(self, table: Any, tenant: str | None) -> list[Mapping[str, Any]]:
        statement = select(table).order_by(table.c.tenant, table.c.period, table.c.asset)
        if tenant is not None:
            statement = statement.where(table.c.tenant == tenant)
        with self._database.engine.connect() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]
