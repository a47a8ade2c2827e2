"""An ERP with books, and sources on it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from cryptography.fernet import Fernet

from mlc_pipelines.config.base import SecretRef
from mlc_pipelines.erp.base import Entity, Erp, ReadProgress, Source, SourceContext
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.landing.land import Landed, land
from mlc_pipelines.http import TokenCache
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.snapshots import SnapshotStore
from mlc_pipelines.store.storage import Storage
from mlc_pipelines.vault import VaultKeys
from mlc_pipelines_tests.contract.driver import Access, Driver
from mlc_pipelines_tests.contract.toy_erp import ERP as TOY

_KEY = Fernet.generate_key().decode()
_ERPS = {**ERPS, TOY.kind: TOY}


@dataclass
class ImpatientClock:
    """The sandbox's time; waiting takes none of ours, but moves the sandbox on."""

    driver: Driver
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.driver.sandbox.clock.now()

    def monotonic(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.driver.sandbox.clock.advance(seconds)


@dataclass
class Bench:
    """An ERP's sandbox and what the product makes of it; each with a database of its own."""

    driver: Driver
    make_database_url: Callable[[], str]
    folder: Path
    progress: list[ReadProgress] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = ImpatientClock(self.driver)
        self.database = self.new_database()
        self.snapshots = SnapshotStore(self.database, Storage(str(self.folder)))

    def new_database(self) -> Database:
        """One that keeps no token of anybody's."""
        self.close()
        self.database = Database(self.make_database_url())
        return self.database

    def close(self) -> None:
        if hasattr(self, "database"):
            self.database.close()

    @property
    def erp(self) -> Erp:
        return _ERPS[self.driver.kind]

    @property
    def ledger(self) -> Entity:
        return self.erp.entities[self.driver.ledger]

    def context(self, access: Access) -> SourceContext:
        return SourceContext(
            tenant="acme",
            secret=access.secrets.__getitem__,
            database=self.database,
            tokens=TokenCache(self.database, VaultKeys([_KEY], "a test"), self.clock),
            clock=self.clock,
            progress=self.progress.append,
        )

    @contextmanager
    def source(self, access: Access | None = None) -> Iterator[Source]:
        """Another process's source: nothing is kept but what the database keeps."""
        access = access or self.driver.access
        connection = self.erp.connection.model_validate(dict(access.connection))
        assert all(access.secrets[name] for name in secrets_of(connection))
        source = self.erp.open(connection, self.context(access))
        try:
            yield source
        finally:
            source.close()

    def rows(self, entity: str, window: Period | None = None) -> pa.Table:
        """An entity read by a source of its own."""
        with self.source() as source:
            return self.read(source, entity, window)

    def read(self, source: Source, entity: str, window: Period | None = None) -> pa.Table:
        declared = self.erp.entities[entity]
        batches = list(source.read(declared, window or self.driver.closed))
        assert all(batch.schema == declared.schema for batch in batches)
        return pa.Table.from_batches(batches, declared.schema)

    def land(self, entity: str) -> Landed:
        """Land an entity as a run does: read, compared with the ERP's own totals, kept."""
        closed = self.driver.closed
        with self.source() as source:
            declared = self.erp.entities[entity]
            return land(self.snapshots, source, declared, closed, tenant="acme", run_id="r1", clock=self.clock)

    def landed(self, entity: str) -> pa.Table:
        """The rows of the newest snapshot."""
        snapshot = self.snapshots.current(PartitionKey("acme", entity, self.driver.closed.key))
        assert snapshot is not None
        return pa.Table.from_batches(self.snapshots.batches(snapshot))

    def total(self, rows: pa.Table, entity: str) -> Decimal | None:
        amount = self.erp.entities[entity].amount
        return sum((value for value in rows[amount].to_pylist() if value is not None), Decimal(0)) if amount else None

    def keys(self, rows: pa.Table, entity: str) -> list[tuple[Any, ...]]:
        columns = [rows[name].to_pylist() for name in self.erp.entities[entity].key]
        return list(zip(*columns, strict=True))


def secrets_of(model: Any) -> Iterator[str]:
    """The names of the secrets that a connection refers to."""
    for value in dict(model).values():
        if isinstance(value, SecretRef):
            yield value.secret
        elif hasattr(value, "model_fields_set"):
            yield from secrets_of(value)


def _bench(kind: str, make_database_url: Callable[[], str], folder: Path) -> Iterator[Bench]:
    with importlib.import_module(f"mlc_pipelines_tests.contract.{kind}").start() as driver:
        bench = Bench(driver, make_database_url, folder)
        yield bench
        bench.close()


@pytest.fixture(scope="module", params=list(_ERPS))
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, make_database_url
) -> Iterator[Bench]:
    """Books that no test changes."""
    yield from _bench(request.param, make_database_url, tmp_path_factory.mktemp("storage"))


@pytest.fixture(params=list(_ERPS))
def bench(request: pytest.FixtureRequest, tmp_path: Path, make_database_url) -> Iterator[Bench]:
    """Books of one's own."""
    yield from _bench(request.param, make_database_url, tmp_path)


@pytest.fixture(autouse=True)
def _no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "shared" in request.fixturenames:
        request.getfixturevalue("shared").driver.sandbox.faults.clear()
