"""Reading a statement completely: in key order, several ranges at once, counted on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, replace
from decimal import Decimal

import pyarrow as pa

from mlc_pipelines.erp.arrow_json import PageParser
from mlc_pipelines.erp.netsuite.order import disorder, key_at
from mlc_pipelines.erp.netsuite.statement import WHOLE, KeyRange, Statement, cut
from mlc_pipelines.erp.netsuite.suiteql import SuiteQl
from mlc_pipelines.erp.steady import WHILE_READ, Changed, steady
from mlc_pipelines.errors import IncompleteRead

_PAGES_WORTH_CUTTING = 4
"""Remaining pages from which several requests in flight save more waiting than asking for the bounds costs."""
_PAGES_A_RANGE = 5


@dataclass(frozen=True)
class Reading:
    """What is read.

    Attributes:
        statement: the query.
        parser: makes batches of its pages.
        keys: fields of the batches that hold the statement's keys, in their order.
        subject: for messages, such as `gl_activity of FY2026-P05`.
    """

    statement: Statement
    parser: PageParser
    keys: tuple[str, ...]
    subject: str


@dataclass(frozen=True)
class _Part:
    """The rows at the beginning of a range, the ranges behind them still to be read, and how many rows both have."""

    rows: Sequence[pa.RecordBatch]
    rest: Sequence[KeyRange]
    expected: int


@dataclass
class _Pending:
    range: KeyRange
    future: Future[_Part] | None = None
    part: _Part | None = None


@dataclass(frozen=True)
class Reader:
    """Reads statements by a pool of threads that all reads of a source share.

    The first page tells how many rows there are. When many are left, their lowest and highest key are asked for and the
    range between is cut, so that several requests are in flight; a range that turns out large is cut again. Batches
    come in key order all the same, and only a few ranges are read ahead.

    What is counted: a page's total must be that of the page before less the rows between, and all rows together must be
    as many as NetSuite said at first. A range that changes while it is read is read again.

    Attributes:
        suiteql: runs the queries.
        pool: its threads.
        in_flight: ranges that are read at once.
        row_limit: total from which NetSuite's own total is not trusted, for queries end there
            (docs/vendors/netsuite.md, section 3.3). Such ranges are counted by a query of their own and cut.
    """

    suiteql: SuiteQl
    pool: Executor
    in_flight: int
    row_limit: int = 100_000

    def read(self, reading: Reading, progress: Callable[[int, int], None]) -> Iterator[pa.RecordBatch]:
        """All rows in key order; no empty batches.

        Args:
            reading: what to read.
            progress: told, after each batch, the rows so far and how many are expected.

        Raises:
            IncompleteRead: rows are missing or repeated, or went on changing.
        """
        queue = [_Pending(WHOLE)]
        expected: int | None = None
        count = 0
        newest: pa.RecordBatch | None = None
        try:
            while queue:
                self._submit(queue, reading)
                _expand(queue)
                while queue and queue[0].part:
                    part = queue.pop(0).part or _Part((), (), 0)
                    expected = part.expected if expected is None else expected
                    for rows in part.rows:
                        if rows.num_rows:
                            count += rows.num_rows
                            newest = rows
                            progress(count, expected)
                            yield rows
        finally:
            for pending in queue:
                if pending.future:
                    pending.future.cancel()
        if count != expected:
            last = KeyRange(last=key_at(newest, -1, reading.keys)[0]) if newest else WHOLE
            self._recount(reading, last, count, expected or 0)

    def count(self, statement: Statement) -> int:
        """How many rows NetSuite counts."""
        return self._bounds(statement, WHOLE)[2]

    def _submit(self, queue: Sequence[_Pending], reading: Reading) -> None:
        # Twice as many as can be in flight: there is always a next one, and what waits for its turn stays small.
        for pending in queue[: 2 * self.in_flight]:
            if not pending.future:
                pending.future = self.pool.submit(self._read_range, reading, pending.range)

    def _recount(self, reading: Reading, last: KeyRange, count: int, expected: int) -> None:
        # Ranges are each read whole. When they don't add up to the first total, the books moved meanwhile; what was
        # read is complete when it is as many as there are now.
        _, _, now = self._bounds(reading.statement, last)
        if count != now:
            raise IncompleteRead(
                f"{reading.subject}: {count} rows read, but NetSuite said {expected} before and {now} after.",
                hint=WHILE_READ,
            )

    def _read_range(self, reading: Reading, part: KeyRange) -> _Part:
        return steady(reading.subject, lambda: self._try_range(reading, part))

    def _try_range(self, reading: Reading, part: KeyRange) -> _Part:
        rows, total = self._page(reading, part)
        left = total - rows.num_rows
        if left == 0:
            return _Part([rows], (), total)
        if left < 0 or not rows.num_rows:
            raise Changed(f"a page has {rows.num_rows} rows of {total}")
        rest = replace(part, after=key_at(rows, -1, reading.keys))
        if self._to_be_cut(reading, part, total, left):
            lowest, highest, counted = self._bounds(reading.statement, rest)
            if total < self.row_limit and counted != left:
                raise Changed(f"{counted} rows where there were {left}")
            left = counted
            if lowest < highest:
                return _Part([rows], self._cut(rest, lowest, highest, left), rows.num_rows + left)
        return _Part([rows, *self._follow(reading, rest, left)], (), rows.num_rows + left)

    def _follow(self, reading: Reading, rest: KeyRange, left: int) -> Iterator[pa.RecordBatch]:
        while left:
            rows, total = self._page(reading, rest)
            if (total != left and total < self.row_limit) or not 0 < rows.num_rows <= left:
                raise Changed(f"{total} rows where there were {left}")
            yield rows
            left -= rows.num_rows
            rest = replace(rest, after=key_at(rows, -1, reading.keys))

    def _to_be_cut(self, reading: Reading, part: KeyRange, total: int, left: int) -> bool:
        if reading.statement.group_by:
            return False
        pages = _PAGES_WORTH_CUTTING if part == WHOLE else 2 * _PAGES_A_RANGE
        return total >= self.row_limit or left >= pages * self.suiteql.page_rows

    def _cut(self, rest: KeyRange, lowest: int, highest: int, left: int) -> list[KeyRange]:
        page = self.suiteql.page_rows
        parts = max(-(-left // (_PAGES_A_RANGE * page)), min(self.in_flight, left // page), 2)
        # The highest key of this moment is the end: what is entered later belongs to the next read.
        ends = cut(lowest, highest, parts)
        return [_between(rest, before, end) for before, end in zip([None, *ends], ends, strict=False)]

    def _page(self, reading: Reading, part: KeyRange) -> tuple[pa.RecordBatch, int]:
        rows, total = self.suiteql.page(reading.statement.page(part), reading.parser)
        try:
            repeated = disorder(rows, reading.keys)
        except ValueError as error:
            raise IncompleteRead(f"{reading.subject}: {error}.") from None
        if repeated is None and rows.num_rows and part.after:
            first = key_at(rows, 0, reading.keys)
            repeated = first if first[: len(part.after)] <= part.after else None
        if repeated is not None:
            key = ", ".join(f"{name} {value}" for name, value in zip(reading.keys, repeated, strict=True))
            raise IncompleteRead(f"{reading.subject}: NetSuite gave {key} twice or out of order.")
        return rows, total

    def _bounds(self, statement: Statement, part: KeyRange) -> tuple[int, int, int]:
        row = self.suiteql.texts(statement.bounds(part))[0]
        count = _integer(row.get("row_count", "0"))
        if not count:
            return 0, 0, 0
        return _integer(row["lowest"]), _integer(row["highest"]), count


def _between(rest: KeyRange, before: int | None, end: int) -> KeyRange:
    return KeyRange(rest.after if before is None else (before,), end)


def _expand(queue: list[_Pending]) -> None:
    """Wait for a range, and put what is left of finished ones behind them."""
    running = [pending.future for pending in queue if pending.future and not pending.part]
    wait(running, return_when=FIRST_COMPLETED)
    for place in reversed(range(len(queue))):
        pending = queue[place]
        if pending.future and not pending.part and pending.future.done():
            pending.part = pending.future.result()
            queue[place + 1 : place + 1] = [_Pending(rest) for rest in pending.part.rest]


def _integer(text: str) -> int:
    return int(Decimal(text))
