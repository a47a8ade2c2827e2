"""What the sandbox's books really hold, asked from its tables and not by SuiteQL."""

from __future__ import annotations

from typing import Any

from mlc_sandbox.netsuite import NetSuiteSandbox

LEDGER = """
    SELECT t.id AS transaction_id, tal.transactionline AS line_id, tal.accountingbook AS accounting_book,
           t.postingperiod AS period_id, tal.account AS account_id, a.acctnumber AS account_number,
           a.accountsearchdisplaynamecopy AS account_name, a.accttype AS account_type,
           tl.department AS department_id, d.name AS department_name, tl.class AS class_id, c.name AS class_name,
           tl.location AS location_id, l.name AS location_name, tl.subsidiary AS subsidiary_id,
           s.name AS subsidiary_name,
           t.type AS transaction_type, t.tranid AS transaction_number, t.trandate AS transaction_date,
           coalesce(tl.memo, t.memo) AS memo, t.entity AS entity_id, e.name AS entity_name, cur.symbol AS currency,
           coalesce(tal.debit, 0) AS debit, coalesce(tal.credit, 0) AS credit, tal.amount AS amount,
           t.lastmodifieddate AS modified_at
    FROM transactionaccountingline tal JOIN "transaction" t ON t.id = tal."transaction"
    JOIN transactionline tl ON tl."transaction" = t.id AND tl.id = tal.transactionline
    JOIN account a ON a.id = tal.account JOIN currency cur ON cur.id = t.currency
    LEFT JOIN department d ON d.id = tl.department LEFT JOIN classification c ON c.id = tl.class
    LEFT JOIN location l ON l.id = tl.location LEFT JOIN subsidiary s ON s.id = tl.subsidiary
    LEFT JOIN _entity e ON e.id = t.entity
    WHERE tal.posting = 'T' AND t.posting = 'T' AND t.postingperiod = ? AND tal.accountingbook = ?
    ORDER BY t.id, tal.transactionline
"""

COST = """(SELECT sum(l.foreignamount) FROM transactionline l
            WHERE l."transaction" = t.id AND l.mainline = 'F')"""
"""Of a bill or an order, from its lines, where a cost is a debit."""

HEADERS = """
    SELECT t.id, t.tranid AS number, t.entity AS vendor_id, v.entityid AS vendor_code, v.companyname AS vendor_name,
           t.trandate AS transaction_date, t.duedate AS due_date, t.status, cur.symbol AS currency,
           t.exchangerate AS exchange_rate,
           {cost} AS foreign_amount,
           {amount} AS amount, t.memo, t.subsidiary AS subsidiary_id,
           t.lastmodifieddate AS modified_at
    FROM "transaction" t JOIN vendor v ON v.id = t.entity JOIN currency cur ON cur.id = t.currency
    WHERE t.type = ? AND {placed} ORDER BY t.id
"""
BILLS = HEADERS.format(
    cost=COST,
    placed="t.postingperiod = ?",
    amount="""(SELECT -tal.amount FROM transactionaccountingline tal
               WHERE tal."transaction" = t.id AND tal.transactionline = 0 AND tal.accountingbook = 1)""",
)
ORDERS = HEADERS.format(cost=COST, placed="t.trandate BETWEEN ? AND ?", amount=f"round({COST} * t.exchangerate, 2)")

TREE = """
    SELECT x.id, x.name, x.fullname AS full_name, x.parent AS parent_id, p.name AS parent_name,
           x.subsidiary AS subsidiary_ids, x.isinactive = 'T' AS inactive, x.lastmodifieddate AS modified_at
    FROM {0} x LEFT JOIN {0} p ON p.id = x.parent ORDER BY x.id
"""
DIMENSIONS = {
    "accounts": """
        SELECT x.id, x.acctnumber AS number, x.accountsearchdisplaynamecopy AS name, x.accttype AS type,
               x.parent AS parent_id, p.acctnumber AS parent_number, x.issummary = 'T' AS summary,
               x.isinactive = 'T' AS inactive, x.lastmodifieddate AS modified_at
        FROM account x LEFT JOIN account p ON p.id = x.parent ORDER BY x.id""",
    "departments": TREE.format("department"),
    "classes": TREE.format("classification"),
    "locations": TREE.format("location"),
    "subsidiaries": """
        SELECT x.id, x.name, x.parent AS parent_id, p.name AS parent_name, c.symbol AS currency, x.country,
               x.iselimination = 'T' AS elimination, x.isinactive = 'T' AS inactive
        FROM subsidiary x LEFT JOIN subsidiary p ON p.id = x.parent LEFT JOIN currency c ON c.id = x.currency
        ORDER BY x.id""",
    "vendors": """
        SELECT x.id, x.entityid AS code, x.companyname AS name, x.isperson = 'T' AS person, x.email,
               c.symbol AS currency,
               x.subsidiary AS subsidiary_id, x.isinactive = 'T' AS inactive
        FROM vendor x LEFT JOIN currency c ON c.id = x.currency ORDER BY x.id""",
    "employees": """
        SELECT x.id, x.entityid AS code, x.firstname AS first_name, x.lastname AS last_name, x.email,
               x.department AS department_id, d.name AS department_name, x.class AS class_id, x.location AS location_id,
               x.subsidiary AS subsidiary_id, x.isinactive = 'T' AS inactive
        FROM employee x LEFT JOIN department d ON d.id = x.department ORDER BY x.id""",
}


def truth(sandbox: NetSuiteSandbox, query: str, *params: Any) -> list[dict[str, Any]]:
    """Rows of the books' own tables."""
    cursor = sandbox.books.cursor().execute(query, params)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def same(rows: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """The rows hold what is expected, in that order; fields that the expectation doesn't name may be anything."""
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        assert {name: row[name] for name in wanted} == wanted
