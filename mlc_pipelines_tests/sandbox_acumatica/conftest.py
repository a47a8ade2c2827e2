from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.sandbox_acumatica.client import Client
from mlc_sandbox.acumatica import AcumaticaSandbox

TODAY = date(2026, 6, 15)


@pytest.fixture
def sandbox() -> Iterator[AcumaticaSandbox]:
    clock = sandbox_clock(datetime(2026, 6, 15, 16, tzinfo=UTC))
    with AcumaticaSandbox(gl_lines=1_500, today=TODAY, clock=clock) as running:
        yield running


@pytest.fixture
def client(sandbox: AcumaticaSandbox) -> Iterator[Client]:
    client = Client(sandbox)
    yield client
    client.http.close()
