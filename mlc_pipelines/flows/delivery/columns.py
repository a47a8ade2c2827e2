"""What a load's columns are: which carry numbers, personal data, the key of a record, the member's own name."""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.config import ConstantColumn, FieldColumn, Load, PeriodColumn, SumColumn
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.fiscal import Period


def load_name(load: Load) -> str:
    """How a load is called in keys and messages: `import Load Actuals`, `import Load Plan (Versions: Budget)`.

    What it answers at run time is part of it: the same rows into another version are another load.
    """
    answers = [
        f"{asked}: {answer.period if isinstance(answer, PeriodColumn) else answer.constant}"
        for asked, answer in load.parameters.items()
    ]
    return f"{load.action_kind} {load.action_name}" + (f" ({', '.join(answers)})" if answers else "")


def fixed_text(column: PeriodColumn | ConstantColumn, period: Period) -> str:
    """What such a column holds in every row of a period."""
    return period.label(column.period) if isinstance(column, PeriodColumn) else column.constant


def tied_amount(load: Load, entity: Entity) -> str | None:
    """The field whose total is followed through this load: the entity's amount if it is sent, else its first sum's."""
    if load.sums and entity.amount not in load.sums.values():
        return next(iter(load.sums.values()))
    if load.sums:
        return entity.amount
    fields = {column.field for column in load.columns.values() if isinstance(column, FieldColumn)}
    return entity.amount if entity.amount in fields else None


def key_headers(load: Load, entity: Entity) -> list[str]:
    """Headers of the columns that take what identifies a record."""
    columns = load.columns.items()
    return [header for header, column in columns if isinstance(column, FieldColumn) and column.field in entity.key]


def number_headers(load: Load, entity: Entity) -> tuple[str, ...]:
    """Headers of the columns that carry numbers, whose decimal sign is the file's."""
    return tuple(
        header
        for header, column in load.columns.items()
        if isinstance(column, SumColumn)
        or (isinstance(column, FieldColumn) and not column.map and pa.types.is_decimal(entity.field(column.field).type))
    )


def personal_headers(load: Load, entity: Entity) -> frozenset[str]:
    """Headers of the columns that carry personal data."""
    columns = load.columns.items()
    return frozenset(
        header for header, column in columns if isinstance(column, FieldColumn) and entity.field(column.field).personal
    )


def own_headers(load: Load) -> dict[str, str]:
    """The load's headers by their lower-case form: `code`, `name` and `parent` are the member's own in any case."""
    return {header.casefold(): header for header in load.columns}
