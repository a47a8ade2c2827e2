"""Acumatica's entities by name, dimensions first."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mlc_pipelines.erp.acumatica.dimensions import (
    ACCOUNTS,
    LEDGERS,
    NON_STOCK_ITEMS,
    STOCK_ITEMS,
    SUBACCOUNTS,
    VENDORS,
)
from mlc_pipelines.erp.acumatica.facts.ledger import ACCOUNT_BALANCES, GL_DETAILS, JOURNAL_TRANSACTIONS
from mlc_pipelines.erp.acumatica.facts.payables import BILLS, PAYMENTS, PURCHASE_ORDERS
from mlc_pipelines.erp.acumatica.fields import AcumaticaEntity

ENTITIES: Mapping[str, AcumaticaEntity] = MappingProxyType(
    {
        entity.name: entity
        for entity in (
            ACCOUNTS,
            SUBACCOUNTS,
            LEDGERS,
            VENDORS,
            STOCK_ITEMS,
            NON_STOCK_ITEMS,
            GL_DETAILS,
            JOURNAL_TRANSACTIONS,
            ACCOUNT_BALANCES,
            BILLS,
            PURCHASE_ORDERS,
            PAYMENTS,
        )
    }
)
