"""SYSPRO 8: its company database by OData with HTTP Basic, e.net REST with an operator's session."""

from __future__ import annotations

from mlc_pipelines.erp.base import Erp, Source, SourceContext
from mlc_pipelines.erp.syspro.connection import SysproConnection
from mlc_pipelines.erp.syspro.entities import ENTITIES
from mlc_pipelines.erp.syspro.fields import SysproEntity


def _open(connection: SysproConnection, context: SourceContext) -> Source[SysproEntity]:
    from mlc_pipelines.erp.syspro.source import SysproSource

    return SysproSource(connection, context)


ERP = Erp(kind="syspro", title="SYSPRO", connection=SysproConnection, entities=ENTITIES, open=_open)
