"""The two inquiries of the general ledger: one answer each for a whole period.

See docs/vendors/acumatica.md, section 7.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from mlc_pipelines.erp.acumatica.connection import AcumaticaConnection
from mlc_pipelines.erp.acumatica.derived import check_ledger, check_period, completed, in_content_order, of_branch
from mlc_pipelines.erp.acumatica.facts.ledger import ACCOUNT_BALANCES, GL_DETAILS
from mlc_pipelines.erp.acumatica.fields import AcumaticaEntity
from mlc_pipelines.erp.arrow_json import PageParser, paths
from mlc_pipelines.http import HttpClient

_PARSERS = {
    entity.name: PageParser(
        entity.schema, paths(entity), subject=entity.name, key=entity.key, records="Results", padded=True
    )
    for entity in (GL_DETAILS, ACCOUNT_BALANCES)
}


def details(http: HttpClient, connection: AcumaticaConnection, period: str) -> pa.RecordBatch:
    """The posted lines of a period, in the order of their content.

    Args:
        http: of the endpoint.
        connection: ledger and branch.
        period: MMYYYY.
    """
    asked = {
        "FromPeriod": period,
        "ToPeriod": period,
        "Ledger": connection.ledger,
        "IncludeUnposted": False,
        "IncludeUnreleased": False,
    }
    rows = _results(http, connection, GL_DETAILS, asked)
    check_ledger(rows, connection.ledger)
    check_period(rows, period)
    rows = of_branch(rows, connection.branch) if connection.branch else rows
    known = {"ledger": connection.ledger, "period_id": period}
    # The place of a line among its batch's is known when they are in order.
    return completed(in_content_order(rows, GL_DETAILS), GL_DETAILS, known)


def balances(http: HttpClient, connection: AcumaticaConnection, period: str) -> pa.RecordBatch:
    """The balances of a period, by account.

    Args:
        http: of the endpoint.
        connection: ledger and branch.
        period: MMYYYY.
    """
    asked = {"Ledger": connection.ledger, "Period": period}
    if connection.branch:
        asked["Branch"] = connection.branch
    rows = _results(http, connection, ACCOUNT_BALANCES, asked)
    known = {"ledger": connection.ledger, "period_id": period, "branch": connection.branch or ""}
    rows = completed(rows, ACCOUNT_BALANCES, known)
    rows = of_branch(rows, connection.branch) if connection.branch else rows
    return in_content_order(rows, ACCOUNT_BALANCES)


def _results(
    http: HttpClient, connection: AcumaticaConnection, entity: AcumaticaEntity, asked: dict[str, Any]
) -> pa.RecordBatch:
    # A PUT that saves nothing.
    answer = http.request(
        "PUT",
        f"{connection.address}/{entity.record}",
        params={"$expand": "Results"},
        json={name: {"value": value} for name, value in asked.items()},
    )
    return _PARSERS[entity.name].parse(answer.content).rows
