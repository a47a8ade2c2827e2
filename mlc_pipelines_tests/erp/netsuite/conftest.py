"""The sandbox account, and sources on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from cryptography.fernet import Fernet

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.erp.base import ReadProgress, SourceContext
from mlc_pipelines.erp.netsuite import ERP
from mlc_pipelines.erp.netsuite.source import NetSuiteSource
from mlc_pipelines.fiscal import Period
from mlc_pipelines.http import TokenCache
from mlc_pipelines.store.db import Database
from mlc_pipelines.vault import VaultKeys
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.netsuite import NetSuiteSandbox

KEY = Fernet.generate_key().decode()
TODAY = date(2026, 5, 20)
MARCH = fiscal_period("FY2026-P03", date(2026, 3, 1), date(2026, 3, 31))
DECEMBER = fiscal_period("FY2025-P12", date(2025, 12, 1), date(2025, 12, 31))
ADJUSTMENT = fiscal_period("FY2025-P13", date(2025, 12, 1), date(2025, 12, 31), adjustment=True)


@dataclass
class PatientClock:
    """The time of the sandbox; waiting only moves it forward."""

    ahead: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return SYSTEM_CLOCK.now() + timedelta(seconds=self.ahead)

    def monotonic(self) -> float:
        return SYSTEM_CLOCK.now().timestamp() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass
class Opened:
    """A source and what was seen of it."""

    source: NetSuiteSource
    clock: PatientClock
    progress: list[ReadProgress]

    def rows(self, entity: str, window: Period = MARCH) -> list[dict[str, Any]]:
        declared = ERP.entities[entity]
        batches = list(self.source.read(declared, window))
        assert all(batch.schema == declared.schema for batch in batches)
        return pa.Table.from_batches(batches, declared.schema).to_pylist()


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[NetSuiteSandbox]:
    """Books that no test changes."""
    with NetSuiteSandbox(gl_lines=20_000, today=TODAY, clock=sandbox_clock()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox() -> Iterator[NetSuiteSandbox]:
    """Books of one's own."""
    with NetSuiteSandbox(gl_lines=3_000, today=TODAY, clock=sandbox_clock()) as sandbox:
        yield sandbox


@pytest.fixture
def open_source(database: Database) -> Iterator[Callable[..., Opened]]:
    """Opens sources on a sandbox; they are closed at the end."""
    opened: list[NetSuiteSource] = []

    def open_(sandbox: NetSuiteSandbox, *, row_limit: int = 100_000, page_rows: int = 1000, **keys: Any) -> Opened:
        clock = PatientClock()
        progress: list[ReadProgress] = []
        context = SourceContext(
            tenant="acme",
            secret={"netsuite_private_key": sandbox.integration.private_key}.__getitem__,
            database=database,
            tokens=TokenCache(database, VaultKeys([KEY], "a test"), clock),
            clock=clock,
            progress=progress.append,
        )
        connection = ERP.connection.model_validate(
            {
                "account_id": sandbox.account_id,
                "base_url": sandbox.url,
                "client_id": sandbox.integration.client_id,
                "certificate_id": sandbox.integration.certificate_id,
                "private_key": {"secret": "netsuite_private_key"},
                "max_concurrent_requests": 4,
                **keys,
            }
        )
        source = NetSuiteSource(connection, context, page_rows=page_rows, row_limit=row_limit)
        opened.append(source)
        return Opened(source, clock, progress)

    yield open_
    for source in opened:
        source.close()
