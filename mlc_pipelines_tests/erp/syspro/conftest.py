"""The sandbox company, a server of scripted tables, and sources on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from mlc_pipelines.erp.base import ReadProgress, SourceContext
from mlc_pipelines.erp.syspro import ERP
from mlc_pipelines.erp.syspro.source import SysproSource
from mlc_pipelines.fiscal import Period
from mlc_pipelines.store.db import Database
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.erp.syspro.tables_server import TablesServer
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.syspro import SysproSandbox

TODAY = date(2026, 5, 20)
UNUSED: Any = None  # no token is asked for
MARCH = fiscal_period("FY2026-P03", date(2026, 3, 1), date(2026, 3, 31))
ADJUSTMENT = fiscal_period("FY2025-P13", date(2025, 12, 1), date(2025, 12, 31), adjustment=True)


@dataclass
class PatientClock:
    """Waiting takes no time."""

    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 5, 20, 9, tzinfo=UTC)

    def monotonic(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass
class Opened:
    """A source and what was seen of it."""

    source: SysproSource
    progress: list[ReadProgress]

    def rows(self, entity: str, window: Period = MARCH) -> list[dict[str, Any]]:
        declared = ERP.entities[entity]
        batches = list(self.source.read(declared, window))
        assert all(batch.schema == declared.schema and batch.num_rows for batch in batches)
        rows = pa.Table.from_batches(batches, declared.schema).to_pylist()
        assert len({tuple(row[name] for name in declared.key) for row in rows}) == len(rows)
        return rows


Open = Callable[..., Opened]


def context_of(database: Database, secrets: dict[str, str], told: list[ReadProgress]) -> SourceContext:
    return SourceContext("acme", secrets.__getitem__, database, UNUSED, PatientClock(), told.append)


@pytest.fixture(scope="package")
def sandbox() -> Iterator[SysproSandbox]:
    """Books that no test changes; switches are put back by those who turn them."""
    with SysproSandbox(gl_lines=6_000, today=TODAY, clock=sandbox_clock()) as sandbox:
        yield sandbox


@pytest.fixture
def server() -> Iterator[TablesServer]:
    with TablesServer() as server:
        yield server


@pytest.fixture
def open_source(database: Database) -> Iterator[Callable[..., Opened]]:
    """Opens sources on a sandbox or on scripted tables; they are closed at the end."""
    opened: list[SysproSource] = []

    def open_(server: SysproSandbox | TablesServer, *, page_rows: int = 5000, **keys: Any) -> Opened:
        told: list[ReadProgress] = []
        secrets = {"odata": getattr(server, "password", "p"), "company": getattr(server, "company_password", "c")}
        connection = {
            "odata_url": server.odata_url,
            "odata_user": getattr(server, "operator", "ANAPLAN"),
            "odata_password": {"secret": "odata"},
            "company": getattr(server, "company", "EDU1"),
            **keys,
        }
        context = context_of(database, secrets, told)
        source = SysproSource(ERP.connection.model_validate(connection), context, page_rows=page_rows)
        opened.append(source)
        return Opened(source, told)

    yield open_
    for source in opened:
        source.close()
