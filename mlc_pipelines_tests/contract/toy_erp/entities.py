"""The entities: one that feeds a list, and one that belongs to a period."""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.erp.base import MONEY, Entity, Field

ACCOUNTS = Entity(
    name="accounts",
    kind="dimension",
    meaning="Chart of accounts.",
    fields=(
        Field("number", pa.string(), "Account number, as text.", "code", required=True),
        Field("name", pa.string(), "Name.", "name"),
    ),
    key=("number",),
)

LEDGER = Entity(
    name="ledger",
    kind="fact",
    meaning="Lines of the entries that are posted to the period.",
    fields=(
        Field("id", pa.string(), "Entry and line.", "id", required=True),
        Field("period_id", pa.string(), "Fiscal period, such as 2026-05.", "period", required=True),
        Field("posted_on", pa.date32(), "Day of the entry.", "day", required=True),
        Field("account_number", pa.string(), "Account.", "account", required=True),
        Field("memo", pa.string(), "Text of the line.", "memo"),
        Field("debit", MONEY, "Debit; empty where the line is a credit.", "debit"),
        Field("credit", MONEY, "Credit; empty where the line is a debit.", "credit"),
        Field("amount", MONEY, "Debit less credit.", "net", required=True),
    ),
    key=("id",),
    period="period_id",
    refers_to=("accounts",),
    amount="amount",
    debit="debit",
    credit="credit",
    control_by="account_number",
)

ENTITIES = {entity.name: entity for entity in (ACCOUNTS, LEDGER)}
