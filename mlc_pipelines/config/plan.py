"""The way back: which approved figures of the model become journal entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from pydantic import ConfigDict, Field
from pydantic_core import PydanticCustomError

from mlc_pipelines.config.base import ConfigModel, Name, Raw, refused
from mlc_pipelines.config.references import MapName, PeriodLabel, suggestion


class PeriodSource(ConfigModel):
    """Column of the export that holds the period, and how the model writes it."""

    column: Name
    format: PeriodLabel


class PlanColumns(ConfigModel):
    """What a journal line takes from which column of the export.

    Besides these four, any dimension of the ERP's journals (department, class, branch ...) may be named; the ERP
    decides which it has.

    Attributes:
        account: column with the account.
        period: column with the period, and its format.
        amount: column with the amount.
        currency: column with the currency; the ledger's own by default.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Name]  # pyright: ignore[reportIncompatibleVariableOverride] - pydantic's way

    account: Name
    period: PeriodSource
    amount: Name
    currency: Name | None = None

    @property
    def dimensions(self) -> Mapping[str, str]:
        """The other journal dimensions, each with its column."""
        return dict(self.__pydantic_extra__)


class Approval(ConfigModel):
    """Only rows with this value in this column are posted."""

    column: Name
    equals: str


class Plan(ConfigModel):
    """The `plan:` section of a tenant.

    Attributes:
        export: export action by its exact name.
        columns: what the journal lines take.
        version: name that goes into the journal key and memo.
        approved: which rows are approved.
        maps: journal dimension -> code map, used from Anaplan to the ERP. None by default.
        offset_account: takes the other side where the target ledger needs balanced journals. None by default.
        journal: the ERP's own settings of journals, checked by the ERP's journal writer. None by default.
    """

    export: Name
    columns: PlanColumns
    version: Name
    approved: Approval
    maps: dict[str, MapName] = Field(default_factory=dict)
    offset_account: Name | None = None
    journal: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def relations(cls, raw: Raw) -> Iterator[tuple[tuple[str, ...], PydanticCustomError]]:
        """Maps translate columns that are there."""
        maps, columns = raw.get("maps"), raw.get("columns")
        if not isinstance(maps, Mapping) or not isinstance(columns, Mapping):
            return
        known = [str(name) for name in cast("Raw", columns) if name not in ("period", "amount")]
        for name in cast("Raw", maps):
            if name not in known:
                yield (
                    ("maps", name),
                    refused(
                        f"translates {name!r}, which is not among the plan's columns",
                        suggestion(name, known, what="column"),
                    ),
                )
