"""Master records: accounts, subaccounts, ledgers, currencies, vendors, items (docs/vendors/acumatica.md, section 6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.books.desk import Desk
from mlc_sandbox.acumatica.records import Record, Table, Value
from mlc_sandbox.acumatica.shapes import FORMS

_FIRST_DAY = date(2024, 11, 4)
_VENDOR_NAMES = (
    "Åse Håkonsen Rådgivning AS", "Größe & Söhne GmbH", "Café São João", "O'Neill Partners", 'Printers "Ink" Inc.',
    "Østergaard Revision", "Beacon Hill Realty", "Cloud Nine Software", "Denver Data Desk", "Éclair Travel",
    "Fjord Kontor ApS", "Granite Insurance", "Harbor Training", "Société Générale de Conseil", "Tanaka Research K.K.",
)  # fmt: skip
_VENDOR_CURRENCIES = ("USD", "USD", "USD", "EUR", "USD", "DKK", "USD", "GBP", "USD", "JPY")
_STOCK = ('Laptop 14"', 'Monitor 27"', "Docking Station", "Headset", "Notebook, ruled", "Schlüsselkarte", "Projector")
_SERVICES = ("Consulting, Senior", "Consulting, Junior", "Workshop Day", "Software Licence", "Reiseleistung", "Flight")


def build_masters(desk: Desk, *, vendors: int, items: int) -> dict[str, Table[Record]]:
    """The tables of master records, by entity."""
    tables = {entity: Table[Record](form.keys) for entity, form in FORMS.items() if not form.inquiry}
    builders = {
        "Account": _accounts(desk),
        "Subaccount": _subaccounts(desk),
        "Ledger": _ledgers(desk),
        "Currency": _currencies(desk),
        "Vendor": _vendors(desk, vendors),
        "StockItem": _stock_items(desk, items),
        "NonStockItem": _non_stock_items(desk, items),
    }
    for entity, records in builders.items():
        for record in records:
            tables[entity].add(record)
    return tables


def _made(desk: Desk) -> datetime:
    return desk.stamp(_FIRST_DAY + timedelta(days=desk.rng.randrange(50)))


def _accounts(desk: Desk) -> list[Record]:
    records: list[Record] = []
    for number, account in enumerate(chart.ACCOUNTS, 1):
        made = _made(desk)
        records.append(
            Record(
                desk.guid(),
                {
                    "AccountCD": account.code,
                    "AccountID": 1000 + number,
                    "AccountClass": account.group,
                    "AccountGroup": account.project_group,
                    "Active": account.active,
                    "CashAccount": account.cash,
                    "ChartOfAccountsOrder": number,
                    "ConsolidationAccount": None if account.group == "STAT" else f"{account.code[:2]}00",
                    "CreatedDateTime": made,
                    "CurrencyID": account.currency,
                    "Description": account.name,
                    "LastModifiedDateTime": made,
                    "PostOption": "Summary" if account.group == "AR" else "Detail",
                    "RequireUnits": False,
                    "Secured": False,
                    "Type": account.kind,
                    "UseDefaultSubaccount": account.cash,
                },
            )
        )
    return records


def _subaccounts(desk: Desk) -> list[Record]:
    return [
        Record(
            desk.guid(),
            {
                "SubaccountCD": code,
                "SubaccountID": 500 + number,
                "Description": name,
                "Active": code != chart.CLOSED_SUBACCOUNT,
                "Secured": False,
            },
        )
        for number, (code, name) in enumerate(chart.SUBACCOUNTS.items())
    ]


def _ledgers(desk: Desk) -> list[Record]:
    records: list[Record] = []
    for ledger in chart.LEDGERS:
        branches = [
            Record(
                desk.guid(),
                {
                    "BranchID": branch.code,
                    "BranchName": branch.name,
                    "CompanyName": branch.company_name,
                    "Active": branch.active,
                },
            )
            for branch in chart.BRANCHES
        ]
        companies = [
            Record(desk.guid(), {"Company": code, "CompanyName": name, "CompanyType": kind, "Active": True})
            for code, name, kind in sorted({(b.company, b.company_name, b.company_type) for b in chart.BRANCHES})
        ]
        fields: dict[str, Value] = {
            "LedgerID": ledger.code,
            "Description": ledger.name,
            "Type": ledger.kind,
            "Currency": chart.BASE,
            "ConsolidationSource": False,
            "LastModifiedDateTime": _made(desk),
        }
        records.append(Record(desk.guid(), fields, {"Branches": branches, "Companies": companies}))
    return records


def _currencies(desk: Desk) -> list[Record]:
    records: list[Record] = []
    for code, (symbol, places, name) in chart.CURRENCIES.items():
        made = _made(desk)
        records.append(
            Record(
                desk.guid(),
                {
                    "CurrencyID": code,
                    "CurrencySymbol": symbol,
                    "DecimalPrecision": places,
                    "Description": name,
                    "Active": True,
                    "UseForAccounting": True,
                    "CreatedDateTime": made,
                    "LastModifiedDateTime": made,
                },
            )
        )
    return records


def _vendors(desk: Desk, count: int) -> list[Record]:
    records: list[Record] = []
    for number in range(1, count + 1):
        made = _made(desk)
        name = _VENDOR_NAMES[(number - 1) % len(_VENDOR_NAMES)]
        name += f" {number}" if number > len(_VENDOR_NAMES) else ""
        currency = _VENDOR_CURRENCIES[number % len(_VENDOR_CURRENCIES)]
        address = Record(
            desk.guid(),
            {"AddressLine1": f"{number} Harbour St", "City": "Århus" if currency == "DKK" else "Boston",
             "Country": "DK" if currency == "DKK" else "US", "PostalCode": f"{1000 + number}"},
        )  # fmt: skip
        contact = Record(
            desk.guid(),
            {"ContactID": 9000 + number, "DisplayName": name, "CompanyName": name,
             "Email": f"billing{number}@vendor.example", "Active": True, "LastModifiedDateTime": made},
            links={"Address": address},
        )  # fmt: skip
        fields: dict[str, Value] = {
            "VendorID": f"V{number:06d}",
            "VendorName": name,
            "LegalName": name,
            "VendorClass": "CONTRACTOR" if number % 4 == 0 else "SUPPLIER",
            "Status": "Inactive" if number % 17 == 3 else "Hold Payments" if number % 17 == 5 else "Active",
            "CurrencyID": currency,
            "Terms": None if number % 9 == 0 else "30D",
            "TaxZone": None if number % 5 == 0 else "TAXABLE",
            "APAccount": chart.PAYABLES,
            "APSubaccount": chart.DEFAULT_SUBACCOUNT,
            "CashAccount": chart.CASH,
            "PaymentMethod": "CHECK",
            "F1099Vendor": number % 4 == 0,
            "LeadTimedays": 3,
            "CreatedDateTime": made,
            "LastModifiedDateTime": made,
        }
        records.append(Record(desk.guid(), fields, links={"MainContact": contact}))
    return records


def _stock_items(desk: Desk, count: int) -> list[Record]:
    records: list[Record] = []
    for number in range(count):
        made = _made(desk)
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


def _non_stock_items(desk: Desk, count: int) -> list[Record]:
    records: list[Record] = []
    for number in range(count):
        made = _made(desk)
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
