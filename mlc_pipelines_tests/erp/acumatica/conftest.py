"""A scripted instance, and sources on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import delete

from mlc_pipelines.erp.acumatica import ERP
from mlc_pipelines.erp.acumatica.source import AcumaticaSource
from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.fiscal import Period
from mlc_pipelines.http import TokenCache
from mlc_pipelines.store import tables
from mlc_pipelines.store.db import Database
from mlc_pipelines.vault import VaultKeys
from mlc_pipelines_tests.erp.acumatica.instance import Instance
from mlc_pipelines_tests.periods import fiscal_period

KEY = Fernet.generate_key().decode()
MARCH = fiscal_period("FY2026-P03", date(2026, 3, 1), date(2026, 3, 31))
OAUTH = {
    "method": "oauth",
    "client_id": "GUID",
    "client_secret": {"secret": "client"},
    "user": "robot",
    "password": {"secret": "password"},
}
COOKIE = {"method": "cookie", "user": "robot", "password": {"secret": "password"}}
SECRETS = {"client": "the-secret", "password": "the-password", "refresh": "first-refresh"}


@dataclass
class PatientClock:
    """Stands still but for waiting, which takes no time."""

    moment: datetime = datetime(2026, 4, 2, 8, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass
class Opened:
    """A source and its clock."""

    source: AcumaticaSource
    clock: PatientClock

    def rows(self, entity: str, window: Period = MARCH) -> list[dict[str, Any]]:
        return _rows(entity, self.source.read(ERP.entities[entity], window))

    def changes(self, entity: str, since: str) -> list[dict[str, Any]]:
        return _rows(entity, self.source.changes(ERP.entities[entity], since))


def _rows(entity: str, batches: Iterator[pa.RecordBatch]) -> list[dict[str, Any]]:
    schema = ERP.entities[entity].schema
    found = list(batches)
    assert all(batch.schema == schema for batch in found)
    return pa.Table.from_batches(found, schema).to_pylist()


Open = Callable[..., Opened]


@pytest.fixture
def instance(database: Database) -> Iterator[Instance]:
    """One that knows no token of an earlier one."""
    with database.engine.begin() as connection:
        connection.execute(delete(tables.token))
    with Instance() as instance:
        yield instance


@pytest.fixture
def open_source(database: Database) -> Iterator[Open]:
    """Opens sources on an instance; they are closed at the end. A tenant has tokens of its own."""
    opened: list[AcumaticaSource] = []

    def open_(instance: Any, *, secrets: dict[str, str] | None = None, **keys: Any) -> Opened:
        clock = PatientClock()
        context = SourceContext(
            tenant="acme",
            secret={**SECRETS, **(secrets or {})}.__getitem__,
            database=database,
            tokens=TokenCache(database, VaultKeys([KEY], "a test"), clock),
            clock=clock,
        )
        connection = ERP.connection.model_validate(
            {
                "base_url": instance.base_url,
                "tenant": "U100 Ltd",
                "version": "24.200.001",
                "auth": OAUTH,
                "ledger": "ACTUAL",
                **keys,
            }
        )
        source = AcumaticaSource(connection, context)
        opened.append(source)
        return Opened(source, clock)

    yield open_
    for source in opened:
        source.close()
