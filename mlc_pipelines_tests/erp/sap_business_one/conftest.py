"""A scripted Service Layer, and sources on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from cryptography.fernet import Fernet

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.erp.base import ControlTotal, ReadProgress, SourceContext
from mlc_pipelines.erp.sap_business_one import ERP
from mlc_pipelines.erp.sap_business_one.source import ServiceLayerSource
from mlc_pipelines.fiscal import Period
from mlc_pipelines.http import TokenCache
from mlc_pipelines.store.db import Database
from mlc_pipelines.vault import VaultKeys
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.erp.sap_business_one.service_server import PASSWORD, ServiceServer
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.sap_business_one import SapBusinessOneSandbox

KEY = Fernet.generate_key().decode()
MARCH = fiscal_period("FY2026-P03", date(2026, 3, 1), date(2026, 3, 31))
ADJUSTMENT = fiscal_period("FY2026-P13", date(2026, 3, 1), date(2026, 3, 31), adjustment=True)


@dataclass
class PatientClock:
    """The time of the server; waiting takes none."""

    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return SYSTEM_CLOCK.now()

    def monotonic(self) -> float:
        return SYSTEM_CLOCK.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass
class Opened:
    """A source and what was seen of it."""

    source: ServiceLayerSource
    progress: list[ReadProgress]
    clock: PatientClock

    def rows(self, entity: str, window: Period = MARCH) -> list[dict[str, Any]]:
        return self._rows(entity, self.source.read(ERP.entities[entity], window))

    def changes(self, entity: str, since: str) -> list[dict[str, Any]]:
        return self._rows(entity, self.source.changes(ERP.entities[entity], since))

    def control(self, entity: str, window: Period = MARCH) -> dict[str | None, ControlTotal]:
        """Its totals by group."""
        return {total.group: total for total in self.source.control(ERP.entities[entity], window)}

    def _rows(self, entity: str, batches: Iterator[pa.RecordBatch]) -> list[dict[str, Any]]:
        schema = ERP.entities[entity].schema
        read = list(batches)
        assert all(batch.schema == schema for batch in read)
        return pa.Table.from_batches(read, schema).to_pylist()


@pytest.fixture(params=["v1", "v2"])
def server(request: pytest.FixtureRequest) -> Iterator[ServiceServer]:
    """A scripted Service Layer of either version."""
    with ServiceServer(request.param) as server:
        yield server


@pytest.fixture
def v2_server() -> Iterator[ServiceServer]:
    """A scripted Service Layer, for what both versions do alike."""
    with ServiceServer("v2") as server:
        yield server


@pytest.fixture
def open_source(database: Database) -> Iterator[Callable[..., Opened]]:
    """Opens sources on a server; they are closed at the end. Each test is a tenant of its own."""
    opened: list[ServiceLayerSource] = []

    def open_(server: Any, *, password: str = PASSWORD, tenant: str | None = None, **keys: Any) -> Opened:
        progress: list[ReadProgress] = []
        clock = PatientClock()
        context = SourceContext(
            tenant=tenant or server.url,
            secret={"b1_password": password}.__getitem__,
            database=database,
            tokens=TokenCache(database, VaultKeys([KEY], "a test"), clock),
            clock=clock,
            progress=progress.append,
        )
        connection = ERP.connection.model_validate(
            {
                "base_url": f"{server.url}/b1s/{getattr(server, 'version', 'v2')}",
                "company_db": "SBO_ACME",
                "user": "manager",
                "password": {"secret": "b1_password"},
                **keys,
            }
        )
        source = ServiceLayerSource(connection, context)
        opened.append(source)
        return Opened(source, progress, clock)

    yield open_
    for source in opened:
        source.close()


@pytest.fixture
def sandbox() -> Iterator[SapBusinessOneSandbox]:
    """Books of one's own."""
    with SapBusinessOneSandbox(gl_lines=1_000, today=date(2026, 5, 20), clock=sandbox_clock()) as sandbox:
        yield sandbox


@pytest.fixture
def opened(open_source):
    """Opens a source on a sandbox."""

    def open_(sandbox, version="v2", **keys):
        return open_source(
            sandbox,
            password=sandbox.password,
            company_db=sandbox.company,
            user=sandbox.user,
            base_url=f"{sandbox.url}/b1s/{version}",
            **keys,
        )

    return open_
