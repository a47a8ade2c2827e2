"""The request budget: no window of 60 seconds exceeds it, and little of it is wasted."""

from __future__ import annotations

import multiprocessing
import uuid
from bisect import bisect_right
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.errors import RateLimited
from mlc_pipelines.http import Retry
from mlc_pipelines.limits import Gate, RequestBudget
from mlc_pipelines.store.db import Database
from mlc_pipelines_tests.http.clocks import FakeClock, Simulation
from mlc_pipelines_tests.http.server import Server, answer


def fullest_window(moments: Sequence[float]) -> int:
    """The most moments in any closed window of 60 s."""
    ordered = sorted(round(moment, 6) for moment in moments)
    return max(bisect_right(ordered, start + 60) - index for index, start in enumerate(ordered))


@pytest.fixture
def make_budget(database: Database) -> Callable[..., RequestBudget]:
    name = uuid.uuid4().hex

    def make(per_minute: int, clock) -> RequestBudget:
        return RequestBudget(database, name, per_minute, clock)

    return make


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    per_minute=st.integers(1, 120),
    pauses_of_workers=st.lists(
        st.lists(st.sampled_from([0, 0, 0, 0.01, 0.3, 1, 7, 45, 70]), min_size=5, max_size=40), min_size=1, max_size=5
    ),
    ordered_pause=st.none() | st.floats(0.5, 90),
)
def test_no_window_exceeds_the_budget(database, per_minute, pauses_of_workers, ordered_pause) -> None:
    time = Simulation()
    name = uuid.uuid4().hex
    granted: list[float] = []
    paused: list[tuple[float, float]] = []

    def worker(thinking: list[float], number: int) -> Callable[[], None]:
        budget = RequestBudget(database, name, per_minute, time)

        def work() -> None:
            for count, seconds in enumerate(thinking):
                budget.acquire()
                granted.append(time.monotonic())
                if ordered_pause and number == 0 and count == 2:
                    budget.pause(ordered_pause)
                    paused.append((time.monotonic(), time.monotonic() + ordered_pause))
                if seconds:
                    time.sleep(seconds)

        return work

    time.run([worker(thinking, number) for number, thinking in enumerate(pauses_of_workers)])

    assert fullest_window(granted) <= per_minute
    for start, end in paused:
        assert not [moment for moment in granted if start + 1e-5 < moment < end - 1e-5]


@pytest.mark.parametrize("per_minute", [1, 2, 10, 60, 300])
def test_a_busy_client_gets_nearly_all_of_it(make_budget, clock: FakeClock, per_minute: int) -> None:
    budget = make_budget(per_minute, clock)
    count = 3 * per_minute + 1

    for _ in range(count):
        budget.acquire()

    assert (count - 1) / (clock.elapsed / 60) >= 0.95 * per_minute


def test_an_idle_budget_may_be_spent_at_once(make_budget, clock: FakeClock) -> None:
    budget = make_budget(300, clock)
    for _ in range(300):
        budget.acquire()
    assert clock.sleeps == []

    budget.acquire()
    assert clock.elapsed >= 60


def _acquire_in_process(url: str, granted) -> None:
    database = Database(url)
    clock = FakeClock()
    budget = RequestBudget(database, "shared", 30, clock)
    for _ in range(30):
        budget.acquire()
        granted.put(clock.elapsed)
    database.close()


def test_four_processes_share_one_budget(make_database_url) -> None:
    """Each has a clock of its own that moves only by its own waits: what they were granted still fits together."""
    spawn = multiprocessing.get_context("spawn")
    granted = spawn.Queue()
    url = make_database_url()
    processes = [spawn.Process(target=_acquire_in_process, args=(url, granted)) for _ in range(4)]
    for process in processes:
        process.start()
    moments = [granted.get(timeout=60) for _ in range(120)]
    for process in processes:
        process.join(60)

    assert fullest_window(moments) <= 30
    assert max(moments) <= 120 * 60 / 30


def test_the_database_clock_rules_in_production(make_budget) -> None:
    budget = make_budget(6000, SYSTEM_CLOCK)

    for _ in range(250):
        budget.acquire()
    budget.pause(700)
    with pytest.raises(RateLimited, match="has no room for another") as raised:
        budget.acquire()
    assert raised.value.retry_after == pytest.approx(700, abs=5)


def test_a_pause_reaches_those_who_already_wait(database) -> None:
    time = Simulation()
    name = uuid.uuid4().hex
    first, second = (RequestBudget(database, name, 1, time) for _ in range(2))
    first.acquire()
    granted: list[float] = []

    def waits() -> None:
        first.acquire()
        granted.append(time.monotonic())

    def pauses() -> None:
        time.sleep(30)
        second.pause(100)

    time.run([waits, pauses])
    assert granted[0] >= 130


def test_every_request_of_a_client_spends_the_budget(server: Server, make_client, make_budget, clock) -> None:
    server.plays(answer(302, location="/b"), answer(503))

    make_client(gate=Gate(budget=make_budget(2, clock)), retry=Retry(jitter=lambda _: 0)).request("GET", "/a")

    # The request, its redirect, and (after the back-off) the second try, which waited for its turn.
    assert len(server.received) == 3
    assert clock.sleeps == [0, pytest.approx(60.5, abs=0.001)]


def test_a_retry_after_told_to_one_client_is_obeyed_by_all(server: Server, make_client, make_budget, clock) -> None:
    server.plays(answer(429, retry_after="100"))
    with pytest.raises(RateLimited):
        make_client(gate=Gate(budget=make_budget(60, clock)), retry=Retry(tries=1)).request("GET", "/a")
    assert clock.sleeps == []

    make_client(gate=Gate(budget=make_budget(60, clock))).request("GET", "/b")
    assert clock.sleeps == [pytest.approx(100, abs=0.001)]
