"""Bills, adjustments, prepayments, payments and purchase orders, with the batches that they post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.books.desk import Desk, rounded
from mlc_sandbox.acumatica.books.ledger import COST_CODE, ZERO, Batch, Line
from mlc_sandbox.acumatica.records import Record, Table

_PURCHASE_STATUSES = ("Open", "Open", "Completed", "Closed", "On Hold", "Pending Approval", "Canceled", "Completed")
_BILL_TEXTS = ("Monthly fee", "Project travel", "Fachübersetzung", "Licences", "Workshop, 2 days", None)
PROJECTS = tuple(f"PRJ{number:04d}" for number in range(1, 25))
NO_PROJECT = "X"


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
        record = self._document(kind, vendor, day, lines, order=order, late=late)
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
        record = self._document("Bill", self._first_vendor, day, lines)
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
        record = self._document("Prepayment", self._first_vendor, day, lines)
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
        record = self._check("Payment", self._first_vendor, day, self.desk.amount(100, 900), self.desk.number("CK"))
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
        voided = self._check("Voided Payment", vendor, day, -amount, number)
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
        desk, rng = self.desk, self.desk.rng
        vendor = self._vendor(None)
        branch = rng.choice(chart.BRANCHES[:3])
        number = desk.number("PO")
        currency = str(vendor.fields["CurrencyID"])
        status = rng.choice(_PURCHASE_STATUSES)
        done = status in {"Completed", "Closed"}
        rows: list[Record] = []
        for line in range(1, rng.randrange(2, 5)):
            quantity = Decimal(rng.randrange(1, 20))
            price = rounded(desk.amount(10, 700), currency)
            item = rng.choice(self.tables["StockItem"].by_keys())
            rows.append(
                Record(
                    desk.guid(),
                    {
                        "OrderType": "Normal",
                        "OrderNbr": number,
                        "LineNbr": line,
                        "InventoryID": item.fields["InventoryID"],
                        "LineDescription": item.fields["Description"],
                        "LineType": "Goods for IN",
                        "OrderQty": quantity,
                        "UOM": "EACH",
                        "UnitCost": price,
                        "ExtendedCost": quantity * price,
                        "QtyOnReceipts": quantity if done else Decimal(0),
                        "ReceivedAmount": quantity * price if done else ZERO,
                        "Account": chart.INVENTORY,
                        "Subaccount": chart.DEFAULT_SUBACCOUNT,
                        "BranchID": branch.code,
                        "Project": NO_PROJECT,
                        "Completed": done,
                        "Cancelled": status == "Canceled",
                        "Promised": day + timedelta(days=21),
                        "Requested": day + timedelta(days=14),
                        "WarehouseID": "MAIN",
                    },
                )
            )
        total = sum((Decimal(str(row.fields["ExtendedCost"])) for row in rows), ZERO)
        tax = rounded(total * Decimal("0.08"), currency) if vendor.fields["TaxZone"] and rng.random() < 0.5 else ZERO
        record = Record(
            desk.guid(),
            {
                "Type": "Normal",
                "OrderNbr": number,
                "Status": status,
                "VendorID": vendor.fields["VendorID"],
                "VendorRef": None,
                "Date": day,
                "PromisedOn": day + timedelta(days=21),
                "CurrencyID": currency,
                "BaseCurrencyID": chart.BASE,
                "CurrencyRate": chart.RATES[currency],
                "Branch": branch.code,
                "Description": f"Equipment for {branch.name}",
                "LineTotal": total,
                "TaxTotal": tax,
                "OrderTotal": total + tax,
                "ControlTotal": total + tax,
                "Hold": status == "On Hold",
                "Terms": vendor.fields["Terms"],
                "LastModifiedDateTime": desk.stamp(day),
            },
            {"Details": rows},
        )
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

    def _document(
        self,
        kind: str,
        vendor: Record,
        day: date,
        lines: Sequence[Line],
        *,
        order: Record | None = None,
        late: int = 0,
    ) -> Record:
        desk = self.desk
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
                    "InventoryID": desk.rng.choice(self._services) if line.task else None,
                    "POOrderType": "Normal" if order else None,
                    "POOrderNbr": order.fields["OrderNbr"] if order else None,
                    "POLine": 1 if order else None,
                },
                custom={"Transactions.TranAmt": _in_base(line.debit, currency)},
            )
            for line in lines
        ]
        taxes = [
            Record(
                desk.guid(),
                {"TaxID": "MASALES", "TaxRate": Decimal("8.25"), "TaxableAmount": net, "TaxAmount": tax},
            )
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

    def _check(self, kind: str, vendor: Record, day: date, amount: Decimal, number: str) -> Record:
        currency = vendor.get("CurrencyID", str)
        return Record(
            self.desk.guid(),
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
                "LastModifiedDateTime": self.desk.stamp(day),
            },
            custom={"Document.OrigDocAmt": _in_base(amount, currency)},
        )

    def _pay(self, bills: Sequence[Record], amount: Decimal, day: date, account: str) -> Record:
        vendor = self._vendor_of(bills[0], "Vendor")
        check = self._check("Payment", vendor, day, amount, self.desk.number("CK"))
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


def _in_base(amount: Decimal, currency: str) -> Decimal:
    return rounded(amount * chart.RATES[currency])
