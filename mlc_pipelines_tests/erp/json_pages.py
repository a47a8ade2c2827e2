"""Parsers for fields of every type and for records with a key and lines, and pages for them."""

from __future__ import annotations

import json

import pyarrow as pa

from mlc_pipelines.erp.arrow_json import PageParser
from mlc_pipelines.erp.base import MONEY, RATE

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("code", pa.string()),
        pa.field("amount", MONEY),
        pa.field("rate", RATE),
        pa.field("posted", pa.bool_()),
        pa.field("day", pa.date32()),
        pa.field("modified", pa.timestamp("s")),
        pa.field("absent", pa.string()),
    ]
)
PARSER = PageParser(
    SCHEMA,
    {name: (f"f_{name}",) for name in SCHEMA.names if name != "absent"},
    subject="bills",
    booleans=("T", "F"),
    fold_case=True,
)


def page(*records: str, **members: object) -> bytes:
    """A page of these records, with members of its envelope."""
    rest = "".join(f', "{key}": {json.dumps(value)}' for key, value in members.items())
    return f'{{"links": [], "items": [{", ".join(records)}]{rest}}}'.encode()


def values(record: str) -> dict[str, object]:
    """The row of a page with one record."""
    return PARSER.parse(page(record)).rows.to_pylist()[0]


KEYED = PageParser(
    pa.schema([("number", pa.string()), ("memo", pa.string()), ("amount", MONEY)]),
    {"number": ("Nbr",), "memo": ("Lines", "Memo"), "amount": ("Lines", "Amount")},
    subject="bills",
    key=("number",),
    records="value",
    lines="Lines",
)
