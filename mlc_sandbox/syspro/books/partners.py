"""Master records of the distributor: suppliers, customers, chemicals in stock."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from mlc_sandbox.syspro.books.chart import PURCHASES
from mlc_sandbox.syspro.books.table import Row, Table

LOCAL = "ZAR"
RATES = {LOCAL: Decimal("1.000000"), "USD": Decimal("18.412500"), "EUR": Decimal("20.076125")}
"""Rand for a unit of each currency."""

WAREHOUSES = ("01", "02", "03", "HZ", "QR")
"""Three branches, the hazardous store, quarantine."""

_SUPPLIERS = (
    ("AECI01", "AECI Mining & Chemicals", LOCAL),
    ("BRENN", "Brenntag Südafrika GmbH", "EUR"),
    ("NORSK", "Norsk Syre og Lut AS · Ærøy", "EUR"),
    ("MÉTH", "Société du Méthanol", "EUR"),
    ("GULFSOL", "Gulf Solvents Inc.", "USD"),
    ("O'BRIEN", "O'Brien Tank Cleaning", LOCAL),
)
_CUSTOMERS = (
    ("PAINT01", "Rainbow Paints (Pty) Ltd", LOCAL),
    ("GRUBE", "Grube & Größe Galvanik", "EUR"),
    ("CAFÉ", "Café Décaf Extraction", LOCAL),
    ("ZIMCHEM", "Zimchem Trading", "USD"),
)
_CHEMICALS = (
    ("Acetone 99.5 %", "SOLV", "3"),
    ("Méthanol AA grade", "SOLV", "3"),
    ("Toluene", "SOLV", "3"),
    ("Isopropanol", "SOLV", "3"),
    ("Sulphuric acid 98 %", "ACID", "8"),
    ("Hydrochloric acid 33 %", "ACID", "8"),
    ("Natronlauge 50 % · flüssig", "ALKA", "8"),
    ("Hydrogen peroxide 50 %", "OXID", "5.1"),
    ("Citric acid, food grade", "FOOD", ""),
    ("Smørefett, technical grease", "LUBE", ""),
)
_PACKS = (("IBC", "EA"), ("DRUM", "EA"), ("BULK", "KG"), ("CAN25", "EA"))


@dataclass(frozen=True)
class Partners:
    """Rows of the master tables, to draw from."""

    suppliers: list[Row]
    customers: list[Row]
    stock: list[Row]


def open_partners(chance: random.Random, tables: Mapping[str, Table], scale: int, first: date) -> Partners:
    """Write suppliers, customers and stock items.

    Args:
        chance: the only source of chance.
        tables: the empty tables.
        scale: grows with the ledger.
        first: first day of the books.
    """
    return Partners(
        [
            _supplier(chance, tables["ApSupplier"], *named)
            for named in (*_SUPPLIERS, *_numbered("Supplier", 40 * scale))
        ],
        [
            _customer(chance, tables["ArCustomer"], *named, added_before=first)
            for named in (*_CUSTOMERS, *_numbered("Customer", 50 * scale))
        ],
        [
            _chemical(tables["InvMaster"], f"{word}-{pack}", f"{name}, {pack.lower()}", hazard, unit)
            for name, word, hazard in ((name, f"{kind}{i:02d}", hz) for i, (name, kind, hz) in enumerate(_CHEMICALS, 1))
            for pack, unit in _PACKS
        ],
    )


def _numbered(word: str, count: int) -> list[tuple[str, str, str]]:
    return [
        (f"{number:07d}", f"{word} {number:04d} (Pty) Ltd", "USD" if number % 9 == 0 else LOCAL)
        for number in range(101, 101 + count)
    ]


def _supplier(chance: random.Random, table: Table, code: str, name: str, currency: str) -> Row:
    branch = chance.choice(("20", "30", "40"))
    return table.put(
        Supplier=code,
        SupplierName=name,
        SupShortName=name[:20],
        SupplierType="L" if currency == LOCAL else "F",
        SupplierClass=chance.choice(("CHEM", "SERV", "FRT")),
        Bank="FX" if currency != LOCAL else "STD",
        Branch=branch,
        Telephone=f"+27 11 {chance.randint(200, 999)} {chance.randint(1000, 9999)}",
        Contact=chance.choice(("Thandi Mokoena", "Jürgen Weiß", "Åse Bjørnstad", "")),
        Area=chance.choice(("GP", "KZN", "WC")),
        Email=f"accounts@{code.strip('0').lower()}.example".encode("ascii", "ignore").decode(),
        Currency=currency,
        TermsCode=chance.choice(("30", "60", "CO")),
        MerchGlCode=f"{branch}-{chance.choice(PURCHASES)}",
        FreightGlCode=f"{branch}-6500-00",
        GrnMatchReqd=chance.choice("YN"),
        OnHold="Y" if chance.random() < 0.04 else "N",
        TaxRegnNum=str(chance.randint(4_000_000_000, 4_999_999_999)),
    )


def _customer(chance: random.Random, table: Table, code: str, name: str, currency: str, *, added_before: date) -> Row:
    return table.put(
        Customer=code,
        Name=name,
        ShortName=name[:20],
        CustomerClass=chance.choice(("PAINT", "WATER", "FOOD", "MINE")),
        Salesperson=chance.choice(("SP1", "SP2", "SP3")),
        Currency=currency,
        TermsCode=chance.choice(("30", "CO")),
        CreditLimit=Decimal(chance.randint(5, 200) * 10_000).quantize(Decimal("0.01")),
        CreditStatus="0",
        CustomerOnHold="Y" if chance.random() < 0.03 else "N",
        Telephone=f"+27 31 {chance.randint(200, 999)} {chance.randint(1000, 9999)}",
        Email=f"buyer@{code.strip('0').lower()}.example".encode("ascii", "ignore").decode(),
        SoldToAddr1=f"{chance.randint(1, 300)} Voortrekker Road",
        SoldToAddr3=chance.choice(("Durban", "Cape Town", "Gauteng")),
        SoldPostalCode=f"{chance.randint(1, 9999):04d}",
        DateCustAdded=added_before - timedelta(days=chance.randint(0, 3000)),
    )


def _chemical(table: Table, code: str, name: str, hazard: str, unit: str) -> Row:
    return table.put(
        StockCode=code,
        Description=name,
        LongDesc=f"{name} · UN class {hazard}" if hazard else name,
        StockUom=unit,
        ProductClass=f"HAZ{hazard}" if hazard else "GEN",
    )
