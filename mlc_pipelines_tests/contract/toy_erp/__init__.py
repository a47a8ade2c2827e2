"""Toy Books: the smallest ERP that keeps all of an ERP's promises, and the example of docs/adding_an_erp.md."""

from __future__ import annotations

from mlc_pipelines.erp.base import Entity, Erp, Source, SourceContext
from mlc_pipelines_tests.contract.toy_erp.connection import ToyConnection
from mlc_pipelines_tests.contract.toy_erp.entities import ENTITIES


def _open(connection: ToyConnection, context: SourceContext) -> Source[Entity]:
    from mlc_pipelines_tests.contract.toy_erp.source import ToySource

    return ToySource(connection, context)


ERP = Erp(kind="toy", title="Toy Books", connection=ToyConnection, entities=ENTITIES, open=_open, takes_journals=False)
