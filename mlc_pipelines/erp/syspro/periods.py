"""From our fiscal period to SYSPRO's year and period."""

from __future__ import annotations

from typing import NamedTuple

from mlc_pipelines.erp.syspro.tables import LAST_PERIOD
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import Period
from mlc_pipelines.fiscal.period import PERIOD_KEY


class PostingPeriod(NamedTuple):
    """A period as SYSPRO knows it: GlYear and GlPeriod, also TrnYear and TrnMonth of the sub-ledgers."""

    year: int
    period: int


def posting_period(window: Period, year_start: int | None) -> PostingPeriod:
    """Year and period of a window.

    Without `year_start` they are those of its key; with it, regular periods are counted from that month by their last
    day. An adjustment period has the number of its key: 13 or more.

    Raises:
        ConfigurationError: SYSPRO has no such period.
    """
    key = PERIOD_KEY.fullmatch(window.key)
    if key is None:
        raise ConfigurationError(f"{window.key} is no key of a fiscal period.", hint="Keys look like FY2026-P05.")
    found = PostingPeriod(int(key["year"]), int(key["number"]))
    if year_start is not None:
        months = window.end.month - year_start
        year = window.end.year + (1 if months >= 0 and year_start > 1 else 0)
        found = PostingPeriod(year, found.period if window.adjustment else months % 12 + 1)
    if found.period > LAST_PERIOD:
        raise ConfigurationError(
            f"{window.key} is period {found.period}, and SYSPRO's years end with period {LAST_PERIOD}.",
            hint="Give the tenant's calendar fewer adjustment periods.",
        )
    return found
