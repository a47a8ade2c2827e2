"""From our period to the instance's own."""

from __future__ import annotations

from datetime import date

import pytest

from mlc_pipelines.errors import ConfigurationError, DataError
from mlc_pipelines_tests.erp.acumatica.conftest import Open
from mlc_pipelines_tests.erp.acumatica.instance import Instance, batch, months
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.faults import Fault, answer


def test_periods_follow_the_calendar_and_not_the_number_of_the_month(instance: Instance, open_source: Open):
    instance.records["FinancialPeriod"] = [months(2025, 7)]  # July 2025 to June 2026: March is the ninth
    instance.records["JournalTransaction"] = [batch(1, period="092026"), batch(2), batch(3, period="132026")]
    source = open_source(instance)
    assert {row["document_number"] for row in source.rows("journal_transactions")} == {"GL000001"}
    adjusting = fiscal_period("FY2026-P13", date(2026, 6, 1), date(2026, 6, 30), adjustment=True)
    assert {row["document_number"] for row in source.rows("journal_transactions", adjusting)} == {"GL000003"}
    with pytest.raises(ConfigurationError, match=r"no period .*FY2027-P01.*122026 \(2026-06-01 to 2026-06-30\)"):
        source.rows("journal_transactions", fiscal_period("FY2027-P01", date(2026, 7, 1), date(2026, 7, 31)))


@pytest.mark.parametrize("written", ["{month}{year}", "{month}-{year}", "{year}{month}", "{year}-{month}", None])
def test_periods_however_the_calendar_writes_them(instance: Instance, open_source: Open, written: str | None):
    (year,) = instance.records["FinancialPeriod"] = [months(2026)]
    for number, period in enumerate(year["Details"], 1):
        period["PeriodNbr"] = f"{number:02}"
        period["FinancialPeriodID"] = written and written.format(month=f"{number:02}", year=2026)
    instance.records["JournalTransaction"] = [batch(1)]
    assert len(open_source(instance).rows("journal_transactions")) == 2


def test_a_page_for_people_is_no_calendar(instance: Instance, open_source: Open):
    page = answer(200, {"content-type": "text/html"}, "<html>Sign in</html>")
    instance.faults.add(Fault("GET", "/FinancialPeriod", page))
    with pytest.raises(DataError, match="FinancialPeriod: the answer is no JSON: it is a page of HTML"):
        open_source(instance).rows("journal_transactions")


def test_the_calendar_of_a_company(instance: Instance, open_source: Open):
    instance.records["CompanyFinancialPeriod"] = [
        {"Company": "NORTH", **months(2025, 7)},
        {"Company": "SOUTH", **months(2026)},
    ]
    instance.records["JournalTransaction"] = [batch(1, period="092026"), batch(2)]
    rows = open_source(instance, company="NORTH").rows("journal_transactions")
    assert {row["document_number"] for row in rows} == {"GL000001"}
