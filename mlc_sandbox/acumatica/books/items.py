"""Stock and services (docs/vendors/acumatica.md, section 6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.books.desk import Desk
from mlc_sandbox.acumatica.records import Record, Value

_FIRST_DAY = date(2024, 11, 4)
_STOCK = ('Laptop 14"', 'Monitor 27"', "Docking Station", "Headset", "Notebook, ruled", "Schlüsselkarte", "Projector")
_SERVICES = ("Consulting, Senior", "Consulting, Junior", "Workshop Day", "Software Licence", "Reiseleistung", "Flight")


def made_on(desk: Desk) -> datetime:
    """When a master record was made, before the books begin."""
    return desk.stamp(_FIRST_DAY + timedelta(days=desk.rng.randrange(50)))


def stock_items(desk: Desk, count: int) -> list[Record]:
    """Goods, each with what lies in the one warehouse."""
    records: list[Record] = []
    for number in range(count):
        made = made_on(desk)
        cost = desk.amount(5, 900)
        warehouse = Record(
            desk.guid(),
            {
                "WarehouseID": "MAIN",
                "QtyOnHand": Decimal(desk.rng.randrange(0, 90)),
                "IsDefault": True,
                "Status": "Active",
            },
        )
        fields: dict[str, Value] = {
            "InventoryID": f"ST{number:05d}",
            "Description": f"{_STOCK[number % len(_STOCK)]}{'' if number < len(_STOCK) else f' {number}'}",
            "ItemClass": "EQUIP",
            "ItemStatus": "Inactive" if number % 13 == 4 else "No Purchases" if number % 13 == 6 else "Active",
            "ItemType": "Finished Good",
            "BaseUOM": "EACH",
            "PurchaseUOM": "EACH",
            "SalesUOM": "EACH",
            "PostingClass": "EQUIP",
            "ValuationMethod": "Average",
            "InventoryAccount": chart.INVENTORY,
            "InventorySubaccount": chart.DEFAULT_SUBACCOUNT,
            "COGSAccount": "52000",
            "SalesAccount": chart.RECHARGED,
            "AverageCost": cost + Decimal("0.0033") if number % 3 == 0 else cost,
            "LastCost": cost,
            "DefaultPrice": cost * 2,
            "CurrentStdCost": Decimal("0.0"),
            "DefaultWarehouseID": "MAIN",
            "IsAKit": False,
            "LastModified": made,
            "LastModifiedDateTime": made,
        }
        records.append(Record(desk.guid(), fields, {"WarehouseDetails": [warehouse]}))
    return records


def non_stock_items(desk: Desk, count: int) -> list[Record]:
    """Services."""
    records: list[Record] = []
    for number in range(count):
        made = made_on(desk)
        fields: dict[str, Value] = {
            # A key with a slash can't stand in a path: it has to be addressed by its id.
            "InventoryID": "TIME/SENIOR" if number == 0 else f"NS{number:05d}",
            "Description": f"{_SERVICES[number % len(_SERVICES)]}{'' if number < len(_SERVICES) else f' {number}'}",
            "ItemClass": "SERVICES",
            "ItemStatus": "Inactive" if number % 11 == 7 else "Active",
            "ItemType": "Service" if number % 2 else "Labor",
            "BaseUnit": "HOUR",
            "PurchaseUnit": "HOUR",
            "SalesUnit": "HOUR",
            "ExpenseAccount": chart.CONTRACTORS,
            "ExpenseSubaccount": chart.DEFAULT_SUBACCOUNT,
            "SalesAccount": chart.FEES,
            "CurrentCost": Decimal("0.0"),
            "DefaultPrice": desk.amount(90, 350),
            "IsKit": False,
            "LastModifiedDateTime": made,
        }
        records.append(Record(desk.guid(), fields))
    return records
