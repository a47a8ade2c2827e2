"""From a fiscal window to the accounting period: days and kind decide, and doubt is an error."""

from __future__ import annotations

from datetime import date

import pytest

from mlc_pipelines.erp.base import ErpPeriod
from mlc_pipelines.erp.netsuite.periods import period_of
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines_tests.periods import fiscal_period


def period(number: int, start: str, end: str, *, adjustment: bool = False) -> ErpPeriod:
    days = date.fromisoformat(start), date.fromisoformat(end)
    return ErpPeriod(str(number), *days, adjustment, name=f"period {number}")


NOVEMBER, DECEMBER = period(11, "2025-11-01", "2025-11-30"), period(12, "2025-12-01", "2025-12-31")
ADJUSTING = period(13, "2025-12-01", "2025-12-31", adjustment=True)
LAST_DAY = period(14, "2025-12-31", "2025-12-31", adjustment=True)
REGULAR = fiscal_period("FY2025-P12", date(2025, 12, 1), date(2025, 12, 31))
ADJUSTMENT = fiscal_period("FY2025-P13", date(2025, 12, 1), date(2025, 12, 31), adjustment=True)


def test_the_kind_tells_periods_over_the_same_days_apart():
    assert period_of(REGULAR, [NOVEMBER, ADJUSTING, DECEMBER]) == DECEMBER
    assert period_of(ADJUSTMENT, [NOVEMBER, ADJUSTING, DECEMBER]) == ADJUSTING


def test_an_adjustment_period_may_be_a_part_of_the_days():
    assert period_of(ADJUSTMENT, [DECEMBER, LAST_DAY]) == LAST_DAY
    assert period_of(ADJUSTMENT, [DECEMBER, LAST_DAY, ADJUSTING]) == ADJUSTING


def test_a_regular_period_must_have_the_same_days():
    with pytest.raises(ConfigurationError, match="has no period for FY2025-P12") as refused:
        period_of(REGULAR, [NOVEMBER, period(12, "2025-12-01", "2025-12-28")])
    assert "period 12 (2025-12-01 to 2025-12-28, id 12)" in str(refused.value)
    assert "calendar" in refused.value.hint


def test_several_are_listed():
    with pytest.raises(ConfigurationError, match=r"more than one period .*id 12.*id 22"):
        period_of(REGULAR, [DECEMBER, period(22, "2025-12-01", "2025-12-31")])


def test_none_of_the_kind_at_all():
    with pytest.raises(ConfigurationError, match="no adjustment period at all"):
        period_of(ADJUSTMENT, [NOVEMBER, DECEMBER])
