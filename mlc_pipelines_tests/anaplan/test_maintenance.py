"""The weekly maintenance, in summer and winter time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mlc_pipelines.anaplan import maintenance_until


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-07-18T19:59", None),
        ("2026-07-18T20:00", "2026-07-19T00:00"),
        ("2026-07-18T23:59", "2026-07-19T00:00"),
        ("2026-07-19T00:00", None),
        ("2026-12-05T20:59", None),
        ("2026-12-05T21:00", "2026-12-06T01:00"),
        ("2026-12-04T22:00", None),
    ],
)
def test_saturdays_from_one_to_five_pacific_time(moment: str, until: str | None):
    found = maintenance_until(datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert found == (datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None)
