"""The sandbox company, scripted servers, and sources on either."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from cryptography.fernet import Fernet

from mlc_pipelines.erp.base import ReadProgress, SourceContext
from mlc_pipelines.erp.visma_net import ERP
from mlc_pipelines.erp.visma_net.source import VismaSource
from mlc_pipelines.fiscal import Period
from mlc_pipelines.http import TokenCache
from mlc_pipelines.store.db import Database
from mlc_pipelines.vault import VaultKeys
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.erp.visma_net.scripted import Script
from mlc_pipelines_tests.http.clocks import FakeClock
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.visma_net import VismaNetSandbox

KEY = Fernet.generate_key().decode()
TODAY = date(2026, 5, 20)
MARCH = fiscal_period("FY2026-P03", date(2026, 3, 1), date(2026, 3, 31))
DECEMBER = fiscal_period("FY2025-P12", date(2025, 12, 1), date(2025, 12, 31))
ADJUSTMENT = fiscal_period("FY2025-P13", date(2025, 12, 1), date(2025, 12, 31), adjustment=True)
COMPANY = "af1140c1-52e0-46c7-b684-df894d4b8a5a"


@dataclass
class Opened:
    """A source and what was seen of it."""

    source: VismaSource
    clock: FakeClock
    progress: list[ReadProgress]

    def rows(self, entity: str, window: Period = MARCH) -> list[dict[str, Any]]:
        return self._rows(entity, self.source.read(ERP.entities[entity], window))

    def changes(self, entity: str, since: str) -> list[dict[str, Any]]:
        return self._rows(entity, self.source.changes(ERP.entities[entity], since))

    def _rows(self, entity: str, batches: Iterator[pa.RecordBatch]) -> list[dict[str, Any]]:
        schema = ERP.entities[entity].schema
        read = list(batches)
        assert all(batch.schema == schema for batch in read)
        return pa.Table.from_batches(read, schema).to_pylist()


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[VismaNetSandbox]:
    """Books that no test changes."""
    with VismaNetSandbox(gl_lines=10_000, today=TODAY, clock=sandbox_clock()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox() -> Iterator[VismaNetSandbox]:
    """Books of one's own."""
    with VismaNetSandbox(gl_lines=2_000, today=TODAY, clock=sandbox_clock()) as sandbox:
        yield sandbox


@pytest.fixture
def script() -> Iterator[Script]:
    """A server that answers what a test tells it."""
    with Script() as script:
        yield script


@pytest.fixture
def open_source(database: Database) -> Iterator[Callable[..., Opened]]:
    """Opens sources on a sandbox or script; they are closed at the end."""
    opened: list[VismaSource] = []

    def open_(server: VismaNetSandbox | Script, **keys: Any) -> Opened:
        clock = FakeClock()
        progress: list[ReadProgress] = []
        context = SourceContext(
            tenant="acme",
            secret={"visma_secret": server.client_secret}.__getitem__,
            database=database,
            tokens=TokenCache(database, VaultKeys([KEY], "a test"), clock),
            clock=clock,
            progress=progress.append,
        )
        connection = ERP.connection.model_validate(
            {
                "base_url": server.url,
                "token_url": server.token_url,
                "client_id": server.client_id,
                "client_secret": {"secret": "visma_secret"},
                "company_tenant_id": server.tenant_id,
                **keys,
            }
        )
        source = VismaSource(connection, context)
        opened.append(source)
        return Opened(source, clock, progress)

    yield open_
    for source in opened:
        source.close()


@pytest.fixture
def read(script: Script, open_source) -> Callable[..., list[int]]:
    def read(**keys: Any) -> list[int]:
        return [row["id"] for row in open_source(script, **keys).rows("suppliers")]

    return read
