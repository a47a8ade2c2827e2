"""Working days: weekends and holidays of a country, counted from a day."""

from __future__ import annotations

from datetime import date

import pytest

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import (
    working_days,
)
from mlc_pipelines_tests.fiscal.norway import NORWAY


def test_norwegian_working_days() -> None:
    assert not NORWAY.is_working_day(date(2026, 5, 17))
    assert not NORWAY.is_working_day(date(2026, 4, 3)), "Good Friday"
    assert NORWAY.is_working_day(date(2026, 4, 7))
    # March 2026 ends before Easter: Maundy Thursday to Easter Monday are holidays.
    end = date(2026, 3, 31)
    assert NORWAY.working_day(-1, end) == date(2026, 3, 31)
    assert NORWAY.working_day(1, end) == date(2026, 4, 1)
    assert NORWAY.working_day(2, end) == date(2026, 4, 7)


def test_the_weekend_is_the_country_s() -> None:
    assert date(2026, 1, 2) not in working_days("SA", 2026, 2026), "Friday"
    assert date(2026, 1, 4) in working_days("SA", 2026, 2026), "Sunday"
    assert date(2026, 1, 1) in working_days(None, 2026, 2026)


def test_a_country_without_known_holidays_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="XX"):
        working_days("XX", 2026, 2026)
