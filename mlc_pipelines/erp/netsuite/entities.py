"""NetSuite's entities by name, dimensions first."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mlc_pipelines.erp.netsuite.dimensions import (
    ACCOUNTS,
    CLASSES,
    DEPARTMENTS,
    EMPLOYEES,
    LOCATIONS,
    SUBSIDIARIES,
    VENDORS,
)
from mlc_pipelines.erp.netsuite.facts import GL_ACTIVITY, PURCHASE_ORDERS, VENDOR_BILLS
from mlc_pipelines.erp.netsuite.fields import NetSuiteEntity

ENTITIES: Mapping[str, NetSuiteEntity] = MappingProxyType(
    {
        entity.name: entity
        for entity in (
            ACCOUNTS,
            DEPARTMENTS,
            CLASSES,
            LOCATIONS,
            SUBSIDIARIES,
            VENDORS,
            EMPLOYEES,
            GL_ACTIVITY,
            VENDOR_BILLS,
            PURCHASE_ORDERS,
        )
    }
)
