"""What is tried live, with remedies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from mlc_pipelines.erp.base import Entity, ErpPeriod
from mlc_pipelines.erp.ping import Ping, Trial
from mlc_pipelines.errors import MlcError
from mlc_pipelines.findings import Finding, failed_by, passed
from mlc_pipelines_tests.contract.toy_erp.entities import ENTITIES
from mlc_pipelines_tests.contract.toy_erp.reading import Reader


@dataclass(frozen=True)
class ToyPing(Ping):
    """One company, as its trials see it."""

    reader: Reader
    periods: Callable[[], Sequence[ErpPeriod]]

    def no_way_in(self, error: MlcError) -> Finding:
        """Nothing there that answers."""
        return failed_by("connection", error, f"Check base_url. {error.hint}")

    def enter(self) -> tuple[Sequence[Finding], Sequence[Trial]]:
        """The periods, which everybody may see, then each entity."""
        periods = self.periods()
        found = [passed("credentials", "A token was granted."), passed("periods", f"There are {len(periods)}.")]
        return found, [(name, partial(self._readable, entity, periods)) for name, entity in ENTITIES.items()]

    def _readable(self, entity: Entity, periods: Sequence[ErpPeriod]) -> Finding:
        asked = {"period": periods[0].id} if entity.kind == "fact" and periods else {}
        return passed(entity.name, f"Readable: {self.reader.count(entity, asked)} records.")
