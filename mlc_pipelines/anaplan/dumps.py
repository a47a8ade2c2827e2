"""Failure dumps: the rows that Anaplan did not take, and why (docs/vendors/anaplan.md, section 6)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pyarrow as pa

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.words import DUMP_STATUS
from mlc_pipelines.errors import DataError
from mlc_pipelines.http import path_part
from mlc_pipelines.vocabulary import refuse_unknown

_NONE_KEPT = frozenset({400, 404})  # which of the two comes for a missing dump differs between resources


def fetch_dump(api: ModelApi, path: str) -> pa.Table | None:
    """The dump, or None when Anaplan no longer keeps it.

    Anaplan keeps the newest dump per user and import only, and for 48 hours, so it is fetched at once after the task.

    Args:
        api: the model.
        path: below the model, `.../dump` of an import's task or `.../dumps/{objectId}` of a process's.
    """
    chunks = api.read_all(f"{path}/chunks", "chunks", accept=_NONE_KEPT)
    if not chunks:
        return None
    parts: list[bytes] = []
    for chunk in chunks:
        response = api.request("GET", f"{path}/chunks/{path_part(chunk.needed('id'))}", accept=_NONE_KEPT)
        if response.status_code in _NONE_KEPT:
            return None
        parts.append(response.content)
    return parse_dump(b"".join(parts))


def parse_dump(content: bytes) -> pa.Table:
    """Rows of a dump: `line`, `status` (E rejected, W warning), `errors`, then the columns of the file as strings.

    Anaplan writes `_Status_`, the file's columns, `_Line_`, and as many `_Error_n_` as the worst row needs. A column of
    the file that is named like one of ours gets ` (file)` behind its name.

    Raises:
        DataError: it is no CSV, or says of a row neither that it was rejected nor that it was taken with a warning.
    """
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        raise DataError(
            "The failure dump of the import is no CSV in UTF-8.",
            hint="Look at the import's failed rows in Anaplan: why they were rejected can't be read here.",
        ) from None
    header, body = (rows[0], [row for row in rows[1:] if row]) if rows else ([], [])
    errors = [i for i, name in enumerate(header) if name.startswith("_Error_")]
    columns: dict[str, pa.Array] = {
        "line": pa.array([_number(_cell(row, header, "_Line_")) for row in body], pa.int64()),
        "status": pa.array([_cell(row, header, "_Status_") for row in body], pa.string()),
        "errors": pa.array(["; ".join(row[i] for i in errors if i < len(row) and row[i]) for row in body], pa.string()),
    }
    own = {"_Line_", "_Status_"}
    refuse_unknown("The failure dump", "_Status_", DUMP_STATUS, columns["status"], {"_Line_": columns["line"]})
    for i, name in enumerate(header):
        if name in own or i in errors:
            continue
        shown = f"{name} (file)" if name in columns else name
        columns[shown] = pa.array([row[i] if i < len(row) else None for row in body], pa.string())
    return pa.table(columns)


def _cell(row: Sequence[str], header: Sequence[str], name: str) -> str | None:
    place = header.index(name) if name in header else len(row)
    return row[place] if place < len(row) else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdigit() else None
