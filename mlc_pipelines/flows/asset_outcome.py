"""How an asset's partition ended: its figures, checks and tables, as people and programs see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from mlc_pipelines.config import Load
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.errors import MlcError, Unbalanced
from mlc_pipelines.flows.asset_name import AssetName
from mlc_pipelines.flows.checks import DEBITS_EQUAL_CREDITS, ROWS_COMPLETE
from mlc_pipelines.flows.delivery.columns import load_name
from mlc_pipelines.flows.delivery.members import member_figures
from mlc_pipelines.flows.delivery.report import codes_mapped, rows_accepted
from mlc_pipelines.flows.delivery.result import DeliveryResult
from mlc_pipelines.flows.landing.land import Landed
from mlc_pipelines.flows.text import amount_text
from mlc_pipelines.flows.tie_out.check import totals_check
from mlc_pipelines.flows.tie_out.tables import tables
from mlc_pipelines.flows.tie_out.totals import TieOut
from mlc_pipelines.store.delivery_outcome import QUARANTINED
from mlc_pipelines.store.results import CheckResult
from mlc_pipelines.store.rows import Repaired
from mlc_pipelines.visible import visible, visible_in


def load_names(loads: Iterable[Load]) -> str:
    """An entity's loads in one line, as its asset's figure `actions` has them."""
    return ", ".join(map(load_name, loads))


@dataclass
class AssetOutcome:
    """How one asset's partition ended.

    Attributes:
        asset: which.
        figures: for tables and metadata; amounts as text.
        checks: what was checked.
        tables: rows worth looking at, by title; no personal data.
        error: why it is red, or None.
        waits_for: the red assets because of which it was not reached; nothing was done then.
        data_version: hash of the content, where there is one.
    """

    asset: AssetName
    figures: dict[str, Any] = field(default_factory=dict[str, Any])
    checks: tuple[CheckResult, ...] = ()
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    error: MlcError | None = None
    waits_for: tuple[AssetName, ...] = ()
    data_version: str = ""

    @classmethod
    def not_configured(cls, asset: AssetName, why: str) -> Self:
        """Nothing to do for this tenant, which is no fault."""
        return cls(asset, figures={"status": f"Not configured for this tenant: {why}."})

    @property
    def green(self) -> bool:
        """Reached, and nothing is wrong."""
        return self.error is None and not self.waits_for

    def make_visible(self) -> None:
        """Codes and names of others in it are shown to people and stored: nothing in them hides or moves anything."""
        self.figures = visible_in(self.figures)
        self.tables = visible_in(self.tables)
        self.checks = tuple(
            replace(each, message=visible(each.message), detail=visible_in(each.detail)) for each in self.checks
        )


def describe_landing(outcome: AssetOutcome, entity: Entity, landed: Landed) -> None:
    """Figures and checks of a landing."""
    snapshot, total = landed.snapshot, landed.total
    outcome.checks = landed.checks
    outcome.data_version = snapshot.content_hash
    outcome.figures = {
        "rows_read": snapshot.rows,
        **({"amount": amount_text(total.amount)} if entity.amount else {}),
        **({"debit": amount_text(total.debit), "credit": amount_text(total.credit)} if entity.debit else {}),
        **_repaired(landed.repaired),
        "read": landed.read,
        **({"read_whole_because": landed.because} if landed.because else {}),
        "unchanged": landed.unchanged,
        "snapshot_id": snapshot.id,
        "content_hash": snapshot.content_hash,
        "extracted_at": snapshot.extracted_at.isoformat(timespec="seconds"),
        "seconds": round(landed.seconds, 2),
    }


def _repaired(repaired: Repaired) -> dict[str, Any]:
    return {"texts_repaired": repaired.texts, "first_repaired": ", ".join(repaired.first)} if repaired.texts else {}


def describe_export(outcome: AssetOutcome, export: str, landed: Landed) -> None:
    """Figures and checks of a plan's export."""
    outcome.checks = landed.checks
    outcome.data_version = landed.snapshot.content_hash
    outcome.figures = {
        "rows_exported": landed.snapshot.rows,
        "actions": f"export {export}",
        "task_ids": landed.checks[0].detail["task_id"],
        **_repaired(landed.repaired),
        "unchanged": landed.unchanged,
        "snapshot_id": landed.snapshot.id,
        "content_hash": landed.snapshot.content_hash,
        "seconds": round(landed.seconds, 2),
    }


def failed_check(error: MlcError) -> tuple[CheckResult, ...]:
    """The check that a landing failed by, so that an earlier green result does not stand."""
    if isinstance(error, Unbalanced):
        return (DEBITS_EQUAL_CREDITS.result(passed=False, message=error.message),)
    return (ROWS_COMPLETE.result(passed=False, message=error.message),)


def describe_loads(outcome: AssetOutcome, entity: Entity, results: Sequence[DeliveryResult]) -> None:
    """Figures, checks and tables of an entity's loads; personal data is masked."""
    names = ("rows_read", "rows_sent", "rows_unchanged", "zero_rows")
    outcome.figures = {
        **{name: sum(getattr(result, name) for result in results) for name in names},
        "rows_accepted": sum(result.rows_accepted for result in results),
        "rows_ignored": sum(result.counts.ignored for result in results),
        "rows_rejected": sum(result.counts.failed + result.counts.invalid for result in results),
        "rows_unmapped": sum(result.accounting.total_rows(QUARANTINED) for result in results),
        **member_figures([result.members for result in results if result.members is not None]),
        **({"amount": amount_text(results[-1].amount_accepted)} if entity.amount and results else {}),
        **({"unreckoned": "; ".join(lost)} if (lost := [each for r in results for each in r.unreckoned]) else {}),
        "actions": ", ".join(result.load for result in results),
        "task_ids": ", ".join(r.delivery.task_id for r in results if r.delivery and r.delivery.task_id),
        "snapshot_id": results[-1].delivery.snapshot_id if results and results[-1].delivery else "",
    }
    checks: dict[str, CheckResult] = {}
    for result in results:
        for check in (codes_mapped(result), rows_accepted(result)):
            before = checks.get(check.rule)
            if before is None or before.passed:
                checks[check.rule] = check
        if result.rejected_rows:
            outcome.tables["Rejected rows"] = result.shown_rejections
        if result.changed_members:
            outcome.tables.setdefault("Changed members", []).extend(result.changed_members)
        if result.unmapped:
            outcome.tables["Unmapped codes"] = [
                {**vars(found), "reason": found.reason.words, "amount": amount_text(found.amount)}
                for found in result.unmapped
            ]
    outcome.checks = tuple(checks.values())


def describe_tie_out(
    outcome: AssetOutcome,
    results: Sequence[TieOut],
    certificate: CheckResult,
    groups_file: str,
    late: list[dict[str, str]],
) -> CheckResult:
    """Figures, checks and tables of a tie-out; gives the check of the totals.

    Args:
        outcome: to fill.
        results: of all its loads.
        certificate: the other check of this asset.
        groups_file: where all groups can be read.
        late: the period's late postings, as rows for people.
    """
    # The check has the tables too: of a red asset people see nothing else.
    shown = {**tables(results), **({"Late postings": late} if late else {})}
    totals = replace(totals_check(results), tables=shown)
    outcome.checks = (totals, certificate)
    outcome.figures = {
        **({"result": totals.message} if totals.passed else {}),
        "loads": len({(result.entity, result.load) for result in results}),
        "difference": totals.detail["difference"],
        "groups_file": groups_file,
    }
    outcome.tables = dict(totals.tables)
    return totals
