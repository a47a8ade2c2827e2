"""Whole lists out of pages by key, and the ERP's own totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from mlc_pipelines.erp.arrow_json import PageParser, paths
from mlc_pipelines.erp.base import MONEY, ControlTotal, Entity, ReadProgress
from mlc_pipelines.erp.steady import Changed
from mlc_pipelines.erp.totals import totals_by
from mlc_pipelines.http import Answer, HttpClient, read_object

_FIGURES = {"lines": pa.int64(), "debit": MONEY, "credit": MONEY, "net": MONEY}
_TOTALS = pa.schema({"account": pa.string(), **_FIGURES})

Asked = Mapping[str, str]
"""Parameters that say which records are meant; none for all."""

Progress = Callable[[ReadProgress], None]


@dataclass(frozen=True)
class Reader:
    """Reads lists of one company. Stateless, so threads may share it."""

    http: HttpClient

    def pages(self, entity: Entity, asked: Asked, progress: Progress) -> Iterator[pa.RecordBatch]:
        """All records in the order of the key.

        Raises:
            Changed: other records came than there are.
        """
        parser = PageParser(entity.schema, paths(entity), subject=entity.name, key=entity.key)
        rows, after = 0, ""
        while True:
            page = parser.parse(self.http.request("GET", f"/{entity.name}", params={**asked, "after": after}).content)
            total = Answer(page.members, f"GET /{entity.name}").count("total")
            if not page.records:
                break
            keys = page.rows[entity.key[0]].to_pylist()
            if rows and after in keys:
                raise Changed(f"a page begins before {after}, where the one before it ended")
            rows, after = rows + len(keys), keys[-1]
            progress(ReadProgress(entity.name, rows, total))
            yield page.rows
        if rows != total:
            raise Changed(f"{rows} records came, and Toy Books says there are {total}")

    def count(self, entity: Entity, asked: Asked) -> int:
        """How many records Toy Books says there are."""
        return read_object(self.http.request("GET", f"/{entity.name}", params={**asked, "limit": 0})).count("total")

    def totals(self, asked: Asked) -> list[ControlTotal]:
        """The sums that Toy Books makes of the ledger, by account."""
        parser = PageParser(_TOTALS, {name: (name,) for name in _TOTALS.names}, subject="totals", key=("account",))
        page = parser.parse(self.http.request("GET", "/totals", params=asked).content)
        return totals_by([page.rows], "account", rows="lines", amount="net", debit="debit", credit="credit")
