"""Control totals out of a control query's rows."""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.erp.arrow_json import PageParser
from mlc_pipelines.erp.base import MONEY, ControlTotal, ErpPeriod
from mlc_pipelines.erp.netsuite.reading import Reader, Reading
from mlc_pipelines.erp.netsuite.statement import Query, Statement
from mlc_pipelines.erp.netsuite.suiteql import SuiteQl
from mlc_pipelines.erp.netsuite.words import POSTING
from mlc_pipelines.erp.totals import totals_by

_SCHEMA = pa.schema(
    [
        ("group", pa.int64()),
        ("label", pa.string()),
        ("rows", pa.int64()),
        ("debit", MONEY),
        ("credit", MONEY),
        ("amount", MONEY),
    ]
)


def check_posting(suiteql: SuiteQl, period: ErpPeriod, subject: str) -> None:
    """That every line of a period says whether it is posted: queries ask for those that say yes and see no others.

    Args:
        suiteql: of the account.
        period: the accounting period.
        subject: for messages: the entity.

    Raises:
        DataError: some don't.
    """
    said = Query(
        "SELECT t.posting AS header, tal.posting AS line, COUNT(*) AS row_count, MIN(t.id) AS first"
        " FROM transactionaccountingline tal INNER JOIN transaction t ON t.id = tal.transaction"
        " WHERE t.postingperiod = ? GROUP BY t.posting, tal.posting ORDER BY t.posting ASC, tal.posting ASC",
        (period.id,),
    )
    for row in suiteql.texts(said):
        for name, place in (("header", "transaction"), ("line", "transactionaccountingline")):
            lines = f"{row['row_count']} lines of {period.name}, the first of transaction {row['first']}"
            POSTING.one(row.get(name), f"{subject}: {place}.posting of {lines},")


def control_totals(reader: Reader, statement: Statement, subject: str) -> list[ControlTotal]:
    """The totals by label where the statement has one, else by group.

    Several accounts may have the same number, or none.

    Args:
        reader: of the account.
        statement: of `queries.control`.
        subject: for messages.
    """
    selected = {alias for alias, _ in statement.columns}
    paths = {name: (f"f_{name}",) for name in _SCHEMA.names if f"f_{name}" in selected}
    reading = Reading(
        statement, PageParser(_SCHEMA, paths, subject=subject, key=("group",), fold_case=True), ("group",), subject
    )
    return totals_by(
        reader.read(reading, lambda _rows, _expected: None),
        "label" if "label" in paths else "group",
        rows="rows",
        **{name: name for name in ("amount", "debit", "credit") if name in paths},
    )
