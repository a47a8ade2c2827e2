"""SYSPRO's entities by name, dimensions first."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mlc_pipelines.erp.syspro.dimensions import CUSTOMERS, GL_ACCOUNTS, INVENTORY, SUPPLIERS
from mlc_pipelines.erp.syspro.facts import (
    AP_INVOICES,
    AP_PAYMENTS,
    AR_INVOICES,
    GL_HISTORY,
    GL_JOURNALS,
    PURCHASE_ORDERS,
)
from mlc_pipelines.erp.syspro.fields import SysproEntity

ENTITIES: Mapping[str, SysproEntity] = MappingProxyType(
    {
        entity.name: entity
        for entity in (
            GL_ACCOUNTS,
            SUPPLIERS,
            CUSTOMERS,
            INVENTORY,
            GL_JOURNALS,
            GL_HISTORY,
            AP_INVOICES,
            AP_PAYMENTS,
            AR_INVOICES,
            PURCHASE_ORDERS,
        )
    }
)
