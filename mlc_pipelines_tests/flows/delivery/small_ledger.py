"""A ledger of five fields, its code map and the members of the list that it goes into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from mlc_pipelines.config import CodeMap
from mlc_pipelines.erp.base import MONEY, Entity, Field
from mlc_pipelines.fiscal import month_periods
from mlc_pipelines.store.snapshot_file import SOURCE_ID

ENTITY = Entity(
    name="ledger",
    kind="fact",
    meaning="Lines.",
    fields=(
        Field("id", pa.string(), "Id.", required=True),
        Field("account", pa.string(), "Account."),
        Field("department", pa.string(), "Department."),
        Field("kind", pa.string(), "Kind."),
        Field("amount", MONEY, "Amount."),
    ),
    key=("id",),
    amount="amount",
    control_by="account",
)
PERIOD = month_periods([2026], start_month=1)[4]
MAPS = {"departments": CodeMap("departments", {"Sales, EMEA": "D10", "R&D": "D20"})}
MEMBERS = {"Account": frozenset({"0100", "0200", "4000"})}


def batches_of(records: Sequence[Mapping[str, Any]], size: int) -> list[pa.RecordBatch]:
    schema = pa.schema([(f.name, f.type) for f in ENTITY.fields] + [(SOURCE_ID, pa.string())])
    numbered = [{"id": str(i), SOURCE_ID: str(i), **record} for i, record in enumerate(records)]
    cut = [numbered[i : i + size] for i in range(0, len(numbered), size)]
    return [pa.RecordBatch.from_pylist(part, schema) for part in cut]
