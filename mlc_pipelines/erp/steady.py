"""Reading what may move meanwhile: until it holds still, or an error that says that it doesn't."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import pyarrow as pa

from mlc_pipelines.erp.record_spool import RecordSpool
from mlc_pipelines.errors import IncompleteRead

_Result = TypeVar("_Result")
_TRIES = 3

WHILE_READ = "Run it again when nobody posts to the period, or read it at night."
"""What to do about books that go on moving."""


class Changed(Exception):
    """The rows are others than a moment ago: what was read of them is no state that ever was."""


def steady(subject: str, read: Callable[[], _Result]) -> _Result:
    """What `read` gives when it ends without `Changed`.

    Args:
        subject: for messages, such as `invoices of FY2026-P05`.
        read: called up to three times.

    Raises:
        IncompleteRead: the rows changed each time; says what changed the last time.
    """
    what = ""
    for _ in range(_TRIES):
        try:
            return read()
        except Changed as change:
            what = str(change)
    raise IncompleteRead(f"{subject}: {what}, {_TRIES} times in a row.", hint=WHILE_READ)


def steady_rows(
    subject: str, schema: pa.Schema, pages: Callable[[], Iterable[pa.RecordBatch]]
) -> Iterator[pa.RecordBatch]:
    """The rows of a way through pages that ended without `Changed`, in their order; none of a way that didn't.

    They are kept in a file until then: whoever yields a row can't take it back.

    Args:
        subject: for messages.
        schema: of the rows.
        pages: begins a way through them.

    Raises:
        IncompleteRead: as `steady`.
    """
    with steady(subject, lambda: _kept(schema, pages())) as spool:
        yield from spool.batches()


def _kept(schema: pa.Schema, pages: Iterable[pa.RecordBatch]) -> RecordSpool:
    spool = RecordSpool(schema)
    try:
        for page in pages:
            spool.add(page)
    except BaseException:
        spool.close()
        raise
    return spool
