"""The general ledger: its lines, and its balances, which total them."""

from __future__ import annotations

from dataclasses import replace

from mlc_pipelines.erp.base import Field
from mlc_pipelines.erp.visma_net import derived
from mlc_pipelines.erp.visma_net.fields import DAY, FLAG, NUMBER, PERIOD, TEXT, VismaEntity, modified, money, named

GL_BALANCES = VismaEntity(
    name="gl_balances",
    kind="fact",
    meaning="Balances of the general ledger by account and subaccount at the end of the period.",
    fields=(
        Field("ledger", TEXT, "Ledger.", "ledger/id", required=True),
        *(
            Field(each.name, each.type, each.meaning, each.source, required=each.name == "branch_number")
            for each in named("branch", "branch", "branch", text="name")
        ),
        Field("financial_period", TEXT, PERIOD, "financialPeriod", required=True),
        Field("account_number", TEXT, "Number of the account, as text.", "account/number", required=True),
        Field("account_name", TEXT, "Name of the account.", "account/description"),
        Field("account_type", TEXT, "Asset, Liability, Income or Expense.", "account/type"),
        Field("subaccount_id", TEXT, "Internal id of the subaccount.", "subaccountId", required=True),
        Field("subaccount", TEXT, "Subaccount, as text.", "subAccountCd"),
        Field("currency", TEXT, "ISO code.", "currencyId", required=True),
        money("opening_balance", "Balance before the period, base currency.", "beginningBalance"),
        money("debit", "Debits of the period, base currency.", "periodToDateDebit", required=True),
        money("credit", "Credits of the period, base currency.", "periodToDateCredit", required=True),
        money("amount", "Movement of the period: debits less credits.", required=True),
        money("closing_balance", "Balance at the end of the period, base currency.", "yearToDateBalance"),
        Field("year_closed", FLAG, "The year is closed.", "yearClosed"),
        modified(),
    ),
    key=("ledger", "branch_number", "financial_period", "account_number", "subaccount_id", "currency"),
    modified="modified_at",
    watermark="modified_at",
    period="financial_period",
    refers_to=("accounts", "subaccounts", "branches"),
    repeats={"accounts": ("number", "name", "type"), "subaccounts": ("number",), "branches": ("number", "name")},
    amount="amount",
    debit="debit",
    credit="credit",
    control_by="account_number",
    path="/v2/generalLedgerBalance",
    derive=derived.balance,
    placed_by="periodId",
    feed="value",
    of_ledger=True,
)

# Profit and loss postings also move the balance of the year-to-date net income account, to which nothing is posted.
GL_MOVEMENTS = replace(GL_BALANCES, name="general ledger's totals", query={"excludeYTDAccount": "true"})

GL_TRANSACTIONS = VismaEntity(
    name="gl_transactions",
    kind="fact",
    meaning="Posted lines of the general ledger, by their financial period.",
    fields=(
        Field("module", TEXT, "Module that posted, such as GL, AP, AR.", "module", required=True),
        Field("batch_number", TEXT, "Batch; modules share numbers.", "batchNumber", required=True),
        Field("line_number", NUMBER, "Line within the batch.", "lineNumber", required=True),
        Field("ledger", TEXT, "Ledger.", "ledger/id", required=True),
        Field("financial_period", TEXT, PERIOD, "period"),
        Field("posting_date", DAY, "Date of the transaction.", "tranDate"),
        Field("document_number", TEXT, "Reference number of the document.", "refNumber"),
        Field("memo", TEXT, "Description.", "description"),
        *named("branch", "branch", "branch", text="name"),
        *named("account", "account", "account"),
        Field("account_type", TEXT, "Asset, Liability, Income or Expense.", "account/type"),
        Field("subaccount", TEXT, "Subaccount, as text.", "subaccount"),
        Field("currency", TEXT, "ISO code of the transaction's currency.", "currency"),
        money("foreign_debit", "Debit in the transaction's currency.", "currDebitAmount"),
        money("foreign_credit", "Credit in the transaction's currency.", "currCreditAmount"),
        money("debit", "Debit in base currency.", "debitAmount", required=True),
        money("credit", "Credit in base currency.", "creditAmount", required=True),
        money("amount", "Debit less credit: income and liabilities are negative.", required=True),
        modified(),
    ),
    key=("ledger", "module", "batch_number", "line_number"),
    modified="modified_at",
    watermark="modified_at",
    period="financial_period",
    refers_to=("accounts", "subaccounts", "branches"),
    repeats={"accounts": ("number", "name", "type"), "subaccounts": ("number",), "branches": ("number", "name")},
    amount="amount",
    debit="debit",
    credit="credit",
    control_by="account_number",
    path="/v1/GeneralLedgerTransactions",
    query={"expandAccountInfo": "true", "expandBranchInfo": "true"},
    derive=derived.ledger_line,
    placed_by="fromPeriod",
    feed="condition",
    of_ledger=True,
    totals=(GL_MOVEMENTS,),
)
