"""From the outcome of a flow to Dagster's events: metadata, tables, checks, failures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import dagster as dg

from mlc_pipelines.errors import TransientError
from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines.flows.text import money_text
from mlc_pipelines.store.results import CheckResult


def asset_key(asset: str) -> dg.AssetKey:
    """Dagster's key of `netsuite/accounts`."""
    return dg.AssetKey(asset.split("/"))


def metadata_of(outcome: AssetOutcome) -> dict[str, Any]:
    """Figures and tables; amounts stay text, since Dagster's floats are binary."""
    metadata: dict[str, Any] = {name: _value(name, value) for name, value in outcome.figures.items() if value != ""}
    if "rows_read" in outcome.figures:
        metadata["dagster/partition_row_count"] = outcome.figures["rows_read"]
    for title, rows in outcome.tables.items():
        if rows:
            metadata[title] = table_of(rows)
    return metadata


_AMOUNTS = frozenset({"amount", "debit", "credit", "difference"})


def _value(name: str, value: Any) -> Any:
    if name.endswith("_url"):
        return dg.MetadataValue.url(value)
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
    """Checks first, then the materialization, which a red asset does not get."""
    key = asset_key(outcome.asset)
    for check in outcome.checks:
        if dg.AssetCheckKey(key, check.rule) in checks_wanted:
            yield _check_event(key, check, red=outcome.error is not None)
    if outcome.error is None:
        version = dg.DataVersion(outcome.data_version) if outcome.data_version else None
        yield dg.MaterializeResult(asset_key=key, metadata=metadata_of(outcome), data_version=version)


def _check_event(key: dg.AssetKey, check: CheckResult, *, red: bool) -> dg.AssetCheckResult:
    detail = {name: value for name, value in check.detail.items() if isinstance(value, str | int)}
    tables = {name: table_of(value) for name, value in check.detail.items() if isinstance(value, list) and value}
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=check.rule,
        passed=check.passed,
        # What failed and left the asset green (a warning of the load's own choosing) is not an error.
        severity=dg.AssetCheckSeverity.ERROR if red else dg.AssetCheckSeverity.WARN,
        description=check.message,
        metadata={**detail, **tables},
    )


def failure_of(outcomes: Sequence[AssetOutcome]) -> dg.Failure:
    """One failure for all red assets of a step, with what people need to see."""
    metadata: dict[str, Any] = {}
    for outcome in outcomes:
        prefix = f"{outcome.asset}: " if len(outcomes) > 1 else ""
        metadata |= {f"{prefix}{name}": value for name, value in metadata_of(outcome).items()}
    words = [f"{outcome.asset}: {outcome.error}" for outcome in outcomes]
    transient = all(isinstance(outcome.error, TransientError) for outcome in outcomes)
    return dg.Failure(description="\n".join(words), metadata=metadata, allow_retries=transient)
