"""The concurrency budget: never more at a time, freed by death, fair."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import threading
import uuid

import pytest
import sqlalchemy

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.limits import ConcurrencyBudget, Gate
from mlc_pipelines.store.db import Database
from mlc_pipelines_tests.http.clocks import FakeClock
from mlc_pipelines_tests.http.server import Server

UP = sqlalchemy.text("UPDATE gauge SET now = now + 1 RETURNING now")
DOWN = sqlalchemy.text("UPDATE gauge SET now = now - 1, served = served + 1")


HOLD = """
import sys
from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.limits import ConcurrencyBudget
from mlc_pipelines.store.db import Database
with ConcurrencyBudget(Database(sys.argv[1]), "erp", 1, SYSTEM_CLOCK).slot():
    print("held", flush=True)
    sys.stdin.read()
"""


def _hold_in_process(url: str, slots: int, times: int) -> None:
    database = Database(url)
    budget = ConcurrencyBudget(database, "erp", slots, SYSTEM_CLOCK)
    problems: list[int] = []

    def work() -> None:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for _ in range(times):
                with budget.slot():
                    if (held := connection.scalar(UP)) > slots:
                        problems.append(held)
                    connection.execute(DOWN)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    sys.exit(len(problems))


@pytest.mark.parametrize("slots", [1, 3])
def test_processes_never_hold_more_than_the_slots(make_database_url, slots: int) -> None:
    spawn = multiprocessing.get_context("spawn")
    url = make_database_url()
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE gauge AS SELECT 0 AS now, 0 AS served"))
    processes = [spawn.Process(target=_hold_in_process, args=(url, slots, 20)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0, 0]
    with database.engine.connect() as connection:
        assert tuple(connection.execute(sqlalchemy.text("SELECT now, served FROM gauge")).one()) == (0, 180)
    database.close()


def test_a_killed_process_frees_its_slot(make_database_url) -> None:
    url = make_database_url()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOLD,
            url,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    database = Database(url)
    taken = threading.Event()

    def take() -> None:
        with ConcurrencyBudget(database, "erp", 1, SYSTEM_CLOCK).slot():
            taken.set()

    thread = threading.Thread(target=take)
    thread.start()
    assert not taken.wait(0.2)
    holder.kill()
    holder.communicate()
    assert taken.wait(10)
    thread.join()
    database.close()


def test_threads_are_served_in_the_order_in_which_they_came(database: Database) -> None:
    budget = ConcurrencyBudget(database, uuid.uuid4().hex, 1, SYSTEM_CLOCK)
    served: list[int] = []
    threads: list[threading.Thread] = []

    def work(number: int) -> None:
        with budget.slot():
            served.append(number)

    with budget.slot():
        for number in range(8):
            threads.append(threading.Thread(target=work, args=(number,)))
            threads[-1].start()
            while len(budget._queue._line) <= number:
                pass  # until it stands in line
    for thread in threads:
        thread.join()

    assert served == list(range(8))


def test_a_greedy_process_does_not_starve_another(database: Database) -> None:
    name = uuid.uuid4().hex
    greedy = ConcurrencyBudget(database, name, 1, SYSTEM_CLOCK)
    # A second Database is to Postgres what a second process is: sessions of its own.
    second = Database(database.engine.url)
    modest = ConcurrencyBudget(second, name, 1, SYSTEM_CLOCK)
    stop = threading.Event()
    grants = 0

    def grab() -> None:
        nonlocal grants
        while not stop.is_set():
            with greedy.slot(), database.engine.connect() as connection:
                grants += 1
                connection.execute(sqlalchemy.text("SELECT pg_sleep(0.003)"))  # a request's time

    threads = [threading.Thread(target=grab) for _ in range(4)]
    for thread in threads:
        thread.start()
    between: list[int] = []
    for _ in range(10):
        before = grants
        while grants == before:
            pass  # let the greedy one take it again
        before = grants
        with modest.slot():
            between.append(grants - before)
    stop.set()
    for thread in threads:
        thread.join()
    second.close()

    # While the modest one stands in line, only what was granted before it came is served first.
    assert sorted(between)[len(between) // 2] <= 3, between


def test_an_error_inside_frees_the_slot(database: Database) -> None:
    budget = ConcurrencyBudget(database, uuid.uuid4().hex, 1, SYSTEM_CLOCK)

    for _ in range(3):
        with pytest.raises(ZeroDivisionError), budget.slot():
            _ = 1 / 0


def test_a_lost_connection_is_replaced(database: Database) -> None:
    budget = ConcurrencyBudget(database, uuid.uuid4().hex, 1, SYSTEM_CLOCK)
    with budget.slot(), database.engine.begin() as connection:
        connection.execute(
            sqlalchemy.text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )
    with budget.slot():
        pass


def test_a_request_holds_its_slot_to_the_end_and_waits_outside_of_it(
    server: Server, make_client, database: Database
) -> None:
    name = uuid.uuid4().hex
    held: list[int] = []
    # The view shows the locks of the whole server, which other tests use at the same time.
    count = sqlalchemy.text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )

    def holding() -> int:
        with database.engine.connect() as connection:
            return connection.scalar(count) or 0

    def behave(connection, _) -> bool:
        held.append(holding())
        connection.sendall(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
        return True

    server.plays(behave)

    class Clock(FakeClock):
        def sleep(self, seconds: float) -> None:
            held.append(holding())
            super().sleep(seconds)

    client = make_client(clock=Clock(), gate=Gate(concurrency=ConcurrencyBudget(database, name, 2, SYSTEM_CLOCK)))
    client.request("GET", "/")
    assert held == [1, 0]
