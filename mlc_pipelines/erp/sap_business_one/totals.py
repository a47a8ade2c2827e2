"""The Service Layer's own totals: of journal entries by SQL, of documents by `$apply`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mlc_pipelines.erp.base import ControlTotal, FiscalWindow
from mlc_pipelines.erp.sap_business_one.columns import ServiceLayerEntity
from mlc_pipelines.erp.sap_business_one.conditions import placed_in
from mlc_pipelines.erp.sap_business_one.service_layer import ServiceLayer
from mlc_pipelines.errors import BadRequest, NotFound, PermanentError

QUERY_CODE = "mlc_ledger_totals_1"
"""Key of the query that is stored in the company. Its last part changes whenever the text below does."""

_QUERY_TEXT = (
    "SELECT T1.Account AS account, COUNT(T1.Line_ID) AS row_count, SUM(T1.Debit) AS debit, SUM(T1.Credit) AS credit"
    " FROM OJDT T0 INNER JOIN JDT1 T1 ON T0.TransId = T1.TransId"
    " WHERE T0.RefDate >= :firstDay AND T0.RefDate <= :lastDay GROUP BY T1.Account ORDER BY T1.Account"
)
_GROUPS_A_PAGE = 1000
_PLACES = range(2, 7)
_NOISE = Decimal("1e-14")


@dataclass(frozen=True)
class SqlAccess:
    """Whether the ledger can be summed by SQL in this company.

    Attributes:
        refusal: why not; None where it can.
    """

    refusal: PermanentError | None


def find_sql(service: ServiceLayer) -> SqlAccess:
    """Try the stored query, and store it where it isn't yet.

    Tables that the customer has not allow-listed, users without the right to queries and old servers are refusals
    (contract sap_b1.md, section 8).
    """
    try:
        try:
            _try(service)
        except NotFound:
            _store(service)
    except PermanentError as error:
        return SqlAccess(error)
    return SqlAccess(None)


def ledger_totals(service: ServiceLayer, window: FiscalWindow) -> list[ControlTotal]:
    """Lines, debit and credit of each account, summed by the database; none where it doesn't give these columns."""
    totals: list[ControlTotal] = []
    for row in _run(service, window.start.isoformat(), window.end.isoformat()):
        named = {name.lower(): value for name, value in row.items()}  # HANA writes what isn't quoted in capitals
        if not {"account", "row_count", "debit", "credit"} <= named.keys():
            return []
        debit, credit = _money(named["debit"]), _money(named["credit"])
        account = str(named["account"] or "").strip()
        totals.append(ControlTotal(account, int(named["row_count"] or 0), debit - credit, debit, credit))
    return totals


def document_totals(
    service: ServiceLayer, entity: ServiceLayerEntity, window: FiscalWindow, uncancelled: str
) -> list[ControlTotal]:
    """The sum of each business partner's documents, summed by the Service Layer.

    Args:
        service: of the company.
        entity: the documents.
        window: the period.
        uncancelled: condition for those that count.

    Raises:
        BadRequest: this Service Layer doesn't sum.
    """
    placed = placed_in(entity, window)
    partners = _by_partner(service, entity, placed)
    counting = _by_partner(service, entity, f"{placed} and {uncancelled}")
    return [ControlTotal(code, amount=entity.sign * counting.get(code, Decimal(0))) for code in partners]


def _by_partner(service: ServiceLayer, entity: ServiceLayerEntity, condition: str) -> dict[str, Decimal]:
    apply = f"filter({condition})/groupby((CardCode),aggregate(DocTotal with sum as SumOfDocTotal))"
    sums: dict[str, Decimal] = {}
    for row in service.all(entity.entity_set, {"$apply": apply}, _GROUPS_A_PAGE):
        if "SumOfDocTotal" not in row:
            raise BadRequest(f"{entity.entity_set}: the Service Layer passes over $apply.")
        code = str(row["CardCode"] or "").strip()
        sums[code] = sums.get(code, Decimal(0)) + _money(row["SumOfDocTotal"])
    return sums


def _run(service: ServiceLayer, first_day: str, last_day: str) -> Iterator[dict[str, Any]]:
    days = {"firstDay": f"'{first_day}'", "lastDay": f"'{last_day}'"}
    return service.all(f"SQLQueries('{QUERY_CODE}')/List", days, _GROUPS_A_PAGE)


def _try(service: ServiceLayer) -> None:
    list(_run(service, "1900-01-01", "1900-01-01"))


def _store(service: ServiceLayer) -> None:
    query = {"SqlCode": QUERY_CODE, "SqlName": "Ledger totals per account", "SqlText": _QUERY_TEXT}
    try:
        service.create("SQLQueries", query)
    except BadRequest as error:
        refusal = error  # for want of a right, or because another process has stored it meanwhile
    else:
        refusal = None
    try:
        _try(service)
    except NotFound as error:
        raise refusal or error from None


def _money(value: Any) -> Decimal:
    """The amount that a sum stands for: the server sums in floating point, so it is the shortest within the noise."""
    exact = Decimal(value or 0)
    rounded = [round(exact, places) for places in _PLACES]
    return next((amount for amount in rounded if abs(amount - exact) <= abs(exact) * _NOISE), rounded[-1])
