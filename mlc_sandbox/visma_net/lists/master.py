"""Lists of master records."""

from __future__ import annotations

from mlc_sandbox.visma_net.lists.filters import flag, one_of, same
from mlc_sandbox.visma_net.lists.listing import Listing
from mlc_sandbox.visma_net.views import master

_SUPPLIER_STATUSES = ("Active", "OnHold", "HoldPayments", "Inactive", "OneTime")

MASTER = (
    Listing(
        "account",
        records=lambda books, _: books.company.accounts,
        view=master.account,
        key=lambda account: account.number,
        filters=(
            flag("active", lambda account: account.active),
            same("publicCode", lambda account: account.number),
            same("externalCode1", lambda account: account.tax_code),
            same("externalCode2", lambda account: account.statement_code),
            same("analysisCode", lambda account: account.analysis_code),
        ),
    ),
    Listing(
        "subaccount",
        records=lambda books, _: books.company.subaccounts,
        view=master.subaccount,
        paged=True,
        filters=(flag("active", lambda subaccount: subaccount.active),),
    ),
    Listing(
        "supplier",
        records=lambda books, _: books.company.suppliers,
        view=master.supplier,
        key=lambda supplier: supplier.number,
        paged=True,
        filters=(
            same("name", lambda supplier: supplier.name),
            one_of("status", _SUPPLIER_STATUSES, lambda supplier: supplier.status),
            same("corporateId", lambda supplier: supplier.corporate_id),
            same("vatRegistrationId", lambda supplier: supplier.vat_id),
        ),
    ),
    Listing(
        "financialperiod",
        records=lambda books, _: books.company.periods.values(),
        view=master.financial_period,
        modified=None,
        key=lambda period: period.id,
    ),
    Listing(
        "branch", records=lambda books, _: books.company.branches, view=master.branch, key=lambda branch: branch.number
    ),
    Listing(
        "ledger", records=lambda books, _: books.company.ledgers, view=master.ledger, key=lambda ledger: ledger.number
    ),
    Listing(
        "department",
        records=lambda books, _: books.company.departments,
        view=master.department,
        key=lambda department: department.id,
    ),
)
