"""The change filter misses nothing, in whichever zone Visma.net reads it (docs/vendors/visma_net.md, section 5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlc_pipelines.erp.visma_net.source import OVERLAP, filter_text

ZONES = [
    "Europe/Oslo", "Europe/Helsinki", "Europe/London", "Atlantic/Azores", "America/New_York", "America/St_Johns",
    "America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe", "UTC",
]  # fmt: skip
MOMENTS = st.integers(0, 8 * 365 * 24 * 60).map(
    lambda minutes: datetime(2022, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(since=MOMENTS, zone=st.sampled_from(ZONES))
@example(since=datetime(2026, 11, 1, 5, 30, tzinfo=UTC), zone="America/New_York")  # the first of two 01:30
@example(since=datetime(2026, 11, 1, 7, 30, tzinfo=UTC), zone="America/New_York")  # two hours before: the first of two
@example(since=datetime(2026, 3, 8, 9, 0, tzinfo=UTC), zone="America/New_York")
@example(since=datetime(2026, 10, 25, 2, 30, tzinfo=UTC), zone="Europe/Oslo")
@example(since=datetime(2026, 3, 29, 4, 30, tzinfo=UTC), zone="Europe/Oslo")
def test_no_reading_of_the_filter_is_later_than_the_watermark(since: datetime, zone: str):
    text = datetime.fromisoformat(filter_text(since - OVERLAP, ZoneInfo(zone)))
    assert text.tzinfo is None
    for fold in (0, 1):  # an hour that comes twice may be meant either way
        assert text.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) <= since
    assert text.replace(tzinfo=UTC) <= since - OVERLAP


@pytest.mark.parametrize(
    ("zone", "text"), [("Europe/Oslo", "2026-07-01T10:00:00.000"), ("America/New_York", "2026-07-01T06:00:00.000")]
)
def test_it_is_the_earlier_of_utc_and_company_time_on_both_sides_of_utc(zone: str, text: str):
    assert filter_text(datetime(2026, 7, 1, 12, tzinfo=UTC) - timedelta(hours=2), ZoneInfo(zone)) == text
