"""Master records: accounts, subaccounts, ledgers, currencies, vendors, items (docs/vendors/acumatica.md, section 6)."""

from __future__ import annotations

from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.books.desk import Desk
from mlc_sandbox.acumatica.books.items import made_on, non_stock_items, stock_items
from mlc_sandbox.acumatica.records import Record, Table, Value
from mlc_sandbox.acumatica.shapes import FORMS

_VENDOR_NAMES = (
    "Åse Håkonsen Rådgivning AS", "Größe & Söhne GmbH", "Café São João", "O'Neill Partners", 'Printers "Ink" Inc.',
    "Østergaard Revision", "Beacon Hill Realty", "Cloud Nine Software", "Denver Data Desk", "Éclair Travel",
    "Fjord Kontor ApS", "Granite Insurance", "Harbor Training", "Société Générale de Conseil", "Tanaka Research K.K.",
)  # fmt: skip
_VENDOR_CURRENCIES = ("USD", "USD", "USD", "EUR", "USD", "DKK", "USD", "GBP", "USD", "JPY")


def build_masters(desk: Desk, *, vendors: int, items: int) -> dict[str, Table[Record]]:
    """The tables of master records, by entity."""
    tables = {entity: Table[Record](form.keys) for entity, form in FORMS.items() if not form.inquiry}
    builders = {
        "Account": _accounts(desk),
        "Subaccount": _subaccounts(desk),
        "Ledger": _ledgers(desk),
        "Currency": _currencies(desk),
        "Vendor": _vendors(desk, vendors),
        "StockItem": stock_items(desk, items),
        "NonStockItem": non_stock_items(desk, items),
    }
    for entity, records in builders.items():
        for record in records:
            tables[entity].add(record)
    return tables


def _accounts(desk: Desk) -> list[Record]:
    records: list[Record] = []
    for number, account in enumerate(chart.ACCOUNTS, 1):
        made = made_on(desk)
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
            "LastModifiedDateTime": made_on(desk),
        }
        records.append(Record(desk.guid(), fields, {"Branches": branches, "Companies": companies}))
    return records


def _currencies(desk: Desk) -> list[Record]:
    records: list[Record] = []
    for code, (symbol, places, name) in chart.CURRENCIES.items():
        made = made_on(desk)
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
        made = made_on(desk)
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
