"""Acumatica Cloud ERP: the contract-based REST API, OAuth 2.0 or a session by login."""

from __future__ import annotations

from mlc_pipelines.erp.acumatica.connection import AcumaticaConnection
from mlc_pipelines.erp.acumatica.entities import ENTITIES
from mlc_pipelines.erp.acumatica.fields import AcumaticaEntity
from mlc_pipelines.erp.base import Erp, Source, SourceContext


def _open(connection: AcumaticaConnection, context: SourceContext) -> Source[AcumaticaEntity]:
    from mlc_pipelines.erp.acumatica.source import AcumaticaSource

    return AcumaticaSource(connection, context)


ERP = Erp(kind="acumatica", title="Acumatica", connection=AcumaticaConnection, entities=ENTITIES, open=_open)
