"""All of it together: the open connection to one company."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pyarrow as pa

from mlc_pipelines.erp.base import ControlTotal, Entity, ErpPeriod, Source, SourceContext
from mlc_pipelines.erp.lazy import Lazy
from mlc_pipelines.erp.steady import steady_rows
from mlc_pipelines.findings import Finding
from mlc_pipelines.fiscal import Period
from mlc_pipelines_tests.contract.toy_erp.client import open_client
from mlc_pipelines_tests.contract.toy_erp.connection import ToyConnection
from mlc_pipelines_tests.contract.toy_erp.periods import find_periods, period_of
from mlc_pipelines_tests.contract.toy_erp.reading import Reader


class ToySource(Source[Entity]):
    """See `Source`. Toy Books tells of no changes, so `changes` is the one of `Source`."""

    def __init__(self, connection: ToyConnection, context: SourceContext) -> None:
        self._progress = context.progress
        self._http = open_client(connection, context)
        self._reader = Reader(self._http)
        self._periods = Lazy(lambda: find_periods(self._http))

    def read(self, entity: Entity, window: Period) -> Iterator[pa.RecordBatch]:
        """The whole dimension, or the lines of the period, in the order of the key."""
        pages = partial(self._reader.pages, entity, self._asked(entity, window), self._progress)
        return steady_rows(f"{entity.name} of {window.key}", entity.schema, pages)

    def control(self, entity: Entity, window: Period) -> Sequence[ControlTotal]:
        """How many there are of a dimension, the sums of the ledger by account."""
        asked = self._asked(entity, window)
        if entity.kind == "dimension":
            return [ControlTotal(None, self._reader.count(entity, asked))]
        return self._reader.totals(asked)

    def periods(self) -> Sequence[ErpPeriod]:
        """The company's periods."""
        return self._periods()

    def ping(self) -> Sequence[Finding]:
        """Credentials, periods and entities, each tried live."""
        from mlc_pipelines_tests.contract.toy_erp.ping import ToyPing

        return ToyPing(self._reader, self._periods).run()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _asked(self, entity: Entity, window: Period) -> Mapping[str, str]:
        return {"period": period_of(window, self._periods()).id} if entity.kind == "fact" else {}
