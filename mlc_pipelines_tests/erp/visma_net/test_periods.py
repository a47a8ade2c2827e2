"""From our window to Visma.net's period."""

from __future__ import annotations

from datetime import date

import pytest

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import Period
from mlc_pipelines_tests.erp.visma_net.conftest import ADJUSTMENT, DECEMBER, MARCH
from mlc_pipelines_tests.erp.visma_net.scripted import INVOICES, PERIODS, month
from mlc_pipelines_tests.periods import fiscal_period

YEAR_END = [
    month(2025, 11, "2025-11-01", "2025-11-30"),
    month(2025, 12, "2025-12-01", "2025-12-31"),
    *PERIODS,
]


def asked_for(script, open_source, window: Period) -> str:
    script.lists[INVOICES] = []
    open_source(script).rows("supplier_invoices", window)
    return script.queries(INVOICES)[-1]["financialPeriod"]


def test_a_period_is_found_by_its_days(script, open_source):
    assert asked_for(script, open_source, MARCH) == "202603"


@pytest.mark.parametrize(
    "thirteenth",
    [
        pytest.param(("2025-12-31", "2025-12-31"), id="on the last day"),
        pytest.param(("2025-12-01", "2025-12-31"), id="over the last month"),
        pytest.param(("2026-01-01", "2025-12-31"), id="without days"),
    ],
)
def test_the_thirteenth_period_is_the_adjustment_period(script, open_source, thirteenth):
    script.lists["/v1/financialperiod"] = [*YEAR_END, month(2025, 13, *thirteenth)]
    assert asked_for(script, open_source, ADJUSTMENT) == "202513"
    assert asked_for(script, open_source, DECEMBER) == "202512"


def test_the_thirteenth_period_of_a_year_of_thirteen_is_a_period(script, open_source):
    weeks = [month(2026, 12, "2026-11-08", "2026-12-05"), month(2026, 13, "2026-12-06", "2027-01-02")]
    script.lists["/v1/financialperiod"] = weeks
    assert asked_for(script, open_source, fiscal_period("FY2026-P13", date(2026, 12, 6), date(2027, 1, 2))) == "202613"


def test_ends_that_are_the_day_after_are_understood(script, open_source):
    script.lists["/v1/financialperiod"] = [
        month(2026, 2, "2026-02-01", "2026-03-01"),
        month(2026, 3, "2026-03-01", "2026-04-01"),
        month(2026, 4, "2026-04-01", "2026-05-01"),
    ]
    assert asked_for(script, open_source, MARCH) == "202603"
    assert [row["end"].day for row in open_source(script).rows("financial_periods")] == [28, 31, 30]


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (
            fiscal_period("FY2027-P01", date(2027, 1, 1), date(2027, 1, 31)),
            r"no period .* 202603 \(2026-03-01",
        ),
        (fiscal_period("FY2026-P01", date(2026, 3, 2), date(2026, 3, 31)), "no period"),
        (ADJUSTMENT, r"no adjustment period for FY2025-P13"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(script, open_source, window, said):
    script.lists["/v1/financialperiod"] = YEAR_END
    with pytest.raises(ConfigurationError, match=said):
        asked_for(script, open_source, window)
    assert script.queries(INVOICES) == []
