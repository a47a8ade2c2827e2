"""One partition (tenant, period) of every asset: what runs, what is remembered, what people are shown.

An outcome is stored before it is shown, so that `mlc status` and the Dagster UI can't tell different stories.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

from mlc_pipelines.anaplan import AnaplanClient, maintenance_until
from mlc_pipelines.config import Tenant
from mlc_pipelines.erp.base import Entity, Source
from mlc_pipelines.errors import MlcError, TieOutDifference, TransientError
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.asset_name import PLAN, AssetName, landed_asset, load_asset, plan_asset, tie_out_asset
from mlc_pipelines.flows.asset_outcome import (
    AssetOutcome,
    describe_export,
    describe_landing,
    describe_loads,
    describe_tie_out,
    failed_check,
)
from mlc_pipelines.flows.delivery.context import DeliveryContext
from mlc_pipelines.flows.delivery.deliver import deliver
from mlc_pipelines.flows.delivery.report import failure
from mlc_pipelines.flows.delivery.result import DeliveryResult
from mlc_pipelines.flows.landing.calendar import check_calendar
from mlc_pipelines.flows.landing.export import land_export
from mlc_pipelines.flows.landing.land import Landed, land
from mlc_pipelines.flows.landing.merge import land_changes
from mlc_pipelines.flows.landing.side_by_side import side_by_side
from mlc_pipelines.flows.late_postings import LateRun
from mlc_pipelines.flows.monitoring.expiry import Expiry, certificate_check
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.flows.tie_out.compare import tie_out
from mlc_pipelines.flows.tie_out.tables import groups_csv
from mlc_pipelines.flows.tie_out.totals import TieOut
from mlc_pipelines.store.marks import at_work
from mlc_pipelines.store.results import AssetPartition
from mlc_pipelines.store.snapshots import Snapshot
from mlc_pipelines.unforeseen import unforeseen


@dataclass
class PeriodRun:
    """One run of one partition. The model is opened once for all its loads; `close` ends the connections.

    Attributes:
        runtime: the open parts.
        tenant, period: which partition.
        run_id: Dagster's run id, kept as provenance.
        open_source, open_model: the tenant's ERP and its Anaplan model, open while they are entered.
        full: send all rows, and not only those that changed. So are they from the period's final load until its close
            ends.
        replays: the snapshot that is sent in place of the newest one of its entity. The tie-out holds the model against
            the newest all the same.
        read: entities are read whole, or what polls found of them is merged into their newest snapshots.
    """

    runtime: Runtime
    tenant: Tenant
    period: Period
    run_id: str
    open_source: Callable[[Tenant], AbstractContextManager[Source[Any]]]
    open_model: Callable[[Tenant], AbstractContextManager[AnaplanClient]]
    full: bool = False
    replays: Snapshot | None = None
    read: Literal["whole", "changes"] = "whole"

    def __post_init__(self) -> None:
        self._opened = ExitStack()
        self._late = LateRun(self.runtime, self.tenant, self.period, self.run_id)

    @contextmanager
    def landing(self, entities: Sequence[Entity]) -> Generator[dict[AssetName, Future[AssetOutcome]]]:
        """Read entities side by side while it is entered; gives what will become of each, by the asset's name.

        The ERP is not asked for an entity that the tenant does not load.
        """
        names = {landed_asset(self.tenant.erp_kind, entity.name): entity for entity in entities}
        ended: dict[AssetName, AssetOutcome] = {
            name: AssetOutcome.not_configured(name, f"the tenant has no load of {entity.name}, so it was not read")
            for name, entity in names.items()
            if entity.name not in self.tenant.loads
        }
        wanted = {name: entity for name, entity in names.items() if name not in ended}
        with ExitStack() as stack:
            reading: dict[AssetName, Future[AssetOutcome]] = {}
            if wanted:
                stack.enter_context(self._at_work())
                try:
                    source = stack.enter_context(self.open_source(self.tenant))
                except Exception as error:  # noqa: BLE001 - as `_red_when_it_fails`
                    # Nothing can be read: every entity is red, else `mlc status` would tell of the run before.
                    ended |= {name: self._store(AssetOutcome(name, error=self._told(error))) for name in wanted}
                else:
                    reads = {name: partial(self._land, source, entity) for name, entity in wanted.items()}
                    reading = stack.enter_context(side_by_side(reads))
            yield {name: reading.get(name) or _already(ended[name]) for name in names}

    def load(self, entity: Entity) -> AssetOutcome:
        """Send an entity by all its loads, in their order; the first that fails ends it."""
        loads = self.tenant.loads.get(entity.name, ())
        outcome = AssetOutcome(load_asset(self.tenant.erp_kind, entity.name))
        if not loads:
            return AssetOutcome.not_configured(
                outcome.asset, f"the tenant has no load of {entity.name}, so nothing was sent"
            )
        started = time.monotonic()
        results: list[DeliveryResult] = []
        with self._red_when_it_fails(outcome), self._at_work():
            self._late.note(entity)
            for load in loads:
                result = deliver(self._context, load, entity, self.period)
                results.append(result)
                outcome.error = failure(load, result)
                if outcome.error:
                    break
            else:
                self._late.loaded(entity)
        describe_loads(outcome, entity, results)
        outcome.figures |= self._model_figures if results else {"model": self.tenant.anaplan.model_id}
        self._blame_maintenance(outcome)
        outcome.figures["seconds"] = round(time.monotonic() - started, 2)
        return self._store(outcome)

    def tie_out(self, entities: Sequence[Entity], unread: Collection[str] = ()) -> AssetOutcome:
        """Compare ERP, snapshot, sent and accepted totals of all loads.

        Args:
            entities: whose loads.
            unread: names of those that this run could not read: an older snapshot of theirs proves nothing for now.
        """
        outcome = AssetOutcome(tie_out_asset(self.tenant.erp_kind))
        started = time.monotonic()
        with self._red_when_it_fails(outcome), self._at_work():
            results = [
                result
                for entity in entities
                for load in self.tenant.loads.get(entity.name, ())
                for result in tie_out(self._context, entity, load, self.period, unread=entity.name in unread)
            ]
            expiry = Expiry.of(self.tenant.tenant, self._context.anaplan, self.runtime.clock)
            check = describe_tie_out(
                outcome, results, certificate_check(expiry), self._keep_groups(results), self._late.table()
            )
            if not check.passed:
                outcome.error = TieOutDifference(
                    f"{self.tenant.tenant}, {self.period.key}: {check.message}.",
                    hint="The rows that make the difference are listed in the metadata.",
                )
        outcome.figures["seconds"] = round(time.monotonic() - started, 2)
        return self._store(outcome)

    def _keep_groups(self, results: Sequence[TieOut]) -> str:
        """All groups of a tie-out, in a file that people can open; gives where it is."""
        storage = self.runtime.snapshots.storage
        path = f"tie_outs/{self.tenant.tenant}/{self.period.key}/{self.run_id}.csv"
        with storage.create(path) as stream:
            stream.write(groups_csv(results))
        return storage.address(path)

    def export_plan(self) -> AssetOutcome:
        """Keep what the plan's export gives as a snapshot; nothing is written to the ERP."""
        plan = self.tenant.plan
        outcome = AssetOutcome(plan_asset(self.tenant.erp_kind))
        if plan is None:
            return AssetOutcome.not_configured(outcome.asset, "the tenant has no plan, so nothing was exported")
        with self._red_when_it_fails(outcome), self._at_work():
            landed = land_export(
                self.runtime.snapshots,
                self._context.anaplan,
                plan.export,
                self.period,
                entity=PLAN,
                figures=[plan.columns.amount],
                tenant=self.tenant.tenant,
                run_id=self.run_id,
                clock=self.runtime.clock,
            )
            describe_export(outcome, plan.export, landed)
            outcome.figures |= self._model_figures
        if outcome.error:
            outcome.checks = failed_check(outcome.error)
            self._blame_maintenance(outcome)
        return self._store(outcome)

    def _land(self, source: Source[Any], entity: Entity) -> AssetOutcome:
        outcome = AssetOutcome(landed_asset(self.tenant.erp_kind, entity.name))
        began = self.runtime.clock.now()
        with self._red_when_it_fails(outcome):
            if entity.kind == "fact":
                check_calendar(source, self.runtime.calendar(self.tenant), self.period)
            landed = self._read(source, entity)
            describe_landing(outcome, entity, landed)
            # A merge leans on the whole read before it: the close calendar asks how old that is.
            if landed.read == "merged":
                before = self.runtime.results.figures(self._partition(outcome))
                outcome.figures["read_whole_at"] = before.get("read_whole_at", "")
            else:
                outcome.figures["read_whole_at"] = began.isoformat()
            if self._late.holds:
                self._late.note(entity)
        if outcome.error:
            outcome.checks = failed_check(outcome.error)
        return self._store(outcome)

    def _read(self, source: Source[Any], entity: Entity) -> Landed:
        erp, calendar = self.runtime.erp(self.tenant), self.runtime.calendar(self.tenant)
        facts = [each for each in erp.entities.values() if entity.name in each.repeats]
        how = partial(land_changes, calendar=calendar) if self.read == "changes" else land
        return how(
            self.runtime.snapshots,
            source,
            entity,
            self.period,
            tenant=self.tenant.tenant,
            run_id=self.run_id,
            clock=self.runtime.clock,
            repeated_by={fact.name: fact.repeats[entity.name] for fact in facts},
        )

    def _partition(self, outcome: AssetOutcome) -> AssetPartition:
        return AssetPartition(self.tenant.tenant, str(outcome.asset), self.period.key)

    def _at_work(self) -> AbstractContextManager[None]:
        """For `mlc status`: the period is being worked on."""
        return at_work(self.runtime.database, self.tenant.tenant, self.period.key)

    @contextmanager
    def _red_when_it_fails(self, outcome: AssetOutcome) -> Generator[None]:
        """Any error makes this asset red, and no other."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, the rest of the run goes on
            outcome.error = self._told(error)

    def _told(self, error: Exception) -> MlcError:
        return error if isinstance(error, MlcError) else unforeseen(error, self.runtime.settings.home)

    @cached_property
    def _context(self) -> DeliveryContext:
        return DeliveryContext(
            runtime=self.runtime,
            tenant=self.tenant,
            anaplan=self._opened.enter_context(self.open_model(self.tenant)),
            run_id=self.run_id,
            full=self.full or self._is_final(),
            replays=self.replays,
        )

    def _is_final(self) -> bool:
        """Whether the period's final load is due: what goes out then does not lean on what went out before."""
        window = self.runtime.calendar(self.tenant).close_window(self.period)
        return window.final_load <= self.runtime.clock.now() <= window.closes

    def _blame_maintenance(self, outcome: AssetOutcome) -> None:
        until = maintenance_until(self.runtime.clock.now())
        if until and isinstance(outcome.error, TransientError):
            outcome.error.hint += f" Anaplan's weekly maintenance lasts until {until:%H:%M %Z}: run it again then."

    @cached_property
    def _model_figures(self) -> dict[str, str]:
        """The model's name and address for people. A load does not fail for want of them."""
        model_id = self.tenant.anaplan.model_id
        try:
            model = self._context.anaplan.model
        except MlcError:
            return {"model": model_id}
        return {"model": f"{model.name} ({model_id})", "model_url": model.url}

    def close(self) -> None:
        """End the connections to the model."""
        self._opened.close()

    def _store(self, outcome: AssetOutcome) -> AssetOutcome:
        outcome.make_visible()
        self.runtime.results.store(
            self._partition(outcome),
            ok=outcome.error is None,
            figures=outcome.figures,
            checks=outcome.checks,
            error=str(outcome.error) if outcome.error else None,
            run_id=self.run_id,
            at=self.runtime.clock.now(),
        )
        return outcome


def _already(outcome: AssetOutcome) -> Future[AssetOutcome]:
    future: Future[AssetOutcome] = Future()
    future.set_result(outcome)
    return future
