"""SQL queries that are stored in the company: what the Service Layer's entities don't tell.

See docs/vendors/sap_business_one.md, section 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlc_pipelines.erp.sap_business_one.client import ServiceLayer
from mlc_pipelines.errors import BadRequest, NotFound, PermanentError
from mlc_pipelines.http import Answer

_ROWS_A_PAGE = 1000


@dataclass(frozen=True)
class StoredQuery:
    """A query of ours in the company.

    Attributes:
        code: its key. The last part changes whenever the text does.
        name: for people.
        text: SQL; parameters are `:name`.
        trial: values of the parameters for which the answer is short.
    """

    code: str
    name: str
    text: str
    trial: Mapping[str, str]

    def rows(self, service: ServiceLayer, values: Mapping[str, str] | None = None) -> Iterator[Answer]:
        """The rows by column, in small letters: HANA writes names that aren't quoted in capitals.

        Args:
            service: of the company.
            values: of the parameters, as SQL writes them: texts in quotes.
        """
        for row in service.all(f"SQLQueries('{self.code}')/List", values or {}, _ROWS_A_PAGE):
            yield Answer({name.lower(): value for name, value in row.items()}, f"The query {self.code}")

    def refusal(self, service: ServiceLayer) -> PermanentError | None:
        """Why it can't be run here, or None: tried, and stored where it isn't yet.

        Tables that the customer has not allow-listed, users without the right to queries and old servers are refusals
        (docs/vendors/sap_business_one.md, section 8).
        """
        try:
            try:
                self._try(service)
            except NotFound:
                self._store(service)
        except PermanentError as error:
            return error
        return None

    def _try(self, service: ServiceLayer) -> None:
        list(self.rows(service, self.trial))

    def _store(self, service: ServiceLayer) -> None:
        try:
            service.create("SQLQueries", {"SqlCode": self.code, "SqlName": self.name, "SqlText": self.text})
        except BadRequest as error:
            refusal = error  # for want of a right, or because another process has stored it meanwhile
        else:
            refusal = None
        try:
            self._try(service)
        except NotFound as error:
            raise refusal or error from None
