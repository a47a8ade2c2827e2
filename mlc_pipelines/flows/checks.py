"""All checks of assets. A new one is declared here; its graph node, its results and their severity follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlc_pipelines.erp.base import Entity
from mlc_pipelines.flows.asset_name import Stage
from mlc_pipelines.store.results import CheckResult


@dataclass(frozen=True)
class Check:
    """One rule that assets are held to. No safety rule leans on it: it reports what the flows found.

    Attributes:
        name: `rows_complete`.
        description: what holds when it passes, for people.
        stages: of the assets that have it.
        concerns: which entities have it, where not all do.
        only_warns: a failure never makes its asset red by itself, and is no error when the asset is red for another
            reason. Of the other checks the asset decides: what failed and left it green is a warning.
    """

    name: str
    description: str
    stages: frozenset[Stage]
    concerns: Callable[[Entity], bool] = lambda _: True
    only_warns: bool = False

    def result(
        self,
        *,
        passed: bool,
        message: str,
        detail: Mapping[str, Any] | None = None,
        tables: Mapping[str, list[dict[str, Any]]] | None = None,
    ) -> CheckResult:
        """What it found, as `CheckResult` says."""
        return CheckResult(self.name, passed, message, detail or {}, tables or {})


ROWS_COMPLETE = Check(
    "rows_complete",
    "Rows read agree with the counts and totals of where they come from.",
    frozenset({Stage.LANDED, Stage.PLAN}),
)
DEBITS_EQUAL_CREDITS = Check(
    "debits_equal_credits",
    "Debit and credit of the period are equal.",
    frozenset({Stage.LANDED}),
    concerns=lambda entity: bool(entity.debit and entity.credit),
)
CODES_MAPPED = Check(
    "codes_mapped",
    "Every code has a map entry and an Anaplan list member.",
    frozenset({Stage.LOAD}),
)
ROWS_ACCEPTED = Check(
    "rows_accepted",
    "Anaplan took every row of the file: none rejected, ignored or taken with a warning.",
    frozenset({Stage.LOAD}),
)
TOTALS_AGREE = Check(
    "totals_agree",
    "ERP total = snapshot = sent = accepted, per account or partner.",
    frozenset({Stage.TIE_OUT}),
)
CERTIFICATE_VALID = Check(
    "certificate_valid",
    "The Anaplan certificate, where one is used, is good for another 30 days.",
    frozenset({Stage.TIE_OUT}),
    only_warns=True,
)

CHECKS = {
    check.name: check
    for check in (ROWS_COMPLETE, DEBITS_EQUAL_CREDITS, CODES_MAPPED, ROWS_ACCEPTED, TOTALS_AGREE, CERTIFICATE_VALID)
}
"""By name, in the order in which people see them."""


def checks_of(stage: Stage, entity: Entity | None) -> Iterator[Check]:
    """The checks of an asset.

    Args:
        stage: of the asset.
        entity: whose it is; None of a tie-out and a plan.
    """
    for check in CHECKS.values():
        if stage in check.stages and (entity is None or check.concerns(entity)):
            yield check
