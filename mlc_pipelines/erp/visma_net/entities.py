"""Visma.net's entities by name, dimensions first."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mlc_pipelines.erp.visma_net.dimensions import (
    ACCOUNTS,
    BRANCHES,
    DEPARTMENTS,
    DIMENSIONS,
    FINANCIAL_PERIODS,
    SUBACCOUNTS,
    SUPPLIERS,
)
from mlc_pipelines.erp.visma_net.facts.documents import PURCHASE_ORDERS, SUPPLIER_INVOICES
from mlc_pipelines.erp.visma_net.facts.ledger import GL_BALANCES, GL_TRANSACTIONS
from mlc_pipelines.erp.visma_net.fields import VismaEntity

ENTITIES: Mapping[str, VismaEntity] = MappingProxyType(
    {
        entity.name: entity
        for entity in (
            ACCOUNTS,
            DIMENSIONS,
            SUBACCOUNTS,
            BRANCHES,
            DEPARTMENTS,
            SUPPLIERS,
            FINANCIAL_PERIODS,
            GL_TRANSACTIONS,
            GL_BALANCES,
            SUPPLIER_INVOICES,
            PURCHASE_ORDERS,
        )
    }
)
