"""Delta = full: whatever is done to the books, and wherever polls and landings fail, what is held is what they hold."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mlc_pipelines.config import Load
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.errors import Unavailable
from mlc_pipelines.fiscal.calendar import calendar_months
from mlc_pipelines.flows.delivery.mapping import Mapper
from mlc_pipelines.flows.landing.land import land
from mlc_pipelines.flows.landing.merge import land_changes
from mlc_pipelines.flows.polling.feed import FeedPoll
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.snapshot_file import SOURCE_ID
from mlc_pipelines_tests.contract.conftest import Bench
from mlc_pipelines_tests.flows.polling.bookkeepers import BOOKKEEPERS

TENANT = "acme"


class Breaking:
    """A source that is lost after some batches of a feed, or when it is asked for totals."""

    def __init__(self, source: Any, batches: int) -> None:
        self._source = source
        self._left = batches

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def changes(self, entity: Entity, since: str) -> Iterator[pa.RecordBatch]:
        for batch in self._source.changes(entity, since):
            self._break()
            yield batch
        self._break()

    def control(self, entity: Entity, window: Any) -> Any:
        self._break()
        return self._source.control(entity, window)

    def _break(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Unavailable("The ERP is gone.")


class Office:
    """One ERP whose books are kept, polled and landed.

    Attributes:
        doubts: partitions that may differ from the books, for what no feed tells: `totals` show it, or not even they.
        landed: how many landings were merged, and why others were not.
    """

    def __init__(self, bench: Bench, source: Any) -> None:
        self.bench = bench
        self.source = source
        self.keeper = BOOKKEEPERS[bench.driver.kind]
        self.calendar = calendar_months(bench.clock)
        self.periods = [self.calendar.period(key) for key in self.keeper.periods]
        self.entities = [bench.erp.entities[name] for name in self.keeper.entities]
        self.doubts: dict[tuple[str, str], str] = {}
        self.landed: Counter[str] = Counter()

    def act(self, name: str, number: int) -> None:
        self.bench.clock.sleep(61)
        self.keeper.acts[name](self.bench.driver, number)
        doubt = "silent" if name in self.keeper.silent else "totals" if name in self.keeper.untold else ""
        for period in self.periods if doubt else ():
            place = (self.bench.driver.ledger, period.key)
            self.doubts[place] = "silent" if self.doubts.get(place) == "silent" else doubt

    def poll(self, breaks: int | None = None) -> None:
        self.bench.clock.sleep(61)
        source: Any = self.source if breaks is None else Breaking(self.source, breaks)
        changes, clock = self.bench.snapshots.changes, self.bench.clock
        states = {row["entity"]: row for row in changes.feeds(TENANT)}
        with self.bench.database.lock("poll of acme") as lock:
            feed = FeedPoll(self.bench.snapshots, source, TENANT, self.calendar, self.periods, "poll", clock, lock)
            for entity in self.entities:
                state = states.get(entity.name, {})
                try:
                    if entity.watermark:
                        feed.changes(entity, state.get("watermark"), state.get("compared", ""))
                    else:
                        feed.probe(entity)
                except Unavailable:
                    assert breaks is not None

    def land(self, breaks: int | None = None) -> None:
        source: Any = self.source if breaks is None else Breaking(self.source, breaks)
        for entity in self.entities:
            for period in self.periods:
                if self.bench.snapshots.changes.pending(TENANT, entity.name, period.key):
                    try:
                        self._land(source, entity, period)
                    except Unavailable:
                        assert breaks is not None

    def _land(self, source: Any, entity: Entity, period: Any) -> None:
        repeated_by = {
            fact.name: fact.repeats[entity.name]
            for fact in self.bench.erp.entities.values()
            if entity.name in fact.repeats
        }
        landed = land_changes(
            self.bench.snapshots,
            source,
            entity,
            period,
            calendar=self.calendar,
            tenant=TENANT,
            run_id="run",
            clock=self.bench.clock,
            repeated_by=repeated_by,
        )
        self.landed[landed.because.partition(":")[0] or landed.read] += 1
        place = (entity.name, period.key)
        if landed.read == "whole" or self.doubts.get(place) == "totals":
            self.doubts.pop(place, None)

    def read_whole(self, *places: tuple[str, str]) -> None:
        """As at night, those of which nobody could tell."""
        for name, key in places:
            entity, period = self.bench.erp.entities[name], self.calendar.period(key)
            land(
                self.bench.snapshots, self.source, entity, period, tenant=TENANT, run_id="night", clock=self.bench.clock
            )
            self.doubts.pop((name, key), None)

    def check(self) -> None:
        """What is held is what a whole read gives, and so is what would be sent."""
        for entity in self.entities:
            for period in self.periods:
                if (entity.name, period.key) in self.doubts:
                    continue
                snapshot = self.bench.snapshots.current(PartitionKey(TENANT, entity.name, period.key))
                assert snapshot is not None
                names = entity.schema.names
                held = pa.Table.from_batches(self.bench.snapshots.batches(snapshot, names))
                read = pa.Table.from_batches(self.source.read(entity, period), entity.schema)
                assert held.cast(entity.schema).equals(read), (entity.name, period.key)
                if entity.name == self.bench.driver.ledger:
                    assert sent(entity, period, held) == sent(entity, period, read)


def sent(entity: Entity, period: Any, rows: pa.Table) -> list[dict[str, str]]:
    """What a load would send."""
    columns = {"Account": {"field": entity.control_by}, "Amount": {"sum": entity.amount}}
    mapper = Mapper(Load.model_validate({"import": "Load", "columns": columns}), entity, period, {}, {})
    rows = rows.append_column(SOURCE_ID, pa.array(map(str, range(rows.num_rows))))
    return [row for table in mapper.tables(rows.to_batches()) for row in table.to_pylist()]


@pytest.fixture(scope="module", params=list(ERPS))
def office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, make_database_url: Callable[[], str]
) -> Iterator[Office]:
    """Books of one's own, all of them landed."""
    kind: str = request.param
    folder: Path = tmp_path_factory.mktemp(kind)
    start = importlib.import_module(f"mlc_pipelines_tests.contract.{kind}").start
    with start(gl_lines=BOOKKEEPERS[kind].gl_lines) as driver:
        bench = Bench(driver, make_database_url, folder)
        with bench.source() as source:
            office = Office(bench, source)
            places = [(entity.name, period.key) for entity in office.entities for period in office.periods]
            office.read_whole(*places)
            yield office
            if any(entity.watermark for entity in office.entities):
                assert office.landed["merged"] > 2, office.landed
        bench.close()


BREAKS = st.one_of(st.none(), st.integers(0, 4))
ROUNDS = st.lists(
    st.tuples(st.lists(st.integers(0, 10_000), min_size=1, max_size=3), BREAKS, BREAKS), min_size=3, max_size=4
)
"""What is done to the books; where the poll breaks off, and where the landings do."""


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType] - its metaclass says less
)
@given(rounds=ROUNDS)
def test_what_is_held_is_what_a_whole_read_gives(
    office: Office, rounds: list[tuple[list[int], int | None, int | None]]
):
    # Every renaming has whole periods read anew: there are more postings than that.
    postings = [name for name in sorted(office.keeper.acts) if "account" not in name]
    acts = [*postings, *sorted(office.keeper.acts)]
    for numbers, poll_breaks, landing_breaks in rounds:
        for number in numbers:
            office.act(acts[number % len(acts)], number // len(acts))
        office.poll(poll_breaks)
        office.land(landing_breaks)
    for _ in range(2):  # what a landing finds outdated is landed by the next run
        office.poll()
        office.land()
    office.check()
    office.read_whole(*office.doubts)
    office.check()
    office.poll()
    assert office.bench.snapshots.changes.pending(TENANT) == []
