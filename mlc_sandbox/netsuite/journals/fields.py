"""The properties of a journal entry and of its lines (docs/vendors/netsuite.md, section 5.2)."""

# ruff: noqa: SIM905 - names as text: one a line would hide the rest of the module
from __future__ import annotations

BODY_READ = frozenset(
    """
    subsidiary tranDate postingPeriod currency exchangeRate memo externalId tranId approvalStatus approved reversalDate
    reversalDefer department class location void isBookSpecific accountingBook line
    """.split()
)
"""What the sandbox gives a meaning in the header."""

BODY_READ_ONLY = frozenset(
    """
    id links refName createdDate lastModifiedDate transactionNumber isReversal reversalEntry primaryBookBaseCurrency
    """.split()
)
"""What a client may send back as it was read; it changes nothing."""

BODY_OTHER = frozenset(
    """
    accountingBookDetail appliedRules batch createdFrom customForm deletionReason deletionReasonMemo
    excludeFromGLNumbering nextApprover nexus parentExpenseAlloc subsidiaryTaxRegNum taxDetailsOverride taxPointDate
    taxPointDateOverride taxRegOverride toSubsidiary
    """.split()
)
"""What NetSuite knows and the sandbox does not; refused, because letting it pass would be a lie."""

LINE_READ = frozenset("line account debit credit department class location entity memo".split())
"""As `BODY_READ`, of a line."""

LINE_READ_ONLY = frozenset("links refName lineCreatedDate lineLastModifiedDate".split())
"""As `BODY_READ_ONLY`, of a line."""

LINE_OTHER = frozenset(
    """
    amortizationType baseGrossAmt cleared clearedDate creditTax debitTax eliminate endDate giftCertCode grossAmt item
    lineTaxCode lineTaxRate residual revenueRecognitionRule schedule scheduleNum scheduleType startDate tax1Acct tax1Amt
    taxAccount taxBasis taxCode taxRate1 totalAmount
    """.split()
)
"""As `BODY_OTHER`, of a line."""
