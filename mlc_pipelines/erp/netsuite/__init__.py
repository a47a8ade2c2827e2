"""Oracle NetSuite: SuiteQL over REST, OAuth 2.0 client credentials with a certificate."""

from __future__ import annotations

from mlc_pipelines.erp.base import Erp, Source, SourceContext
from mlc_pipelines.erp.netsuite.connection import NetSuiteConnection
from mlc_pipelines.erp.netsuite.entities import ENTITIES
from mlc_pipelines.erp.netsuite.fields import NetSuiteEntity


def _open(connection: NetSuiteConnection, context: SourceContext) -> Source[NetSuiteEntity]:
    from mlc_pipelines.erp.netsuite.source import NetSuiteSource

    return NetSuiteSource(connection, context)


ERP = Erp(kind="netsuite", title="Oracle NetSuite", connection=NetSuiteConnection, entities=ENTITIES, open=_open)
