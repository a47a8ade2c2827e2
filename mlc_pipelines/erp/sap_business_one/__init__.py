"""SAP Business One: the Service Layer (OData) with a session, versions 1 and 2."""

from __future__ import annotations

from mlc_pipelines.erp.base import Erp, Source, SourceContext
from mlc_pipelines.erp.sap_business_one.connection import ServiceLayerConnection
from mlc_pipelines.erp.sap_business_one.entities import ENTITIES
from mlc_pipelines.erp.sap_business_one.fields import ServiceLayerEntity


def _open(connection: ServiceLayerConnection, context: SourceContext) -> Source[ServiceLayerEntity]:
    from mlc_pipelines.erp.sap_business_one.source import ServiceLayerSource

    return ServiceLayerSource(connection, context)


ERP = Erp(
    kind="sap_business_one",
    title="SAP Business One",
    connection=ServiceLayerConnection,
    entities=ENTITIES,
    open=_open,
)
