"""Answers of Visma.net as rows of an entity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.arrow_json import PageParser, paths
from mlc_pipelines.erp.exact_json import read_document
from mlc_pipelines.erp.visma_net.fields import VismaEntity
from mlc_pipelines.errors import DataError
from mlc_pipelines.http import Answer

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

_TOTAL, _FAULT = "mlc_total", "mlc_fault"
_ALWAYS = {_TOTAL: ("metadata", "totalCount"), _FAULT: ("errorInfo",)}


@dataclass(frozen=True)
class Listed:
    """One answer.

    Attributes:
        rows: in the entity's schema.
        records: how many records the answer has.
        bare: how many of them have no lines, and so no rows.
        total: how many records Visma.net says the whole list has; None when it doesn't.
    """

    rows: pa.RecordBatch
    records: int
    bare: int
    total: int | None


class RecordParser:
    """Parses the answers about one entity. Threads may share it.

    Args:
        entity: what is read.
        zone: of moments that don't name theirs.
    """

    def __init__(self, entity: VismaEntity, zone: ZoneInfo) -> None:
        self._entity = entity
        wire = [pa.field(each.name, each.type) for each in (*entity.fields, *entity.auxiliary)]
        leads = paths(entity) | {each.name: tuple(each.source.split("/")) for each in entity.auxiliary} | _ALWAYS
        self._parser = PageParser(
            pa.schema([*wire, (_TOTAL, pa.int64()), (_FAULT, pa.string())]),
            leads,
            subject=entity.name,
            key=entity.key,
            records=entity.envelope,
            lines=entity.lines,
            zone=zone,
        )

    def parse(self, body: bytes) -> Listed:
        """The rows of an answer.

        Raises:
            Unavailable: the body is only the beginning of JSON.
            DataError: it is no list, a value doesn't fit its field, a word that decides something is not known, or
                Visma.net reports an error of a record.
        """
        page = self._parser.parse(body)
        columns = dict(zip(page.rows.schema.names, page.rows.columns, strict=True))
        self._no_fault(columns)
        self._entity.check_words(columns)
        if self._entity.derive:
            columns |= self._entity.derive(columns, page.members)
        rows = pa.RecordBatch.from_arrays(
            [columns[name] for name in self._entity.schema.names], schema=self._entity.schema
        )
        total = pc.max(columns[_TOTAL]).as_py()
        if total is None and page.records and not page.rows.num_rows:
            total = self._total_without_rows(body)
        return Listed(rows, page.records, page.records - self._documents(rows), total)

    def _documents(self, rows: pa.RecordBatch) -> int:
        key = self._entity.document
        return pa.Table.from_batches([rows]).group_by(key).aggregate([]).num_rows if self._entity.lines else len(rows)

    def _no_fault(self, columns: dict[str, pa.Array]) -> None:
        faults = columns[_FAULT]
        place = pc.index(pc.greater(pc.utf8_length(faults), 0), value=True).as_py()
        if place >= 0:
            key = {name: columns[name][place].as_py() for name in self._entity.document}
            shown = ", ".join(f"{name} {value}" for name, value in key.items())
            raise DataError(
                f"Visma.net reports an error of a record of {self._entity.name} ({shown}): {faults[place].as_py()}.",
                hint="Open the record in Visma.net: what it sent of it may not be whole.",
            )

    def _total_without_rows(self, body: bytes) -> int | None:
        entity = self._entity
        records, _ = read_document(body, entity.envelope, fold_case=False, subject=entity.name)
        metadata = Answer(records[-1], f"Visma.net, to {entity.path},").inner("metadata")
        return metadata.whole("totalCount") or None
