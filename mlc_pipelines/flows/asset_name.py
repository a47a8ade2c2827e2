"""Names of assets: what people type after `--only`, what results are stored under, what Dagster's keys are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from mlc_pipelines.config import Tenant

PLAN = "approved_plan"
"""What the plan's export is called: as an asset, and as the entity of its snapshots."""


class Stage(Enum):
    """Where on the way of its records an asset stands; the values are patterns of their names."""

    BOOKS = "{erp}/books"
    LANDED = "{erp}/{entity}"
    LOAD = "{erp}/anaplan/{entity}"
    TIE_OUT = "{erp}/tie_out"
    PLAN = f"{{erp}}/{PLAN}"


@dataclass(frozen=True)
class AssetName:
    """Name of an asset of the graph.

        >>> str(load_asset("netsuite", "accounts"))
        'netsuite/anaplan/accounts'

    Attributes:
        erp: kind of the ERP.
        stage: books, landed, load, tie-out or plan.
        entity: empty for the tie-out and the plan, which are of no single one.
    """

    erp: str
    stage: Stage
    entity: str = ""

    def __str__(self) -> str:
        return self.stage.value.format(erp=self.erp, entity=self.entity)


def books_asset(erp: str) -> AssetName:
    """The ERP's own books, in which people write."""
    return AssetName(erp, Stage.BOOKS)


def landed_asset(erp: str, entity: str) -> AssetName:
    """An entity, read from the ERP."""
    return AssetName(erp, Stage.LANDED, entity)


def load_asset(erp: str, entity: str) -> AssetName:
    """An entity's load into Anaplan."""
    return AssetName(erp, Stage.LOAD, entity)


def tie_out_asset(erp: str) -> AssetName:
    """The comparison of all totals of an ERP's tenant and period."""
    return AssetName(erp, Stage.TIE_OUT)


def plan_asset(erp: str) -> AssetName:
    """The plan that comes out of the model."""
    return AssetName(erp, Stage.PLAN)


def configured_assets(tenant: Tenant, entities: Iterable[str]) -> list[AssetName]:
    """The assets that make a tenant's period whole: the entities that it loads, their loads, the tie-out.

    The plan is none of them: its export runs in the model only when somebody asks for it.

    Args:
        tenant: whose.
        entities: all of its ERP, in the catalogue's order.
    """
    kind = tenant.erp_kind
    loaded = [name for name in entities if name in tenant.loads]
    return [
        *(landed_asset(kind, name) for name in loaded),
        *(load_asset(kind, name) for name in loaded),
        tie_out_asset(kind),
    ]
