"""Clocks that tests move."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

START = datetime(2026, 5, 31, 12, 0, tzinfo=UTC)


class FakeClock:
    """Sleeping moves it at once; every sleep is noted."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self.elapsed = 0.0
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.elapsed += seconds


class Simulation:
    """One time for several threads: it moves to the next waking when all of them sleep."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._lock = threading.Lock()
        self._awake = 0
        self._asleep: list[tuple[float, int, threading.Event]] = []
        self._count = 0

    def now(self) -> datetime:
        return START + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return self._seconds

    def sleep(self, seconds: float) -> None:
        waking = threading.Event()
        with self._lock:
            self._count += 1
            heapq.heappush(self._asleep, (self._seconds + seconds, self._count, waking))
            self._rest()
        waking.wait()

    def run(self, workers: Sequence[Callable[[], None]]) -> None:
        """Run all of them, each in a thread of its own, to their end."""
        self._awake = len(workers)
        errors: list[BaseException] = []

        def work(worker: Callable[[], None]) -> None:
            try:
                worker()
            except BaseException as error:  # noqa: BLE001 - raised below, in the test's thread
                errors.append(error)
            finally:
                with self._lock:
                    self._rest()

        threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    def _rest(self) -> None:
        self._awake -= 1
        if self._awake == 0 and self._asleep:
            self._seconds, _, waking = heapq.heappop(self._asleep)
            self._awake += 1
            waking.set()
