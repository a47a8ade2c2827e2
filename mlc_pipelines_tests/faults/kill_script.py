"""`python -m mlc_pipelines_tests.faults.kill_script [--kills 40] [--locks 40]`: breaks runs, counts what came of it.

Runs are killed (SIGKILL, the whole process group) at each named point and then at random moments; after that the
database connections that hold the locks of a run are ended, at each named point and then at random moments. The books
change before each run. After each break the round trip is run once more, and the model is compared with the books:

- lost: figures of the books that the model lacks,
- doubled: figures that the model holds and the books don't, or with another amount,
- green and wrong: a run said that all is well, and one of the two was there.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, cycle, product
from pathlib import Path

from mlc_pipelines_tests.bench.ground import database
from mlc_pipelines_tests.bench.measure import say
from mlc_pipelines_tests.faults.lost_locks import IMPORT_POINTS, end_lock, end_locks_at, lock_names
from mlc_pipelines_tests.world import LEDGER, World, open_world, red
from mlc_sandbox.serving import Action, Fault, first

LOAD = "import Load Actuals"
KILL_POINTS = {
    "while the ledger is read": ("erp", "POST", "/suiteql"),
    **{point: ("anaplan", *request) for point, request in IMPORT_POINTS.items()},
}
_WAIT = 120.0


@dataclass
class Tally:
    """What was counted.

    Attributes:
        breaks: runs that were broken before they had ended.
        late: runs that had ended before they could be.
        red, green: how the runs that were not killed said they ended; the one after a break has to be green.
        lost, doubled: figures.
        wrong: runs that said green when figures were lost or doubled.
        stuck: runs after a break that were red.
    """

    breaks: int = 0
    late: int = 0
    red: int = 0
    green: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    stuck: int = 0

    def __str__(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in vars(self).items())


class Breaker:
    """Breaks one run after the other in a world."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self.tally = Tally()
        self._rng = rng
        self._posted: list[int] = []

    def change_the_books(self) -> None:
        """A journal more, now and then one less."""
        if len(self._posted) > 2 and self._rng.random() < 0.4:
            self.world.erp.books.delete(self._posted.pop(self._rng.randrange(len(self._posted))))
        amount = f"{self._rng.randrange(1, 10**6) / 100:.2f}"
        debit = self._rng.choice([*self.world.quiet_accounts(), "6010"])
        self._posted.append(self.world.post(amount, debit=debit, department=11))

    def killed(self, where: str, reached: Callable[[subprocess.Popen[bytes]], object]) -> None:
        """One run in a process of its own, killed when `reached` returns."""
        self.change_the_books()
        process = subprocess.Popen(
            self.world.command("run", self.world.tenant, self.world.closed),
            env=self.world.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        reached(process)
        ended = process.poll()
        if ended is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.tally.breaks += 1
        else:
            self.tally.late += 1
            self._judge(green=ended == 0)
            if ended and process.stderr:
                say(f"{where}: ended red by itself: {process.stderr.read().decode()}")
        self._after(where)

    def without_lock(self, where: str, arm: Callable[[], object]) -> None:
        """One run in this process whose lock is ended by what `arm` sets up; whether it was is seen from its end."""
        self.change_the_books()
        assert red(self.world.land()) == {}
        arm()
        outcome = self.world.load("gl_activity")
        self.tally.breaks += outcome.error is not None
        self.tally.late += outcome.error is None
        self._judge(green=outcome.error is None)
        self._after(where)

    def _after(self, where: str) -> None:
        """Run once more, as an operator does."""
        self.world.anaplan.faults.clear()
        self.world.erp.faults.clear()
        self.world.read_again()
        outcomes = self.world.round_trip()
        problems = red(outcomes)
        self._judge(green=not problems)
        self.tally.stuck += bool(problems)
        say(f"{where}: {self.tally}{f'; {problems}' if problems else ''}")

    def _judge(self, *, green: bool) -> None:
        self.tally.green += green
        self.tally.red += not green
        if not green:
            return
        cells, ledger = self.world.cells(), self.world.ledger()
        lost = sum(place not in cells for place in ledger)
        doubled = sum(ledger.get(place) != amount for place, amount in cells.items())
        self.tally.lost += lost
        self.tally.doubled += doubled
        self.tally.wrong += bool(lost or doubled)


def kill(breaker: Breaker, kills: int, rng: random.Random) -> None:
    """At each named point, then at random moments of a whole run."""
    world = breaker.world
    began = time.monotonic()
    world.mlc("run", world.tenant, world.closed)
    whole = time.monotonic() - began
    named = iter(KILL_POINTS.items())
    number = 0
    while breaker.tally.breaks < kills:
        number += 1
        point = next(named, None)
        if point is None:
            moment, late = rng.uniform(0.2, 1.0) * whole, breaker.tally.late
            breaker.killed(f"{number}: after {moment:.1f} of {whole:.1f} s", _for(moment))
            if breaker.tally.late > late:
                whole = moment  # the machine has less to do than when it was measured
        else:
            name, (server, method, path) = point
            sandbox = world.erp if server == "erp" else world.anaplan
            seen = threading.Event()
            sandbox.faults.add(Fault(method, path, _held(seen)))
            breaker.killed(f"{number}: {name}", lambda _, seen=seen: seen.wait(_WAIT))


def _held(seen: threading.Event) -> Action:
    """Holds a request long enough for its sender to be killed; then it is executed all the same."""

    def act() -> None:
        seen.set()
        time.sleep(0.5)

    return first(act)


def _for(seconds: float) -> Callable[[subprocess.Popen[bytes]], object]:
    def wait(process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return

    return wait


def end_locks(breaker: Breaker, locks: int, rng: random.Random) -> None:
    """Each lock, and both, at each named point; then at random moments of a load."""
    world = breaker.world
    names = lock_names(world, "gl_activity", LOAD)
    sets = {**{lock: [name] for lock, name in names.items()}, "both locks": list(names.values())}
    cases: Iterator[tuple[str, str] | None] = chain(product(IMPORT_POINTS, sets), cycle([None]))
    for number, case in enumerate(cases):
        if breaker.tally.breaks >= locks:
            return
        if case is None:
            moment = rng.uniform(0.0, 0.3)
            timer = threading.Timer(moment, _end_all, (world, list(names.values())))
            breaker.without_lock(f"{number + 1}: both locks after {moment:.2f} s", timer.start)
            timer.join()
        else:
            point, lock = case
            breaker.without_lock(
                f"{number + 1}: {lock} {point}",
                lambda point=point, lock=lock: end_locks_at(world, IMPORT_POINTS[point], *sets[lock]),
            )


def _end_all(world: World, names: list[str]) -> None:
    for name in names:
        end_lock(world.settings.database_url or "", name)


def main() -> None:
    parser = argparse.ArgumentParser(description="Breaks runs and counts what came of it.")
    parser.add_argument("--kills", type=int, default=40, help="runs to kill (40)")
    parser.add_argument("--locks", type=int, default=40, help="runs whose locks are ended (40)")
    parser.add_argument("--seed", type=int, default=8, help="of the random moments and books")
    given = parser.parse_args()
    rng = random.Random(given.seed)
    whole: dict[str, Tally] = {}
    for title, count, act in (("killed", given.kills, kill), ("locks ended", given.locks, end_locks)):
        with (
            tempfile.TemporaryDirectory(prefix="mlc-kill-") as folder,
            database() as url,
            # Processes of their own live by the machine's clock; elsewhere the waits take no time.
            open_world(Path(folder), url, only=LEDGER, real_time=act is kill, gl_lines=3000) as world,
        ):
            assert red(world.round_trip()) == {}
            breaker = Breaker(world, rng)
            act(breaker, count, rng)
            whole[title] = breaker.tally
    for title, tally in whole.items():
        say(f"{title}: {tally}")
    sys.exit(any(tally.lost or tally.doubled or tally.wrong or tally.stuck for tally in whole.values()))


if __name__ == "__main__":
    main()
