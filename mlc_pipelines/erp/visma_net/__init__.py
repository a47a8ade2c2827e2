"""Visma.net ERP: REST lists of one company, OAuth 2.0 client credentials, read only."""

from __future__ import annotations

from mlc_pipelines.erp.base import Erp, Source, SourceContext
from mlc_pipelines.erp.visma_net.connection import VismaConnection
from mlc_pipelines.erp.visma_net.entities import ENTITIES
from mlc_pipelines.erp.visma_net.fields import VismaEntity


def _open(connection: VismaConnection, context: SourceContext) -> Source[VismaEntity]:
    from mlc_pipelines.erp.visma_net.source import VismaSource

    return VismaSource(connection, context)


ERP = Erp(
    kind="visma_net",
    title="Visma.net ERP",
    connection=VismaConnection,
    entities=ENTITIES,
    open=_open,
    takes_journals=False,
)
