"""How a Visma.net entity is declared: our fields, and the endpoint and JSON paths behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa

from mlc_pipelines.erp.base import MONEY, Entity, Field

TIMESTAMP = pa.timestamp("us", "UTC")
"""Moments: Visma.net mixes three formats, all are landed as UTC (docs/vendors/visma_net.md, section 5)."""

TEXT, NUMBER, FLAG, DAY = pa.string(), pa.int64(), pa.bool_(), pa.date32()

PERIOD = "Financial period, YYYYPP, such as 202611; PP 13 is the adjustment period."
"""The meaning of `financial_period`."""


Derivation = Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, pa.Array]]
"""From columns by name (Arrow arrays) and members of the answer to further columns."""


@dataclass(frozen=True)
class VismaEntity(Entity):
    """An entity and where Visma.net lists it. `Field.source` is a field's path in a record of the list.

    Attributes:
        path: the list (docs/vendors/visma_net.md, section 6).
        query: parameters of every request for it.
        paged: whether the list takes `pageNumber` and `pageSize`; the others give all records at once.
        envelope: member of the answer that holds the records, where it is no bare array.
        lines: member of a record that holds its lines; a row is then a line.
        derive: gives columns that the wire doesn't have, or has otherwise; gets all columns and the answer's members.
        placed_by: how a fact's records of a period are asked for.
        feed: how records changed since a moment are asked for: by value and condition, or by the value alone.
        of_ledger: the list wants a ledger.
        totals: how the ERP itself totals the fact by `control_by`: what is read for control, and added up.
    """

    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    paged: bool = True
    envelope: str | None = None
    lines: str | None = None
    derive: Derivation | None = None
    placed_by: Literal["financialPeriod", "fromPeriod", "periodId", "orderDate"] | None = None
    feed: Literal["condition", "value"] | None = None
    of_ledger: bool = False
    totals: tuple[VismaEntity, ...] = ()

    @property
    def document(self) -> tuple[str, ...]:
        """The key of a record of the list: without the line number where a row is a line of it."""
        return self.key[:-1] if self.lines else self.key


def modified(source: str = "lastModifiedDateTime") -> Field:
    """The change stamp."""
    return Field("modified_at", TIMESTAMP, "Last change, UTC.", source)


def named(name: str, path: str, meaning: str, *, text: str = "description") -> tuple[Field, Field]:
    """Number and name of something that a record refers to."""
    return (
        Field(f"{name}_number", TEXT, f"Number of the {meaning}, as text.", f"{path}/number"),
        Field(f"{name}_name", TEXT, f"Name of the {meaning}.", f"{path}/{text}"),
    )


def money(name: str, meaning: str, source: str = "", *, required: bool = False) -> Field:
    """An amount."""
    return Field(name, MONEY, meaning, source, required=required)
