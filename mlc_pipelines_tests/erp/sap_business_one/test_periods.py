"""Posting periods, and entries of an adjustment period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from mlc_pipelines.errors import ConfigurationError, DataError
from mlc_pipelines_tests.periods import fiscal_period
from mlc_sandbox.sap_business_one import DEFAULT_SQL_TABLES, ledger_line
from mlc_sandbox.serving import Fault, worded

DECEMBER = fiscal_period("FY2025-P12", date(2025, 12, 1), date(2025, 12, 31))
THIRTEENTH = fiscal_period("FY2025-P13", date(2025, 12, 1), date(2025, 12, 31), adjustment=True)


@pytest.fixture
def adjusted(sandbox):
    """Books with an entry of December's adjustment period, and a server whose ledger may be read by SQL."""
    sandbox.switches.sql_tables = DEFAULT_SQL_TABLES | {"OJDT", "JDT1"}
    books = sandbox.books
    books.reopen_period(date(2025, 12, 31))
    lines = [ledger_line(books.codes["5240"], Decimal("77.50")), ledger_line(books.codes["2260"], Decimal("-77.50"))]
    books.post({"ReferenceDate": date(2025, 12, 31), "Memo": "Årsafslutning"}, lines, adjusts=True)
    return sandbox


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_entries_of_an_adjustment_period_are_told_apart_where_sql_may_read_them(adjusted, opened, version):
    source = opened(adjusted, version)
    whole = adjusted.books.control(DECEMBER.start, DECEMBER.end)
    adjusting, regular = source.rows("journal_entries", THIRTEENTH), source.rows("journal_entries", DECEMBER)
    assert [row["amount"] for row in adjusting] == [Decimal("77.50"), Decimal("-77.50")]
    assert len(regular) == whole.lines - 2
    assert sum(row["debit"] for row in regular) == whole.debit - Decimal("77.50")
    for window, rows in ((THIRTEENTH, adjusting), (DECEMBER, regular)):
        totals = source.control("journal_entries", window)
        assert sum(total.rows or 0 for total in totals.values()) == len(rows)
        assert sum(total.debit or 0 for total in totals.values()) == sum(row["debit"] for row in rows)


def test_without_the_right_they_belong_to_the_month(adjusted, opened):
    adjusted.switches.sql_tables = DEFAULT_SQL_TABLES
    source = opened(adjusted)
    assert source.rows("journal_entries", THIRTEENTH) == []
    assert len(source.rows("journal_entries", DECEMBER)) == adjusted.books.control(DECEMBER.start, DECEMBER.end).lines


def test_an_adjustment_period_that_the_company_lacks_is_refused(adjusted, opened):
    window = fiscal_period("FY2026-P13", date(2026, 3, 1), date(2026, 3, 31), adjustment=True)
    with pytest.raises(ConfigurationError, match=r"no adjustment period for FY2026-P13 .*2025-13 \(2025-12-01"):
        opened(adjusted).rows("journal_entries", window)


def test_the_posting_periods_are_told_with_their_days(adjusted, opened):
    periods = opened(adjusted).source.periods()
    assert len(periods) == 26
    assert [str(period) for period in periods if period.adjustment] == [
        "2025-13 (2025-12-01 to 2025-12-31, adjustment, id 13)",
        "2026-13 (2026-12-01 to 2026-12-31, adjustment, id 26)",
    ]
    adjusted.switches.sql_tables = None
    assert opened(adjusted).source.periods() is None


@pytest.mark.parametrize(
    ("column", "wire", "said"),
    [
        ("id", b'"[7]"', "id as text, where a whole number belongs"),
        ("id", b"null", "without id"),
        ("first_day", b'"soon"', "first_day as text, where a day such as 2026-05-31 belongs"),
        ("last_day", b"null", "without last_day"),
    ],
)
def test_a_posting_period_that_is_none_is_named(adjusted, opened, column, wire, said):
    adjusted.faults.add(Fault(None, "mlc_periods", worded(column, wire), times=1_000))
    with pytest.raises(DataError, match=f"The query mlc_periods_1 answered .*{said}"):
        opened(adjusted).source.periods()
