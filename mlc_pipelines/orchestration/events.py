"""From the outcome of a flow to Dagster's events: metadata, tables, checks, failures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import dagster as dg

from mlc_pipelines.errors import MlcError, TransientError
from mlc_pipelines.flows.asset_name import AssetName
from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines.flows.checks import CHECKS
from mlc_pipelines.flows.text import money_text
from mlc_pipelines.store.results import CheckResult


def asset_key(name: AssetName) -> dg.AssetKey:
    """Dagster's key of an asset."""
    return dg.AssetKey(str(name).split("/"))


def words_of(outcome: AssetOutcome) -> str:
    """How an asset ended, in one sentence for the run's log."""
    if outcome.waits_for:
        return f"{outcome.asset}: not reached, it waits for {', '.join(map(str, outcome.waits_for))}."
    if outcome.error:
        return f"{outcome.asset}: {outcome.error}"
    figures = outcome.figures
    said = [f"{figures[name]:,} {words}" for name, words in _ROWS.items() if name in figures]
    said += [f"{money_text(Decimal(figures['difference']))} difference"] if "difference" in figures else []
    return f"{outcome.asset}: {figures.get('status') or ', '.join(said) + '.'}"


_ROWS = {
    "rows_exported": "rows exported",
    "rows_read": "rows read",
    "rows_sent": "rows sent",
    "rows_accepted": "rows accepted",
    "loads": "loads compared",
}


def metadata_of(outcome: AssetOutcome) -> dict[str, Any]:
    """Figures and tables; amounts stay text, since Dagster's floats are binary."""
    # A page shows about four columns of a table: the sentence that says how it ended stands above it.
    metadata: dict[str, Any] = {"result": outcome.figures["result"]} if "result" in outcome.figures else {}
    metadata |= {title: table_of(rows) for title, rows in outcome.tables.items() if rows}
    metadata |= {name: _value(name, value) for name, value in outcome.figures.items() if value != ""}
    if "rows_read" in outcome.figures:
        metadata["dagster/partition_row_count"] = outcome.figures["rows_read"]
    return metadata


_AMOUNTS = frozenset({"amount", "debit", "credit", "difference"})


def _value(name: str, value: Any) -> Any:
    if name.endswith("_url"):
        return dg.MetadataValue.url(value)
    if name.endswith("_file"):
        return dg.MetadataValue.path(value)
    if name in _AMOUNTS:
        return money_text(Decimal(value))
    return dg.MetadataValue.bool(value) if isinstance(value, bool) else value


def table_of(rows: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """Rows as a table for the UI."""
    columns = [dg.TableColumn(name, type=_column_type(rows, name)) for name in rows[0]]
    records = [dg.TableRecord({name: _cell(row.get(name)) for name in rows[0]}) for row in rows]
    return dg.MetadataValue.table(records, dg.TableSchema(columns))


def _column_type(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    return "int" if all(type(row.get(name)) is int for row in rows) else "string"


def _cell(value: Any) -> Any:
    return value if isinstance(value, int | str) else str(value)


def events_of(
    outcome: AssetOutcome, checks_wanted: Collection[dg.AssetCheckKey]
) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """A result for every wanted check, then the materialization, which only a green asset gets."""
    key = asset_key(outcome.asset)
    results = {check.rule: check for check in outcome.checks}
    for wanted in checks_wanted:
        if wanted.asset_key == key:
            check = results.get(wanted.name) or _unchecked(outcome, wanted.name)
            yield _check_event(key, check, red=outcome.error is not None)
    if outcome.green:
        version = dg.DataVersion(outcome.data_version) if outcome.data_version else None
        yield dg.MaterializeResult(asset_key=key, metadata=metadata_of(outcome), data_version=version)


def _unchecked(outcome: AssetOutcome, rule: str) -> CheckResult:
    """An earlier run's result must not stand for what this run did not check."""
    if outcome.green:
        return CheckResult(rule, passed=True, message=outcome.figures.get("status") or "Nothing to check here.")
    why = (
        f"it waits for {', '.join(map(str, outcome.waits_for))}" if outcome.waits_for else "the asset failed before it"
    )
    return CheckResult(rule, passed=False, message=f"Not checked: {why}.")


def _check_event(key: dg.AssetKey, check: CheckResult, *, red: bool) -> dg.AssetCheckResult:
    detail = {name: value for name, value in check.detail.items() if isinstance(value, str | int)}
    tables = {title: table_of(rows) for title, rows in check.tables.items() if rows}
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=check.rule,
        passed=check.passed,
        # What failed and left the asset green (a warning of the load's own choosing) is not an error.
        severity=(
            dg.AssetCheckSeverity.ERROR if red and not CHECKS[check.rule].only_warns else dg.AssetCheckSeverity.WARN
        ),
        description=check.message,
        metadata={**tables, **detail},
    )


def observation_of(outcome: AssetOutcome, partition: str) -> dg.AssetObservation:
    """What its partition's page shows of an asset that did not become green, beside the last time that it did."""
    metadata = {"why": words_of(outcome), **metadata_of(outcome)}
    return dg.AssetObservation(asset_key(outcome.asset), partition=partition, metadata=metadata)


def failure_of(outcomes: Sequence[AssetOutcome]) -> dg.Failure:
    """One failure for all assets of a step that are red or were not reached, with what people need to see."""
    red = [outcome for outcome in outcomes if outcome.error]
    metadata: dict[str, Any] = {}
    for outcome in red:
        prefix = f"{outcome.asset}: " if len(red) > 1 else ""
        metadata |= {f"{prefix}{name}": value for name, value in metadata_of(outcome).items()}
    words = [words_of(outcome) for outcome in (*red, *(each for each in outcomes if not each.error))]
    transient = all(isinstance(outcome.error, TransientError) for outcome in red)
    return dg.Failure(description="\n".join(words), metadata=metadata, allow_retries=transient)


def refusal(error: MlcError) -> dg.Failure:
    """The failure of a step that could not begin, in the error's own words."""
    return dg.Failure(description=str(error), allow_retries=isinstance(error, TransientError))
