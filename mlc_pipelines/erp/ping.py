"""Live trials of a connection: the way in first, then everything else side by side."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from mlc_pipelines.errors import AuthenticationError, MlcError
from mlc_pipelines.findings import Finding, attempt, failed_by

Trial = tuple[str, Callable[[], Finding]]
"""What is tried, and how; an error that it raises is its finding."""


@dataclass(frozen=True)
class Ping(ABC):
    """The trials of one connection. An ERP says how it is entered, and what to try then.

    Attributes:
        pool: runs the trials side by side; None where they need the source's pool themselves: one after the other then.
    """

    pool: Executor | None = field(default=None, kw_only=True)

    def run(self) -> list[Finding]:
        """All findings in order; only that of the way in when there is none, for then nothing else can be tried."""
        try:
            found, trials = self.enter()
        except AuthenticationError as error:
            return [failed_by("credentials", error)]
        except MlcError as error:
            return [self.no_way_in(error)]
        each = self.pool.map if self.pool else map
        return [*found, *each(lambda trial: attempt(*trial), trials)]

    @abstractmethod
    def enter(self) -> tuple[Sequence[Finding], Sequence[Trial]]:
        """Make the first call: what it tells, and what to try then.

        Raises:
            MlcError: there is no way in.
        """

    @abstractmethod
    def no_way_in(self, error: MlcError) -> Finding:
        """What to tell where `enter` failed, and not for the credentials."""
