"""What a request passes before it is sent."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from mlc_pipelines.limits.allowance import Allowance
from mlc_pipelines.limits.budgets import RequestBudget
from mlc_pipelines.limits.slots import ConcurrencyBudget


@dataclass(frozen=True)
class Gate:
    """The budgets of an account.

    Attributes:
        budget: requests a minute, or what the vendor says is left.
        concurrency: requests at a time.
    """

    budget: RequestBudget | Allowance | None = None
    concurrency: ConcurrencyBudget | None = None

    @contextmanager
    def entered(self) -> Generator[None]:
        """Hold a slot for the length of a request that the budget allows now."""
        if self.concurrency is None:
            self._acquire()
            yield
            return
        with self.concurrency.slot():
            # Last, so that nothing stands between the budget's leave and the request.
            self._acquire()
            yield

    def pause(self, seconds: float) -> None:
        """Have everybody who shares the budget obey a server's `Retry-After`."""
        if self.budget is not None:
            self.budget.pause(seconds)

    def observe(self, headers: Mapping[str, str]) -> None:
        """Have everybody who shares the budget obey what an answer's headers say is left of it."""
        if isinstance(self.budget, Allowance):
            self.budget.observe(headers)

    def _acquire(self) -> None:
        if self.budget is not None:
            self.budget.acquire()
