"""Bills, adjustments, prepayments, payments and purchase orders, with the batches that they post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.books.desk import Desk, rounded
from mlc_sandbox.acumatica.books.documents import bill_document, payment_document
from mlc_sandbox.acumatica.books.ledger import NO_PROJECT, ZERO, Batch, Line
from mlc_sandbox.acumatica.books.purchase_orders import purchase_order
from mlc_sandbox.acumatica.records import Record, Table

_BILL_TEXTS = ("Monthly fee", "Project travel", "Fachübersetzung", "Licences", "Workshop, 2 days", None)
PROJECTS = tuple(f"PRJ{number:04d}" for number in range(1, 25))


@dataclass
class Payables:
    """Everything owed to vendors.

    Attributes:
        desk: where batches are written.
        tables: of the entities Vendor, Bill, Check and PurchaseOrder, among others.
    """

    desk: Desk
    tables: Mapping[str, Table[Record]]

    def __post_init__(self) -> None:
        self._vendors = {record.get("VendorID", str): record for record in self.tables["Vendor"].by_keys()}
        self._first_vendor = next(iter(self._vendors.values()))
        self._services = [record.get("InventoryID", str) for record in self.tables["NonStockItem"].by_keys()]
        self._unpaid: list[tuple[Record, Batch]] = []
        self._paid: list[Record] = []

    def bill(self, day: date, *, kind: str = "Bill", order: Record | None = None, late: int = 0) -> Record:
        """Enter and release a bill, or an adjustment of that type.

        Args:
            day: of the document.
            kind: Bill, Credit Adj. or Debit Adj.
            order: the purchase order that it bills.
            late: days after its date that it is entered.
        """
        rng = self.desk.rng
        vendor = self._vendor(order)
        currency = str(vendor.fields["CurrencyID"])
        branch = rng.choice(chart.BRANCHES[:3])
        lines = [self._line(branch, currency) for _ in range(rng.choice((1, 1, 2, 3)))]
        record = bill_document(self.desk, kind, vendor, day, lines, order=order, late=late, services=self._services)
        batch = self._post(record, lines, kind)
        if kind == "Debit Adj.":
            record.fields["Status"] = rng.choice(("Open", "Closed"))
            if record.fields["Status"] == "Closed":
                record.fields["Balance"] = ZERO
        else:
            self._unpaid.append((record, batch))
        self.tables["Bill"].add(record)
        return record

    def draft(self, day: date) -> Record:
        """Enter a bill that isn't released: it posts nothing."""
        branch = chart.BRANCHES[0]
        lines = [self._line(branch, chart.BASE)]
        record = bill_document(self.desk, "Bill", self._first_vendor, day, lines, services=self._services)
        status = self.desk.rng.choice(("On Hold", "Balanced", "Pending Approval"))
        record.fields |= {"Status": status, "Hold": status == "On Hold", "DueDate": None}
        self.tables["Bill"].add(record)
        return record

    def rejected(self, day: date) -> Record:
        """Enter a bill and void it before its release."""
        record = self.draft(day)
        record.fields |= {"Status": "Voided", "Hold": False, "Balance": ZERO}
        return record

    def prepayment(self, day: date) -> Record:
        """Ask for a prepayment and pay it: nothing is posted but the payment."""
        branch = chart.BRANCHES[0]
        lines = [self._line(branch, chart.BASE)]
        lines[0].account, lines[0].subaccount = chart.PREPAYMENTS, chart.DEFAULT_SUBACCOUNT
        record = bill_document(self.desk, "Prepayment", self._first_vendor, day, lines, services=self._services)
        amount = record.get("Amount", Decimal)
        self.tables["Bill"].add(record)
        self._pay([record], amount, day, chart.PREPAYMENTS)
        record.fields["Status"] = "Open"
        return record

    def payment(self, day: date) -> Record | None:
        """Pay the oldest unpaid bill, and the next one where it is the same vendor's; None when there is none."""
        due = [pair for pair in self._unpaid[:6] if str(pair[0].fields["Date"]) <= str(day)]
        if not due:
            return None
        first = due[0][0]
        chosen = [pair for pair in due if pair[0].fields["Vendor"] == first.fields["Vendor"]][:2]
        amount = ZERO
        for pair in chosen:
            self._unpaid.remove(pair)
            amount += pair[0].get("Balance", Decimal)
        check = self._pay([bill for bill, _ in chosen], amount, day, chart.PAYABLES)
        for bill, _ in chosen:
            bill.fields |= {
                "Status": "Closed",
                "Balance": ZERO,
                "LastModifiedDateTime": check.fields["LastModifiedDateTime"],
            }
        self._paid.append(check)
        return check

    def unreleased_payment(self, day: date) -> Record:
        """Enter a payment that isn't released."""
        record = payment_document(self.desk, "Payment", self._first_vendor, day, self.desk.amount(100, 900))
        status = self.desk.rng.choice(("On Hold", "Balanced", "Pending Print"))
        record.fields |= {"Status": status, "Hold": status == "On Hold"}
        self.tables["Check"].add(record)
        return record

    def void_last_payment(self, day: date) -> Record | None:
        """Void the latest payment: a document of the same number, with the amount negative, and the batch turned."""
        if not self._paid:
            return None
        check = self._paid.pop()
        paid = check.get("ApplicationDate", date)
        return self.void(check, max(day, paid))

    def void(self, check: Record, day: date) -> Record:
        """Void a released payment; the bills that it paid are owed again."""
        amount = check.get("PaymentAmount", Decimal)
        vendor = self._vendor_of(check, "Vendor")
        number = str(check.fields["ReferenceNbr"])
        voided = payment_document(self.desk, "Voided Payment", vendor, day, -amount, number=number)
        voided.fields |= {"Status": "Closed", "Description": f"Void of {number}"}
        self._post_payment(voided, chart.PAYABLES, -amount, day)
        check.fields |= {"Status": "Voided", "LastModifiedDateTime": voided.fields["LastModifiedDateTime"]}
        for row in check.rows("History"):
            bill = self.tables["Bill"].by_key(str(row.fields["DocType"]), str(row.fields["ReferenceNbr"]))
            if bill is not None:
                bill.fields |= {
                    "Status": "Open",
                    "Balance": bill.fields["Amount"],
                    "LastModifiedDateTime": voided.fields["LastModifiedDateTime"],
                }
        self.tables["Check"].add(voided)
        return voided

    def order(self, day: date) -> Record:
        """Enter a purchase order of one to three lines."""
        record = purchase_order(self.desk, self._vendor(None), self.tables["StockItem"].by_keys(), day)
        self.tables["PurchaseOrder"].add(record)
        return record

    def _vendor(self, order: Record | None) -> Record:
        if order is not None:
            return self._vendor_of(order, "VendorID")
        return self.desk.rng.choice(list(self._vendors.values()))

    def _line(self, branch: chart.Branch, currency: str) -> Line:
        rng = self.desk.rng
        amount = rounded(self.desk.amount(40, 6000) * (100 if currency == "JPY" else 1), currency)
        on_project = rng.random() < 0.4
        return Line(
            rng.choice(chart.EXPENSES),
            rng.choice(branch.offices) + rng.choice(("STR", "TEC", "OPS", "000")),
            branch.code,
            debit=amount,
            text=rng.choice(_BILL_TEXTS),
            project=rng.choice(PROJECTS) if on_project else NO_PROJECT,
            task="01" if on_project else None,
        )

    def _post(self, record: Record, lines: Sequence[Line], kind: str) -> Batch:
        total, tax = record.get("Amount", Decimal), record.get("TaxTotal", Decimal)
        branch = record.get("BranchID", str)
        posted = list(lines)
        if tax:
            posted.append(Line(chart.INPUT_TAX, chart.DEFAULT_SUBACCOUNT, branch, debit=tax))
        posted.append(Line(chart.PAYABLES, chart.DEFAULT_SUBACCOUNT, branch, credit=total))
        for line in posted:
            line.reference = record.get("ReferenceNbr", str)
            line.party = record.get("Vendor", str)
            if kind == "Debit Adj.":
                line.debit, line.credit = line.credit, line.debit
        return self.desk.write(
            "AP",
            record.get("Date", date),
            posted,
            description=str(record.fields["Description"] or ""),
            currency=record.get("CurrencyID", str),
            kind=kind,
            modified=record.get("LastModifiedDateTime", datetime),
        )

    def _pay(self, bills: Sequence[Record], amount: Decimal, day: date, account: str) -> Record:
        vendor = self._vendor_of(bills[0], "Vendor")
        check = payment_document(self.desk, "Payment", vendor, day, amount)
        check.details["History"] = [
            Record(
                self.desk.guid(),
                {
                    "DocType": bill.fields["Type"],
                    "ReferenceNbr": bill.fields["ReferenceNbr"],
                    "VendorRef": bill.fields["VendorRef"],
                    "AmountPaid": bill.fields["Balance"],
                    "Balance": ZERO,
                    "CashDiscountTaken": ZERO,
                },
            )
            for bill in bills
        ]
        self._post_payment(check, account, amount, day)
        self.tables["Check"].add(check)
        return check

    def _vendor_of(self, record: Record, field: str) -> Record:
        return self._vendors[record.get(field, str)]

    def _post_payment(self, check: Record, account: str, amount: Decimal, day: date) -> None:
        side, other = (amount, ZERO) if amount > 0 else (ZERO, -amount)
        branch, number = chart.BRANCHES[0].code, str(check.fields["ReferenceNbr"])
        party = str(check.fields["Vendor"])
        lines = [
            Line(account, chart.DEFAULT_SUBACCOUNT, branch, side, other, reference=number, party=party),
            Line(chart.CASH, chart.DEFAULT_SUBACCOUNT, branch, other, side, reference=number, party=party),
        ]
        self.desk.write(
            "AP",
            day,
            lines,
            currency=check.get("CurrencyID", str),
            kind=check.get("Type", str),
            modified=check.get("LastModifiedDateTime", datetime),
        )
