"""Purchase orders as they are entered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.books.desk import Desk, rounded
from mlc_sandbox.acumatica.books.ledger import NO_PROJECT, ZERO
from mlc_sandbox.acumatica.records import Record

_STATUSES = ("Open", "Open", "Completed", "Closed", "On Hold", "Pending Approval", "Canceled", "Completed")


def purchase_order(desk: Desk, vendor: Record, items: Sequence[Record], day: date) -> Record:
    """A purchase order of one to three lines."""
    rng = desk.rng
    branch = rng.choice(chart.BRANCHES[:3])
    number = desk.number("PO")
    currency = str(vendor.fields["CurrencyID"])
    status = rng.choice(_STATUSES)
    done = status in {"Completed", "Closed"}
    rows: list[Record] = []
    for line in range(1, rng.randrange(2, 5)):
        quantity = Decimal(rng.randrange(1, 20))
        price = rounded(desk.amount(10, 700), currency)
        item = rng.choice(items)
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
    return Record(
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
