"""How people are told of a delivery: its checks, and why its asset is red."""

from __future__ import annotations

from mlc_pipelines.config import Load
from mlc_pipelines.errors import MlcError, RowsRejected, TaskFailed, UnmappedCodes
from mlc_pipelines.flows.checks import CODES_MAPPED, ROWS_ACCEPTED
from mlc_pipelines.flows.delivery.rejections import commonest_reasons
from mlc_pipelines.flows.delivery.result import DeliveryResult
from mlc_pipelines.flows.text import amount_text, money_text
from mlc_pipelines.store.delivery_outcome import EXCLUDED, QUARANTINED
from mlc_pipelines.store.results import CheckResult

_CODES_SHOWN = 10

_REJECTED_SHOWN = 10
"""Rejected rows in the check's own metadata."""


def codes_mapped(result: DeliveryResult) -> CheckResult:
    """Whether every code has a place in the model."""
    accounting = result.accounting
    return CODES_MAPPED.result(
        passed=not accounting.unmapped,
        message=_unmapped_words(result) if accounting.unmapped else _mapped_words(result),
        detail={
            "texts_replaced": sum(accounting.replaced.values()),
            "quarantined_rows": accounting.total_rows(QUARANTINED),
            "quarantined_amount": amount_text(accounting.total_amount(QUARANTINED)),
            "excluded_rows": accounting.total_rows(EXCLUDED),
        },
    )


def _mapped_words(result: DeliveryResult) -> str:
    counts = ", ".join(f"{rows} in {header}" for header, rows in result.accounting.replaced.items())
    sent = f" Texts sent with ? for letters that the import's encoding lacks: {counts}." if counts else ""
    return f"Every code has a place in the model.{sent}"


def _unmapped_words(result: DeliveryResult) -> str:
    found = result.unmapped
    shown = [
        f"{each.column} {each.value!r}{'' if each.value else ' (empty)'} ({each.reason.words}; {each.rows} rows, "
        f"{money_text(each.amount)}, first record {each.record})"
        for each in found[:_CODES_SHOWN]
    ]
    more = f" and {len(found) - _CODES_SHOWN} more" if len(found) > _CODES_SHOWN else ""
    return f"{len(found)} codes without a place in the model: {', '.join(shown)}{more}."


def rows_accepted(result: DeliveryResult) -> CheckResult:
    """Whether Anaplan took every row of the file."""
    if result.blocked:
        return ROWS_ACCEPTED.result(passed=False, message="Nothing was sent: codes are unmapped.")
    outcome = result.outcome
    if outcome is None:
        words = [f"Nothing to send: the model holds the {result.rows_target} rows already", *result.unreckoned]
        return ROWS_ACCEPTED.result(passed=True, message="; ".join(words) + ".")
    counts = result.counts
    taken = f"{result.rows_accepted} accepted, {counts.failed} rejected, {counts.ignored} ignored"
    words = [f"{result.rows_sent} rows sent: {taken}, {counts.warned} with warnings", *result.unreckoned]
    if not counts.reported and not counts.no_changes:
        words.append("Anaplan gave no counts")
    if not outcome.successful:
        words.append(f"the task failed: {'; '.join(result.messages)}")
    if outcome.dump_missing:
        words.append(f"the failure dump of task {outcome.task_id} is gone")
    if outcome.rejected is not None:
        words += map(result.masked, commonest_reasons(outcome.rejected))
    return ROWS_ACCEPTED.result(
        passed=result.all_accepted,
        message="; ".join(words) + ".",
        detail={"load": result.load, "task_id": outcome.task_id, **vars(counts)},
        tables={"Rejected rows": result.shown_rejections[:_REJECTED_SHOWN]},
    )


def failure(load: Load, result: DeliveryResult) -> MlcError | None:
    """Why the asset is red, or None: what checks found, weighed by the load's `on_unmapped` and `on_rejected`."""
    mapped, accepted = codes_mapped(result), rows_accepted(result)
    if result.blocked:
        remedies = dict.fromkeys(found.reason.remedy for found in result.unmapped)
        by_hand = "A member that was deleted in Anaplan by hand comes back by `mlc run --full`."
        hint = " ".join(["Nothing was sent.", *remedies, by_hand])
        return UnmappedCodes(f"{result.load}: {mapped.message}", hint=hint)
    if result.outcome is not None and not result.outcome.successful:
        return TaskFailed(f"{result.load}: {accepted.message}")
    if accepted.passed or load.on_rejected == "warn":
        return None
    listed = "The rejected rows are listed in the metadata."
    ignored = (
        "Anaplan does not say which rows it ignored: such as change nothing, have a key that was there already, or are "
        "for cells that take no values. Look into the import's log in Anaplan."
    )
    hint = listed if result.rejected_rows or not result.counts.ignored else ignored
    return RowsRejected(f"{result.load}: {accepted.message}", hint=hint)
