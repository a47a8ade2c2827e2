"""Resources: the open parts of the project, shared by the steps of a run."""

from __future__ import annotations

from contextlib import ExitStack

from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines.flows.period_run import PeriodRun
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.leftovers import run_lock


class Flows:
    """Gives the steps of a run their partition's flows.

    Anaplan actions run through the client in it, which takes a lock per model over all processes, waits for tasks that
    others have running, and polls its own to their end.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._current: PeriodRun | None = None
        self.outcomes: list[AssetOutcome] = []
        """How the assets of this process's runs ended: what else is stored of them may be of another run already."""
        self._alive = ExitStack()

    def partition(self, tenant: str, period: str, run_id: str, *, full: bool) -> PeriodRun:
        """The flows of one tenant and period; the steps of a run share them, and with them the open model.

        Args:
            tenant: its name.
            period: its key.
            run_id: Dagster's.
            full: send all rows, and not only those that changed.

        Raises:
            ConfigurationError: there is no such tenant, or its calendar has no such period.
        """
        if self._current is None or self._current.run_id != run_id:
            if self._current:
                self._current.close()
            self._alive.close()
            # Says that the run's process lives; held already where this process made the run itself.
            if self._alive.enter_context(self._runtime.database.try_lock(run_lock(run_id))) is None:
                self._alive.close()
            found = self._runtime.tenant(tenant)
            calendar = self._runtime.calendar(found)
            self._current = PeriodRun(self._runtime, found, calendar.period(period), run_id, full=full)
        return self._current
