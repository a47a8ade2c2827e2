"""Rejected rows of a file, joined back to the ERP records that they were made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.flows.delivery.accounting import Accounting
from mlc_pipelines.flows.delivery.mapping import GROUP, Mapper
from mlc_pipelines.flows.delivery.repeats import AMOUNT
from mlc_pipelines.flows.text import amount_text
from mlc_pipelines.store.delivery_outcome import REJECTED
from mlc_pipelines.store.snapshot_file import SOURCE_ID

_compute: Any = pc

SHOWN = 20
"""Rejected rows shown in metadata; all of them are kept with the delivery."""

SOURCES_SHOWN = 5

_VALUES_SHOWN = 3


def join_to_sources(
    rejected: pa.Table, mapper: Mapper, batches: Iterable[pa.RecordBatch], accounting: Accounting
) -> list[dict[str, Any]]:
    """Find the source records of every rejected row and count them as rejected.

    Rows are matched by their coordinates, not by the dump's line number: whether that counts the header is not settled.

    Args:
        rejected: Anaplan's dump with `line`, `status`, `errors` and the file's columns.
        mapper: maps the same snapshots again; it must not check list members, as the rejected rows passed them.
        batches: the snapshots' rows.
        accounting: of the delivery; rejected rows and amounts are added per control group.

    Returns:
        The first `SHOWN` rejected rows: reason, the file's columns, number of source records, the first of their ids.
    """
    errors = rejected.filter(_compute.equal(rejected["status"], "E")) if "status" in rejected.column_names else rejected
    names = mapper.coordinates
    keys = [tuple(row[name] or "" for name in names) for row in errors.select(names).to_pylist()]
    reasons = dict(zip(keys, errors["errors"].to_pylist(), strict=True))
    sources: dict[tuple[str, ...], list[str]] = {key: [] for key in keys}
    amounts: dict[tuple[str, ...], Any] = {}
    wanted = pa.table({name: [key[i] for key in sources] for i, name in enumerate(names)})
    for table in mapper.mapped(batches):
        matched = table.join(wanted, keys=names, join_type="left semi", use_threads=False)
        for row in matched.select([*names, *mapper.sums, SOURCE_ID, GROUP, AMOUNT]).to_pylist():
            key = tuple(row[name] for name in names)
            sources[key].append(row[SOURCE_ID])
            amounts[key] = amounts.get(key, 0) + row[AMOUNT]
            accounting.add(row[GROUP], REJECTED, 1, row[AMOUNT])
            for header in mapper.sums:
                accounting.add_sum(row[GROUP], REJECTED, header, row[header])
    return [
        {
            "reason": reasons[key],
            "first_records": ", ".join(found[:SOURCES_SHOWN]),
            "records": len(found),
            "amount": amount_text(amounts[key]) if key in amounts else "",
            **dict(zip(names, key, strict=True)),
        }
        for key, found in list(sources.items())[:SHOWN]
    ]


def commonest_reasons(rejected: pa.Table, limit: int = 3) -> list[str]:
    """Why rows were rejected, the commonest reasons first: `12 rows: Invalid identifier: 6210, 6215 ...`.

    Reasons that differ only in the value of the row that they quote at their end are one reason.
    """
    rows: Counter[str] = Counter()
    quoted: dict[str, dict[str, None]] = {}
    for row in rejected.to_pylist():
        if row.get("status", "E") != "E":
            continue
        reason, _, value = str(row["errors"]).rpartition(": ")
        if not reason or value not in row.values():
            reason, value = str(row["errors"]), ""
        rows[reason] += 1
        quoted.setdefault(reason, {})[value] = None
    return [
        _reason_words(reason, count, list(filter(None, quoted[reason]))) for reason, count in rows.most_common(limit)
    ]


def _reason_words(reason: str, count: int, values: Sequence[str]) -> str:
    more = " ..." if len(values) > _VALUES_SHOWN else ""
    shown = f": {', '.join(values[:_VALUES_SHOWN])}{more}" if values else ""
    return f"{count} row{'s' * (count > 1)}: {reason.rstrip('.')}{shown}"
