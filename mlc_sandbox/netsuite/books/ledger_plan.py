"""What the transactions of the books are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from mlc_sandbox.netsuite.books.calendar import Period
from mlc_sandbox.netsuite.books.chart import Account
from mlc_sandbox.netsuite.books.master_records import USD_RATES, MasterRecords


@dataclass(frozen=True)
class LedgerPlan:
    """What the transactions are made from.

    Attributes:
        gl_lines: posting lines, exactly.
        months: months to fill, in order; the last one only up to `today`.
        adjustments: fiscal year -> its adjustment period.
        today: last day.
        now: last moment of a modification, in the account's time zone, naive as in the tables.
        chart: accounts to post to.
        records: vendors and so on.
    """

    gl_lines: int
    months: Sequence[Period]
    adjustments: Mapping[int, Period]
    today: date
    now: datetime
    chart: Sequence[Account]
    records: MasterRecords


def monthly_rates(rng: np.random.Generator, months: int) -> npt.NDArray[np.float64]:
    """US dollars per unit by month and currency id; a random walk, six decimals."""
    start = np.array([1.0, *USD_RATES.values()])
    steps = 1 + rng.normal(0, 0.012, size=(months, len(start)))
    steps[:, :2] = 1
    return np.asarray(np.round(start * np.cumprod(steps, axis=0), 6), dtype=np.float64)
