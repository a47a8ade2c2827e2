"""SAP Business One's entities by name, dimensions first."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mlc_pipelines.erp.sap_business_one.dimensions import (
    BUSINESS_PARTNERS,
    CHART_OF_ACCOUNTS,
    DIMENSIONS,
    DISTRIBUTION_RULES,
    PROFIT_CENTERS,
)
from mlc_pipelines.erp.sap_business_one.facts import (
    CREDIT_NOTES,
    INVOICES,
    JOURNAL_ENTRIES,
    PURCHASE_CREDIT_NOTES,
    PURCHASE_INVOICES,
    PURCHASE_ORDERS,
)
from mlc_pipelines.erp.sap_business_one.fields import ServiceLayerEntity

ENTITIES: Mapping[str, ServiceLayerEntity] = MappingProxyType(
    {
        entity.name: entity
        for entity in (
            CHART_OF_ACCOUNTS,
            PROFIT_CENTERS,
            DIMENSIONS,
            DISTRIBUTION_RULES,
            BUSINESS_PARTNERS,
            JOURNAL_ENTRIES,
            INVOICES,
            PURCHASE_INVOICES,
            PURCHASE_ORDERS,
            CREDIT_NOTES,
            PURCHASE_CREDIT_NOTES,
        )
    }
)
