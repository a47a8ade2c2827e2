"""A world for tests: sandbox ERP and model on real sockets, a home with configuration, and flows that run on them."""

from __future__ import annotations

import importlib
import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.partition import AssetOutcome, PartitionRun
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.sandbox.anaplan import AnaplanSandbox, User
from mlc_pipelines.sandbox.sample import PASSWORD, USER, SampleTenant
from mlc_pipelines.sandbox.serving import SandboxClock
from mlc_pipelines.settings import Settings


class LinkedClock:
    """The product's clock, tied to the sandbox's: a sleep moves both forward and takes no time."""

    def __init__(self, sandbox: SandboxClock) -> None:
        self._sandbox = sandbox
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._sandbox.now()

    def monotonic(self) -> float:
        return self._sandbox.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._sandbox.advance(seconds)


class World:
    """One sample tenant and everything around it."""

    def __init__(self, home: Path, database_url: str, sample: SampleTenant, anaplan: AnaplanSandbox) -> None:
        self.home = home
        self.anaplan = anaplan
        self.erp: Any = sample.erp
        self.sample = sample.paired_with(anaplan)
        self.clock = LinkedClock(anaplan.clock)
        self.settings = Settings(home, database_url, str(home / "storage"), None, None)
        for path, text in self.sample.files.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_text(text, encoding="utf-8")
        self.runtime = self.open()
        for name, value in self.sample.secrets.items():
            self.runtime.vault.set(sample.tenant, name, value)

    @property
    def tenant(self) -> str:
        return self.sample.tenant

    @property
    def model(self) -> Any:
        return self.anaplan.model(self.sample.model.name)

    @property
    def environment(self) -> dict[str, str]:
        """For commands in processes of their own."""
        own = {"MLC_HOME": str(self.home), "MLC_DATABASE_URL": self.settings.database_url or ""}
        return {**os.environ, **own}

    def open(self) -> Runtime:
        """A fresh runtime, as another process would have."""
        return Runtime(self.settings, self.clock)

    def change_tenant(self, change: Any) -> None:
        """Change the tenant file and read it again."""
        path = self.home / f"tenants/{self.tenant}.yaml"
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(document)
        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
        self.runtime = self.open()

    def period(self, key: str | None = None) -> Period:
        tenant = self.runtime.tenant(self.tenant)
        return self.runtime.calendar(tenant).period(key or self.sample.periods[0])

    def partition(self, key: str | None = None, run_id: str = "") -> PartitionRun:
        tenant = self.runtime.tenant(self.tenant)
        return PartitionRun(self.runtime, tenant, self.period(key), run_id or uuid.uuid4().hex)

    def land(self, *names: str, period: str | None = None) -> dict[str, AssetOutcome]:
        entities = self.runtime.erp(self.runtime.tenant(self.tenant)).entities
        chosen = [entities[name] for name in names or entities]
        found = {outcome.asset.split("/")[-1]: outcome for outcome in self.partition(period).land(chosen)}
        return {entity.name: found[entity.name] for entity in chosen}

    def load(self, name: str, period: str | None = None) -> AssetOutcome:
        entity = self.runtime.erp(self.runtime.tenant(self.tenant)).entities[name]
        return self.partition(period).load(entity)

    def tie_out(self, period: str | None = None) -> AssetOutcome:
        entities = self.runtime.erp(self.runtime.tenant(self.tenant)).entities
        return self.partition(period).tie_out(list(entities.values()))

    def round_trip(self, period: str | None = None) -> dict[str, AssetOutcome]:
        """Land, load in order, tie out; stops at the first red as a run does."""
        outcomes = self.land(period=period)
        result = {outcome.asset: outcome for outcome in outcomes.values()}
        if any(outcome.error for outcome in result.values()):
            return result
        for name in outcomes:
            outcome = self.load(name, period)
            result[outcome.asset] = outcome
        tied = self.tie_out(period)
        return result | {tied.asset: tied}


@contextmanager
def open_world(home: Path, database_url: str, kind: str = "netsuite", **books: Any) -> Iterator[World]:
    """Start the sandboxes and make the home."""
    clock = SandboxClock()
    with ExitStack() as stack:
        module = importlib.import_module(f"mlc_pipelines.sandbox.{kind}.sample")
        sample = stack.enter_context(module.serve(0, clock, **books))
        anaplan = stack.enter_context(AnaplanSandbox([sample.model], [User(USER, PASSWORD)], clock=clock))
        world = World(home, database_url, sample, anaplan)
        yield world
        world.runtime.close()
