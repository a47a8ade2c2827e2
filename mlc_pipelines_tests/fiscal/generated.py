"""Calendars that follow a rule, of any kind and length."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from mlc_pipelines.fiscal import (
    WEEK_PATTERNS,
    Period,
    month_periods,
    week_periods,
)

spans = st.tuples(st.integers(2000, 2090), st.integers(1, 8)).map(lambda span: range(span[0], span[0] + span[1]))
adjustments = st.integers(0, 4)
year_starts = st.builds(
    lambda year, month, offset: date(year, month, 1) + timedelta(days=offset),
    st.integers(2000, 2090),
    st.integers(1, 12),
    st.integers(-3, 3),
)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Period, ...]:
    years, extra = draw(spans), draw(adjustments)
    if draw(st.booleans()):
        return month_periods(years, start_month=draw(st.integers(1, 12)), adjustment_periods=extra)
    pattern = draw(st.sampled_from(sorted(WEEK_PATTERNS)))
    return week_periods(years, pattern=pattern, year_start=draw(year_starts), adjustment_periods=extra)
