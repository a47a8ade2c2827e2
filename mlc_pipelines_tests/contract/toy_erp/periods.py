"""From our fiscal period to Toy Books' own."""

from __future__ import annotations

from collections.abc import Sequence

from mlc_pipelines.erp.base import ErpPeriod
from mlc_pipelines.erp.periods import only_period
from mlc_pipelines.fiscal import Period
from mlc_pipelines.http import HttpClient, read_object


def find_periods(http: HttpClient) -> list[ErpPeriod]:
    """All periods of the company; there are no adjustment periods."""
    listed = read_object(http.request("GET", "/periods")).listed("items")
    return [ErpPeriod(each.needed("id"), each.day("first"), each.day("last")) for each in listed]


def period_of(window: Period, periods: Sequence[ErpPeriod]) -> ErpPeriod:
    """The period of the window's days.

    Raises:
        ConfigurationError: there is none; lists what is there.
    """
    days = (window.start, window.end)
    found = [each for each in periods if (each.start, each.end) == days and not window.adjustment]
    hint = "Correct the tenant's calendar, so that its days agree."
    return only_period(window, found, periods, erp="Toy Books", when_several=hint, when_none=hint)
