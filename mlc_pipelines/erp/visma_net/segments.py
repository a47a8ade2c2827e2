"""Segment values: a list of keys, and for each one answer with all its values.

See docs/vendors/visma_net.md, section 6.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from zoneinfo import ZoneInfo

import pyarrow as pa

from mlc_pipelines.erp.map_ahead import map_ahead
from mlc_pipelines.erp.record_spool import RecordSpool
from mlc_pipelines.erp.visma_net.dimensions import DIMENSIONS
from mlc_pipelines.erp.visma_net.json_object import members
from mlc_pipelines.erp.visma_net.lists import EMPTY, Lists
from mlc_pipelines.erp.visma_net.parsing import RecordParser
from mlc_pipelines.errors import DataError
from mlc_pipelines.http import Answer, path_part


class Segments:
    """Reads the values of all segments of all keys.

    Args:
        lists: gets the answers.
        pool: runs requests side by side.
        ahead: how many.
        zone: of moments that don't name theirs.
    """

    def __init__(self, lists: Lists, pool: Executor, ahead: int, zone: ZoneInfo) -> None:
        self._lists = lists
        self._pool = pool
        self._ahead = ahead
        self._parser = RecordParser(DIMENSIONS, zone)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Each value once, in the order of the key."""
        with RecordSpool(DIMENSIONS.schema, DIMENSIONS.key) as values:
            for body in self._bodies():
                values.add(self._parser.parse(body).rows)
            yield from values.batches()

    def count(self) -> int:
        """How many values there are, counted without the parser."""
        answers = (Answer(members(body), f"Visma.net, to {DIMENSIONS.path},") for body in self._bodies())
        segments = (segment for answer in answers for segment in answer.listed("segments"))
        return sum(len(segment.listed("segmentValues")) for segment in segments)

    def _bodies(self) -> Iterator[bytes]:
        names = self._lists.records(DIMENSIONS.path, {})
        if not all(isinstance(name, str) for name in names):
            raise DataError(f"{DIMENSIONS.path} answered without its list of names.")
        calls = [lambda name=name: self._one(name) for name in names]
        return (body for body in map_ahead(self._pool, calls, self._ahead) if not _has_none(body))

    def _one(self, name: str) -> bytes:
        return self._lists.get_patiently(f"{DIMENSIONS.path}/{path_part(name)}", DIMENSIONS.query)


def _has_none(body: bytes) -> bool:
    """Whether it says that the key has no segments; what can't be read is left to the parser to tell of."""
    told = members(body)
    return body == EMPTY or (bool(told) and not told.get("segments"))
