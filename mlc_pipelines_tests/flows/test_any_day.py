"""The sandbox's books and the sample tenants work on any day: `mlc demo` lives by the machine's date."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlc_pipelines_tests.world import open_world, red


@pytest.mark.parametrize(
    ("kind", "now", "closed"),
    [
        ("visma_net", datetime(2028, 2, 29, 23, 30, tzinfo=UTC), "FY2028-P02"),  # 1 March in Oslo
        ("acumatica", datetime(2027, 1, 1, 0, 30, tzinfo=UTC), "FY2026-P12"),  # the instance's days are UTC's
        ("syspro", datetime(2026, 12, 31, 12, tzinfo=UTC), "FY2026-P11"),
        ("sap_business_one", datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC), "FY2027-P02"),  # a second before summer time
        ("netsuite", datetime(2030, 12, 1, 2, tzinfo=UTC), "FY2030-P10"),  # the last of November in Los Angeles
    ],
)
def test_the_sample_tenant_ties_out(kind: str, now: datetime, closed: str, tmp_path: Path, make_database_url):
    with open_world(tmp_path, make_database_url(), kind, now=now, gl_lines=1500) as world:
        assert world.closed == closed
        outcomes = world.round_trip()
        assert red(outcomes) == {}
        assert outcomes[f"{kind}/tie_out"].figures["difference"] == "0"
        assert world.cells(module=world.sample.model.modules[0].name)
