"""The Service Layer's own totals: of journal entries by SQL, of documents by `$apply`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from mlc_pipelines.erp.base import ControlTotal
from mlc_pipelines.erp.sap_business_one.client import ServiceLayer
from mlc_pipelines.erp.sap_business_one.fields import ServiceLayerEntity
from mlc_pipelines.erp.sap_business_one.queries import placed_in
from mlc_pipelines.erp.sap_business_one.sql import StoredQuery
from mlc_pipelines.errors import BadRequest, DataError, PermanentError
from mlc_pipelines.fiscal import Period

_SUMS = (
    "SELECT T1.Account AS account, COUNT(T1.Line_ID) AS row_count, SUM(T1.Debit) AS debit, SUM(T1.Credit) AS credit"
    " FROM OJDT T0 INNER JOIN JDT1 T1 ON T0.TransId = T1.TransId"
    " WHERE {condition} GROUP BY T1.Account ORDER BY T1.Account"
)

TOTALS_OF_DAYS = StoredQuery(
    "mlc_ledger_totals_1",
    "Ledger totals per account",
    _SUMS.format(condition="T0.RefDate >= :firstDay AND T0.RefDate <= :lastDay"),
    {"firstDay": "'1900-01-01'", "lastDay": "'1900-01-01'"},
)

TOTALS_OF_PERIOD = StoredQuery(
    "mlc_ledger_totals_of_period_1",
    "Ledger totals per account of a posting period",
    _SUMS.format(condition="T0.FinncPriod = :period"),
    {"period": "0"},
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
    """Try the stored query, and store it where it isn't yet."""
    return SqlAccess(TOTALS_OF_DAYS.refusal(service))


def ledger_totals(service: ServiceLayer, window: Period, period: str | None) -> list[ControlTotal]:
    """Lines, debit and credit of each account, summed by the database; none where it doesn't give these columns.

    Args:
        service: of the company.
        window: whose days are summed.
        period: AbsEntry of the posting period that is summed instead.
    """
    if period is None:
        days = {"firstDay": f"'{window.start}'", "lastDay": f"'{window.end}'"}
        rows = TOTALS_OF_DAYS.rows(service, days)
    else:
        rows = TOTALS_OF_PERIOD.rows(service, {"period": period})
    totals: list[ControlTotal] = []
    for row in rows:
        if not {"account", "row_count", "debit", "credit"} <= row.keys():
            return []
        debit, credit = _money(row["debit"]), _money(row["credit"])
        account = str(row["account"] or "").strip()
        totals.append(ControlTotal(account, int(row["row_count"] or 0), debit - credit, debit, credit))
    return totals


def document_totals(
    service: ServiceLayer, entity: ServiceLayerEntity, window: Period, uncancelled: str
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


def _money(value: Any) -> Decimal:
    """The amount that a sum stands for: the server sums in floating point, so it is the shortest within the noise."""
    try:
        exact = Decimal(value or 0)
    except (InvalidOperation, ValueError, TypeError):
        exact = Decimal("NaN")
    if not exact.is_finite():
        raise DataError("The Service Layer gave a sum that is no number.")
    rounded = [round(exact, places) for places in _PLACES]
    return next((amount for amount in rounded if abs(amount - exact) <= abs(exact) * _NOISE), rounded[-1])
