"""The general ledger as the API gives it (docs/vendors/visma_net.md, section 6.5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mlc_sandbox.visma_net.books.balances import Balance
from mlc_sandbox.visma_net.books.documents import ZERO, Batch, LedgerLine
from mlc_sandbox.visma_net.books.records import BudgetLine
from mlc_sandbox.visma_net.query import Query
from mlc_sandbox.visma_net.views.master import subaccount_proposal
from mlc_sandbox.visma_net.views.style import Style, version_stamp, written_day

View = dict[str, Any]


def ledger_transaction(style: Style, one: tuple[Batch, LedgerLine], _query: Query) -> View:
    """GeneralLedgerTransactionDetailsDto: one line of a batch; `period` is YYYYPP."""
    batch, line = one
    debit, credit = _sides(line.amount)
    foreign_debit, foreign_credit = _sides(line.foreign)
    return {
        "lineNumber": line.number,
        "module": batch.module,
        "batchNumber": batch.number,
        "tranDate": written_day(batch.day),
        "period": batch.period,
        "description": line.text,
        "refNumber": line.reference,
        "branch": style.branch(line.branch),
        "account": style.ledger_account(line.account),
        "ledger": {"id": batch.ledger.number, "description": batch.ledger.name},
        "subaccount": line.subaccount.number,
        "debitAmount": debit,
        "creditAmount": credit,
        "currency": batch.currency,
        "currDebitAmount": foreign_debit,
        "currCreditAmount": foreign_credit,
        "lastModifiedDateTime": style.stamp(batch.modified),
        "errorInfo": "",
    }


def ledger_balance(style: Style, one: Balance, query: Query) -> View:
    """GeneralLedgerBalanceDto. Liabilities and income are shown credit positive, unless signs are toggled."""
    sign = 1 if one.account.debit_sided or query.flag("toggleBalanceSigns") else -1
    begin, end = sign * one.begin, sign * one.end
    return {
        "branch": style.branch(one.branch),
        "ledger": {"id": one.ledger.number, "description": one.ledger.name},
        "balanceType": one.ledger.balance_type,
        "financialPeriod": one.period,
        "account": style.ledger_account(one.account),
        "subaccountId": str(one.subaccount.id),
        "subAccountCd": one.subaccount.number,
        "currencyId": one.ledger.currency,
        "periodToDateDebit": one.debit,
        "periodToDateCredit": one.credit,
        "beginningBalance": begin,
        "yearToDateBalance": end,
        "periodToDateDebitInCurrency": one.debit,
        "periodToDateCreditInCurrency": one.credit,
        "beginningBalanceInCurrency": begin,
        "yearToDateBalanceInCurrency": end,
        "yearClosed": False,
        "lastModifiedDateTime": style.stamp(one.modified),
        "errorInfo": "",
    }


def budget(style: Style, one: BudgetLine, _query: Query) -> View:
    """BudgetDto."""
    amount = sum(one.amounts.values(), ZERO)
    return {
        "financialYear": str(one.year),
        "released": True,
        "releasedAmount": amount,
        "account": style.account(one.account),
        "subaccount": subaccount_proposal(one.subaccount),
        "description": one.account.name,
        "amount": amount,
        "distributedAmount": amount,
        "periods": [{"periodId": period, "amount": part} for period, part in one.amounts.items()],
        "lastModifiedDateTime": style.stamp(one.modified),
        "branchNumber": style.branch(one.branch),
        "timeStamp": version_stamp(one.modified),
    }


def journal_transaction(style: Style, one: Batch, _query: Query) -> View:
    """JournalTransactionDto with its lines."""
    debit = sum((line.amount for line in one.lines if line.amount > 0), ZERO)
    credit = -sum((line.amount for line in one.lines if line.amount < 0), ZERO)
    return {
        "module": f"Module{one.module}",
        "batchNumber": one.number,
        "status": one.status,
        "hold": one.status == "Hold",
        "transactionDate": written_day(one.day),
        "postPeriod": style.post_period(one.period),
        "financialPeriod": one.period,
        "ledger": one.ledger.number,
        "ledgerDescription": one.ledger.name,
        "currencyId": one.currency,
        "exchangeRate": one.rate,
        "autoReversing": one.status == "Completed",
        "reversingEntry": one.original is not None,
        "description": one.text,
        "originalBatchNumber": one.original,
        "debitTotal": debit,
        "creditTotal": credit,
        "controlTotal": debit,
        "lastModifiedDateTime": style.stamp(one.modified),
        "branch": one.branch.number,
        "timeStamp": version_stamp(one.modified),
        "journalTransactionLines": [_journal_line(style, line, one) for line in one.lines],
        "attachments": [],
        "errorInfo": "",
    }


def _journal_line(style: Style, line: LedgerLine, batch: Batch) -> View:
    debit, credit = _sides(line.amount)
    foreign_debit, foreign_credit = _sides(line.foreign)
    return {
        "lineNumber": line.number,
        "accountNumber": line.account.number,
        "description": line.account.name,
        "subaccount": style.subaccount(line.subaccount),
        "referenceNumber": line.reference,
        "debitAmount": debit,
        "debitAmountInCurrency": foreign_debit,
        "creditAmount": credit,
        "creditAmountInCurrency": foreign_credit,
        "transactionDescription": line.text,
        "branch": line.branch.number,
        "module": f"Module{batch.module}",
        "project": None,
        "projectTask": None,
        "note": None,
    }


def _sides(amount: Decimal) -> tuple[Decimal, Decimal]:
    return (amount, ZERO) if amount > 0 else (ZERO, -amount)
