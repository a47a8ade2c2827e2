"""One run of one partition: what may start when, and what is passed over because something before it is red.

Entities are read side by side while loads go on: a load starts as soon as what it needs is there. Only what depends on
a red asset is passed over; everything else goes on, and the tie-out speaks for what was loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import ExitStack
from typing import Any

from mlc_pipelines.config import Tenant
from mlc_pipelines.erp.base import Entity, Erp
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.asset_name import AssetName, landed_asset, load_asset, tie_out_asset
from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines.flows.period_run import PeriodRun
from mlc_pipelines.flows.runtime import Runtime


def load_needs(erp: Erp[Any], entity: Entity) -> list[AssetName]:
    """The assets that the load of an entity waits for: its landing, and the loads of what its codes refer to."""
    return [landed_asset(erp.kind, entity.name), *(load_asset(erp.kind, each) for each in entity.refers_to)]


def refuse_future(runtime: Runtime, tenant: Tenant, period: Period) -> None:
    """Nothing can be read of a period that has not begun.

    Raises:
        ConfigurationError: it has not, by the date in the calendar's time zone.
    """
    if period.start > runtime.clock.now().astimezone(runtime.calendar(tenant).timezone).date():
        raise ConfigurationError(
            f"{period.key} of {tenant.tenant} begins on {period.start}: {runtime.erp(tenant).title} has nothing of it "
            "yet.",
            hint="Run it once it has begun.",
        )


def round_trip(run: PeriodRun, chosen: Collection[AssetName]) -> Iterator[AssetOutcome]:
    """Land, load and tie out the chosen assets; each outcome comes as soon as it is there.

    Loads run in the calling thread, one at a time, so that an interrupt reaches the one that waits for Anaplan. What is
    not chosen is not waited for: a load without its landing takes the newest snapshot.

    Raises:
        ConfigurationError: the period has not begun.
    """
    refuse_future(run.runtime, run.tenant, run.period)
    erp = run.runtime.erp(run.tenant)
    entities = list(erp.entities.values())
    loads = {name: each for each in entities if (name := load_asset(erp.kind, each.name)) in chosen}
    ended: dict[AssetName, AssetOutcome] = {}

    def note(outcome: AssetOutcome) -> AssetOutcome:
        ended[outcome.asset] = outcome
        return outcome

    with ExitStack() as erp_open:
        chosen_entities = [each for each in entities if landed_asset(erp.kind, each.name) in chosen]
        unread = erp_open.enter_context(run.landing(chosen_entities))
        while unread or loads:
            landed = [name for name, future in unread.items() if future.done()]
            for name in landed:
                yield note(unread.pop(name).result())
            if not unread:
                erp_open.close()  # loads may take long, and a session of the ERP is a seat that others want
            ready = next((n for n, e in loads.items() if not {*unread, *loads}.intersection(load_needs(erp, e))), None)
            if ready is not None:
                entity = loads.pop(ready)
                causes = held_up_by(load_needs(erp, entity), ended)
                yield note(AssetOutcome(ready, waits_for=causes) if causes else run.load(entity))
            elif not landed:
                wait(unread.values(), return_when=FIRST_COMPLETED)
    if tie_out_asset(erp.kind) in chosen:
        red = [each.name for each in entities if held_up_by([landed_asset(erp.kind, each.name)], ended)]
        yield note(run.tie_out(entities, unread=red))


def held_up_by(needs: Collection[AssetName], ended: Mapping[AssetName, AssetOutcome]) -> tuple[AssetName, ...]:
    """The red assets because of which something can't go on, each once, themselves and not what they hold up."""
    causes: dict[AssetName, None] = {}
    for name in needs:
        outcome = ended.get(name)
        if outcome is not None:
            causes |= dict.fromkeys(outcome.waits_for or ([name] if outcome.error else []))
    return tuple(causes)
