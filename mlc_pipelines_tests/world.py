"""A world for tests: sandbox ERP and model on real sockets, a home with configuration, and flows that run on them."""

from __future__ import annotations

import csv
import importlib
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlalchemy
import yaml
from sqlalchemy.engine import RowMapping, make_url

from mlc_pipelines.clock import SYSTEM_CLOCK, Clock
from mlc_pipelines.config import Tenant
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.asset_name import configured_assets, landed_asset
from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines.flows.period_run import PeriodRun
from mlc_pipelines.flows.round_trip import round_trip
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.settings import Settings
from mlc_pipelines.store import tables
from mlc_pipelines_tests.clock import NOW, LinkedClock, sandbox_clock
from mlc_pipelines_tests.ledger_totals import ledger_totals
from mlc_sandbox.anaplan import AnaplanSandbox, ModelSpec, User
from mlc_sandbox.sample import PASSWORD, USER, SampleTenant

LEDGER = ("accounts", "departments", "gl_activity")
"""What the general ledger needs in the model; most tests need no more."""

Cells = dict[tuple[str, ...], Decimal]


class World:
    """One sample tenant and everything around it."""

    def __init__(
        self, home: Path, database_url: str, sample: SampleTenant, anaplan: AnaplanSandbox, clock: Clock
    ) -> None:
        self.home = home
        self.anaplan = anaplan
        self.erp: Any = sample.erp
        self.sample = sample.paired_with(anaplan)
        self.clock = clock
        self.full = False  # whether runs send all rows, as `mlc run --full` does
        self.settings = Settings(home, database_url, str(home / "storage"), None, None)
        for path, text in self.sample.files.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_text(text, encoding="utf-8")
        self.runtime = self.open()
        for name, value in self.sample.secrets.items():
            self.runtime.vault.set(sample.tenant, name, value)

    # -- what there is ------------------------------------------------------------------------------------------------

    @property
    def tenant(self) -> str:
        return self.sample.tenant

    @property
    def closed(self) -> str:
        """The key of the last closed period: full of postings."""
        return self.sample.periods[0]

    @property
    def model(self) -> Any:
        return self.anaplan.model(self.sample.model.name)

    @property
    def environment(self) -> dict[str, str]:
        """For commands in processes of their own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLC_", "DAGSTER_"))}
        return {**kept, "MLC_HOME": str(self.home), "MLC_DATABASE_URL": self.settings.database_url or ""}

    def open(self) -> Runtime:
        """A fresh runtime, as another process would have."""
        return Runtime(self.settings, self.clock)

    def period(self, key: str | None = None) -> Period:
        tenant = self.runtime.tenant(self.tenant)
        return self.runtime.calendar(tenant).period(key or self.closed)

    @property
    def loaded(self) -> list[str]:
        """The entities that the tenant loads, in the catalogue's order."""
        tenant = self.runtime.tenant(self.tenant)
        return [name for name in self.runtime.erp(tenant).entities if name in tenant.loads]

    # -- what a person changes ----------------------------------------------------------------------------------------

    def change_tenant(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the tenant file and read it again."""
        path = self.home / f"tenants/{self.tenant}.yaml"
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(document)
        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
        self.read_again()

    def change_load(self, entity: str, **keys: Any) -> None:
        """Change keys of an entity's first load; None takes a key away."""

        def change(document: dict[str, Any]) -> None:
            load = document["loads"][entity][0]
            load.update(keys)
            for name in [name for name, value in keys.items() if value is None]:
                del load[name]

        self.change_tenant(change)

    def load_only(self, *entities: str) -> None:
        """Leave out the loads of all other entities."""

        def change(document: dict[str, Any]) -> None:
            document["loads"] = {name: document["loads"][name] for name in entities}

        self.change_tenant(change)

    def read_again(self) -> None:
        """Read the configuration anew, as the next process does."""
        self.runtime.close()
        self.runtime = self.open()

    def book_period(self, key: str | None = None) -> int:
        """The ERP's own id of a fiscal period, which is opened for postings."""
        period = self.period(key)
        name = f"Adj {period.start:%b %Y}" if period.adjustment else f"{period.start:%b %Y}"
        found = self.erp.books.period(name).id
        self.erp.books.reopen_period(found)
        return found

    def post(self, amount: str, debit: str = "6010", credit: str = "0110", key: str | None = None, **line: Any) -> int:
        """Post a journal of two lines; `line` says more of the debit line."""
        from mlc_sandbox.netsuite.books.entries import Entry, Line

        books, value = self.erp.books, Decimal(amount)
        lines = [Line(books.account(debit).id, value, **line), Line(books.account(credit).id, -value)]
        return books.post(Entry("Journal", self.period(key).end, self.book_period(key), lines))

    # -- what runs ----------------------------------------------------------------------------------------------------

    def partition(self, key: str | None = None, run_id: str = "") -> PeriodRun:
        tenant = self.runtime.tenant(self.tenant)
        return period_run(self.runtime, tenant, self.period(key), run_id or uuid.uuid4().hex, full=self.full)

    def land(self, *names: str, period: str | None = None) -> dict[str, AssetOutcome]:
        entities = self.runtime.erp(self.runtime.tenant(self.tenant)).entities
        chosen = [entities[name] for name in names or self.loaded]
        with self.partition(period).landing(chosen) as reading:
            return {entity.name: reading[landed_asset(self.sample.kind, entity.name)].result() for entity in chosen}

    def load(self, name: str, period: str | None = None) -> AssetOutcome:
        entity = self.runtime.erp(self.runtime.tenant(self.tenant)).entities[name]
        return self.partition(period).load(entity)

    def tie_out(self, period: str | None = None) -> AssetOutcome:
        entities = self.runtime.erp(self.runtime.tenant(self.tenant)).entities
        return self.partition(period).tie_out(list(entities.values()))

    def round_trip(self, period: str | None = None) -> dict[str, AssetOutcome]:
        """What a run does with all that the tenant loads, in the order of the graph."""
        chosen = configured_assets(self.runtime.tenant(self.tenant), self.loaded)
        found = {outcome.asset: outcome for outcome in round_trip(self.partition(period), chosen)}
        return {str(name): found[name] for name in chosen}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "mlc_pipelines.cli.main", *arguments]

    def mlc(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """A command in a process of its own, to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    # -- what is true -------------------------------------------------------------------------------------------------

    def cells(self, key: str | None = None, module: str = "GL Actuals") -> Cells:
        """The model's figures of a period: every cell that is not zero."""
        label = self.period(key).label("%b %y")
        return {place: value for place, value in self.model.module(module).cells.items() if label in place}

    def ledger(self, *keys: str) -> Cells:
        """What the general ledger of these periods holds, summed, at the model's coordinates; from the books."""
        with (self.home / "maps/entities.csv").open(encoding="utf-8", newline="") as stream:
            entities = {row["erp"]: row["anaplan"] for row in csv.DictReader(stream)}
        totals: Cells = {}
        for key in keys or (self.closed,):
            period = self.period(key)
            name = f"Adj {period.start:%b %Y}" if period.adjustment else f"{period.start:%b %Y}"
            for account, department, subsidiary, amount in ledger_totals(self.erp.books, name):
                place = (account, department, entities[subsidiary], period.label("%b %y"), "Actual", "Amount")
                totals[place] = totals.get(place, Decimal(0)) + amount
        return {place: amount for place, amount in totals.items() if amount}

    def quiet_accounts(self, key: str | None = None) -> list[str]:
        """Numbers of expense accounts that may be posted to and hold nothing in a period."""
        used = {place[0] for place in self.ledger(key or self.closed)}
        postable = [a for a in self.erp.books.accounts if a.type == "Expense" and not (a.summary or a.inactive)]
        return [account.number for account in postable if account.number not in used]

    def tasks(self, action: str) -> list[Any]:
        """The sandbox's own record of what ran."""
        return [task for task in self.anaplan.tasks if task.action_name == action]

    def never_overlap(self) -> bool:
        """No task was even asked for before the one before it had ended."""
        return all(one.ended_at and one.ended_at <= next_.created_at for one, next_ in pairwise(self.anaplan.tasks))

    def sent(self, method: str, part: str) -> int:
        """How often Anaplan was asked with that method at a path that has that part."""
        return sum(line.method == method and part in line.path for line in self.anaplan.log)

    def deliveries(self) -> list[RowMapping]:
        """The deliveries of the ledger, the newest last."""
        ledger = sqlalchemy.select(tables.delivery).where(tables.delivery.c.entity == "gl_activity")
        with self.runtime.database.engine.connect() as connection:
            return list(connection.execute(ledger.order_by(tables.delivery.c.created_at)).mappings())

    def states(self) -> list[dict[str, Any]]:
        """What `mlc status` says."""
        from mlc_pipelines.flows.monitoring.status import partition_states

        return partition_states(self.runtime, self.tenant)


def period_run(runtime: Runtime, tenant: Tenant, period: Period, run_id: str, *, full: bool = False) -> PeriodRun:
    """One run of a partition, without Dagster."""
    return PeriodRun(runtime, tenant, period, run_id, open_source=runtime.source, open_model=runtime.anaplan, full=full)


def disconnect(database_url: str) -> None:
    """End what is still connected to a test database: commands that ran in this process never close theirs."""
    engine = sqlalchemy.create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(sqlalchemy.text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    engine.dispose()


def red(outcomes: Mapping[Any, AssetOutcome]) -> dict[str, str]:
    """Why assets are red."""
    return {str(name): str(outcome.error) for name, outcome in outcomes.items() if outcome.error}


@contextmanager
def open_world(
    home: Path,
    database_url: str,
    kind: str = "netsuite",
    *,
    now: datetime = NOW,
    real_time: bool = False,
    only: Sequence[str] = (),
    rebuilt: Callable[[ModelSpec], ModelSpec] = lambda model: model,
    **books: Any,
) -> Iterator[World]:
    """Start the sandboxes and make the home.

    Args:
        home: an empty folder.
        database_url: of a fresh database.
        kind: the ERP.
        now: when it begins; that time passes by itself, and by the product's sleeps, which take none of ours.
        real_time: the time is that of `SYSTEM_CLOCK` instead, as for commands in processes of their own.
        only: the entities to load; all of the sample's when empty.
        rebuilt: what a model builder makes of the sample's model first.
        books: for the ERP's sandbox, such as `gl_lines`.
    """
    clock = sandbox_clock(None if real_time else now)
    with ExitStack() as stack:
        module = importlib.import_module(f"mlc_sandbox.{kind}.sample")
        sample = stack.enter_context(module.serve(0, clock, **books))
        sample = replace(sample, model=rebuilt(sample.model))
        anaplan = stack.enter_context(AnaplanSandbox([sample.model], [User(USER, PASSWORD)], clock=clock))
        world = World(home, database_url, sample, anaplan, SYSTEM_CLOCK if real_time else LinkedClock(clock))
        if only:
            world.load_only(*only)
        yield world
        world.runtime.close()
    disconnect(database_url)
