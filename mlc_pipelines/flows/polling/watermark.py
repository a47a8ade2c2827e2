"""Where a change feed is read from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.erp.base import Entity
from mlc_pipelines.store.snapshots import Snapshot
from mlc_pipelines.store.storage import Storage

_compute: Any = pc

_ANY_ZONE = timedelta(days=1)
"""More than lies between our clock and a stamp that doesn't name its zone, whatever that is."""

_FARTHEST_EAST = timedelta(hours=14)
"""No zone's time is later."""


def first_watermark(entity: Entity, held: Sequence[Snapshot], storage: Storage) -> str:
    """The watermark of a feed that was never read, out of whole reads.

    A whole read proves its own period alone, and as of its own moment: what any of them lacks was changed after the
    oldest of them began. So this begins with the newest stamp that the oldest one has. That may be long ago, of a
    period in which nobody works any more; then it begins a day before that read did.

    Args:
        entity: whose feed.
        held: the newest snapshots of all its periods, at least one.
        storage: where their files are.
    """
    oldest = min(held, key=lambda snapshot: snapshot.extracted_at)
    column, zoned = _column(entity)
    highest: Any = None
    for batch in storage.batches(oldest.path, [column]):
        seen = _compute.max(batch.column(column)).as_py()
        highest = seen if highest is None or (seen is not None and seen > highest) else highest
    if zoned is None:
        return str(highest or 0)
    begun = _moment(oldest.extracted_at - _ANY_ZONE, zoned=zoned)
    return max(begun, highest or begun).isoformat()


def latest_credible(entity: Entity, asked_at: datetime) -> datetime | None:
    """The latest stamp that a change can have; None for numbers.

    One that lies in the future is an error of the ERP's, or of a clock. The record counts as told, but were the next
    poll to begin there, all that changes until then would stay hidden.
    """
    _, zoned = _column(entity)
    return None if zoned is None else _moment(asked_at if zoned else asked_at + _FARTHEST_EAST, zoned=zoned)


def next_watermark(since: str, highest: Any) -> str:
    """Where the next poll begins: at the highest credible value seen, and never before this one.

    Args:
        since: where this one began.
        highest: of what it was told; None when that was nothing.
    """
    if highest is None:
        return since
    if isinstance(highest, datetime):
        return max(datetime.fromisoformat(since), highest).isoformat()
    return str(max(int(since), highest))


def _column(entity: Entity) -> tuple[str, bool | None]:
    """The watermark's field, and whether its moments name their zone; None where it is a number."""
    name = str(entity.watermark)
    type_: pa.DataType = entity.field(name).type
    return name, type_.tz is not None if pa.types.is_timestamp(type_) else None


def _moment(moment: datetime, *, zoned: bool) -> datetime:
    moment = moment.astimezone(UTC)
    return moment if zoned else moment.replace(tzinfo=None)
