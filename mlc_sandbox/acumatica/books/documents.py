"""Bills and payments as they are entered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.books.desk import Desk, rounded
from mlc_sandbox.acumatica.books.ledger import COST_CODE, ZERO, Line
from mlc_sandbox.acumatica.records import Record


def bill_document(
    desk: Desk,
    kind: str,
    vendor: Record,
    day: date,
    lines: Sequence[Line],
    *,
    services: Sequence[str],
    order: Record | None = None,
    late: int = 0,
) -> Record:
    """A bill, an adjustment or a prepayment.

    Args:
        desk: gives numbers, stamps and chance.
        kind: its type.
        vendor: who is owed.
        day: of the document.
        lines: in its currency, as they are posted.
        services: ids of the items that lines on projects name.
        order: the purchase order that it bills.
        late: days after its date that it is entered.
    """
    currency, branch = vendor.get("CurrencyID", str), lines[0].branch
    period = desk.calendar.of_day(day)
    net = sum((line.debit for line in lines), ZERO)
    taxed = kind == "Bill" and vendor.fields["TaxZone"] is not None and desk.rng.random() < 0.5
    tax = rounded(net * Decimal("0.0825"), currency) if taxed else ZERO
    rows = [
        Record(
            desk.guid(),
            {
                "Account": line.account,
                "Subaccount": line.subaccount,
                "Branch": branch,
                "Amount": line.debit,
                "ExtendedCost": line.debit,
                "Qty": Decimal("1.00"),
                "UnitCost": line.debit,
                "UOM": "EACH",
                "TransactionDescription": line.text,
                "Project": line.project,
                "ProjectTask": line.task,
                "CostCode": COST_CODE if line.task else None,
                "InventoryID": desk.rng.choice(services) if line.task else None,
                "POOrderType": "Normal" if order else None,
                "POOrderNbr": order.fields["OrderNbr"] if order else None,
                "POLine": 1 if order else None,
            },
            custom={"Transactions.TranAmt": _in_base(line.debit, currency)},
        )
        for line in lines
    ]
    taxes = [
        Record(desk.guid(), {"TaxID": "MASALES", "TaxRate": Decimal("8.25"), "TaxableAmount": net, "TaxAmount": tax})
    ]
    return Record(
        desk.guid(),
        {
            "Type": kind,
            "ReferenceNbr": desk.number("AD" if kind.endswith("Adj.") else "BL"),
            "Status": "Open",
            "Vendor": vendor.fields["VendorID"],
            "VendorRef": None if desk.rng.random() < 0.2 else f"R-{desk.rng.randrange(10**6)}",
            "Date": day,
            "DueDate": day + timedelta(days=30),
            "PostPeriod": period.id if period else None,
            "CurrencyID": currency,
            "Amount": net + tax,
            "Balance": net + tax,
            "TaxTotal": tax,
            "Description": lines[0].text,
            "Hold": False,
            "BranchID": branch,
            "Terms": vendor.fields["Terms"],
            "LocationID": "MAIN",
            "ApprovedForPayment": False,
            "IsTaxValid": True,
            "LastModifiedDateTime": desk.stamp(day + timedelta(days=late)),
        },
        {"Details": rows, "TaxDetails": taxes if tax else []},
    )


def payment_document(desk: Desk, kind: str, vendor: Record, day: date, amount: Decimal, *, number: str = "") -> Record:
    """A payment, or the document that voids one: it has the number of that one."""
    number = number or desk.number("CK")
    currency = vendor.get("CurrencyID", str)
    return Record(
        desk.guid(),
        {
            "Type": kind,
            "ReferenceNbr": number,
            "Status": "Closed",
            "Vendor": vendor.fields["VendorID"],
            "ApplicationDate": day,
            "CashAccount": chart.CASH,
            "CurrencyID": currency,
            "PaymentAmount": amount,
            "UnappliedBalance": ZERO,
            "PaymentMethod": "CHECK",
            "PaymentRef": number[2:],
            "Description": None,
            "Hold": False,
            "LastModifiedDateTime": desk.stamp(day),
        },
        custom={"Document.OrigDocAmt": _in_base(amount, currency)},
    )


def _in_base(amount: Decimal, currency: str) -> Decimal:
    return rounded(amount * chart.RATES[currency])
