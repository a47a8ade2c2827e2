"""Resources: the three sides that the steps of a run work with. What they hold is configured in files below the home.

They are made of one `Runtime`, which opens each part once for the whole process. No postponed annotations here: Dagster
reads those of a resource's fields as they stand.
"""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import dagster as dg
from pydantic import Field

from mlc_pipelines.anaplan import AnaplanClient
from mlc_pipelines.config import Tenant
from mlc_pipelines.erp.base import Source
from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines.flows.period_run import PeriodRun
from mlc_pipelines.flows.replay import stored_snapshot
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.leftovers import run_lock

_TENANTS = "Folder of the tenants' files, which say how each one is reached; credentials are in the vault."


@dataclass
class Outcomes:
    """How the assets of this process's runs ended: what else is stored of them may be of another run already."""

    ended: list[AssetOutcome] = field(default_factory=list[AssetOutcome])


class ErpResource(dg.ConfigurableResource[Any]):
    """The ERPs of all tenants: read within limits that hold over all processes, logged off at the end."""

    runtime: dg.ResourceDependency[Runtime]
    tenants: str = Field(description=_TENANTS)

    def source(self, tenant: Tenant) -> AbstractContextManager[Source[Any]]:
        """A tenant's ERP, open while it is entered.

        Raises:
            ConfigurationError: a credential is missing.
        """
        return self.runtime.source(tenant)


class AnaplanResource(dg.ConfigurableResource[Any]):
    """The Anaplan models of all tenants: one action per model at a time over all processes, polled to its end."""

    runtime: dg.ResourceDependency[Runtime]
    tenants: str = Field(description=_TENANTS)

    def model(self, tenant: Tenant) -> AbstractContextManager[AnaplanClient]:
        """A tenant's model, open while it is entered.

        Raises:
            ConfigurationError: a credential is missing.
        """
        return self.runtime.anaplan(tenant)


class StoreResource(dg.ConfigurableResource[Any]):
    """What was read, sent and found: snapshots, deliveries and results in Postgres, their rows in Parquet files."""

    runtime: dg.ResourceDependency[Runtime]
    outcomes: dg.ResourceDependency[Outcomes]
    home: str = Field(description="Configuration and local state (MLC_HOME).")
    database: str = Field(
        description="Where Postgres is; a URL (MLC_DATABASE_URL) may hold a password and isn't shown."
    )

    @contextmanager
    def period_run(
        self,
        erp: ErpResource,
        anaplan: AnaplanResource,
        tenant: str,
        period: str,
        run_id: str,
        *,
        full: bool,
        replays: str,
        read: Literal["whole", "changes"],
    ) -> Generator[PeriodRun]:
        """The flows of one tenant and period, open while it is entered.

        Args:
            erp: what they read from.
            anaplan: what they load into.
            tenant: its name.
            period: its key.
            run_id: Dagster's.
            full: send all rows, and not only those that changed.
            replays: id of the snapshot to send in place of the newest one of its entity; empty for none.
            read: entities are read whole, or what polls found is merged into their newest snapshots.

        Raises:
            ConfigurationError: there is no such tenant, or no such period in its calendar, or no such snapshot of them.
        """
        # The lock says that the run's process lives; it is held already where this process made the run itself.
        with self.runtime.database.try_lock(run_lock(run_id)):
            found = self.runtime.tenant(tenant)
            fiscal_period = self.runtime.calendar(found).period(period)
            run = PeriodRun(
                self.runtime,
                found,
                fiscal_period,
                run_id,
                open_source=erp.source,
                open_model=anaplan.model,
                full=full,
                replays=stored_snapshot(self.runtime, found, fiscal_period, replays) if replays else None,
                read=read,
            )
            try:
                yield run
            finally:
                run.close()


def build_resources(runtime: Runtime, outcomes: Outcomes | None = None) -> dict[str, Any]:
    """The resources of the graph by name.

    Args:
        runtime: the open parts.
        outcomes: takes how each asset of this process's runs ended.
    """
    settings = runtime.settings
    tenants = str(settings.home / "tenants")
    database = "MLC_DATABASE_URL" if settings.database_url else str(settings.home / "pg")
    return {
        "erp": ErpResource(runtime=runtime, tenants=tenants),
        "anaplan": AnaplanResource(runtime=runtime, tenants=tenants),
        "store": StoreResource(
            runtime=runtime,
            outcomes=outcomes or Outcomes(),
            home=str(settings.home),
            database=database,
        ),
    }
