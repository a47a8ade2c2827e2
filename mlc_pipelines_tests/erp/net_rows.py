"""Batches of accounts with net amounts."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

from mlc_pipelines.erp.base import MONEY

NET_ROWS = pa.schema([("account", pa.int64()), ("n", pa.int64()), ("net", MONEY)])


def net_rows(*values: tuple[int | None, int, str | None]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(
        [{"account": a, "n": n, "net": None if net is None else Decimal(net)} for a, n, net in values], schema=NET_ROWS
    )
