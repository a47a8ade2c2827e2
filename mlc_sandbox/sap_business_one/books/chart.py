"""Chart of accounts, dimensions, cost centres and distribution rules of a food manufacturer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mlc_sandbox.sap_business_one.books.table import Row
from mlc_sandbox.sap_business_one.schema import ENUMS, NO, YES

LOCAL_CURRENCY = "DKK"

_TYPES = ENUMS["BoAccountTypes"]
_NAMES = """
1 Aktiver
11 Anlægsaktiver
1110 Produktionsanlæg og maskiner
1120 Kølehuse og lagerbygninger
1190 Akkumulerede afskrivninger
12 Omsætningsaktiver
1210 Råvarelager
1220 Emballagelager
1230 Varer under fremstilling
1240 Færdigvarelager
1250 Goods received not invoiced
1310 Tilgodehavender fra salg
1330 Indgående moms
1360 Periodeafgrænsning, aktiver
1410 Bank DKK
1420 Bank EUR
1490 Kasse (lukket)
2 Passiver
21 Egenkapital
2110 Aktiekapital
2190 Overført resultat
22 Gæld
2210 Leverandørgæld
2230 Udgående moms
2250 Skyldige lønninger
2260 Skyldige omkostninger
0299 Mellemregning, gammel
4 Omsætning
41 Varesalg
4110 Salg mejeriprodukter
4120 Salg færdigretter
4130 Salg bageri
4140 Salg eksport, soufflés glacés
4190 Rabatter og bonus
5 Vareforbrug
51 Direkte produktion
5110 Råvareforbrug
5120 Emballageforbrug
5130 Produktionsafvigelser
5140 Svind og kassation
5150 Lagerregulering
52 Produktionsomkostninger
5210 Produktionslønninger
5220 Energi og damp
5230 Vedligehold
5240 Kvalitet og laboratorium
53 Logistik
5310 Fragt ind
5320 Fragt ud
5330 Kølelager
6 Kapacitetsomkostninger
61 Salg og marketing
6110 Markedsføring
6120 Rejser
62 Administration
6210 Gager
6220 IT og software
6230 Husleje
6240 Forsikring & størrelsesgebyrer
6290 Diverse (lukket)
69 Afskrivninger og finans
6910 Afskrivninger
6920 Kursdifferencer
6930 Renter
"""
_INACTIVE = {"1490", "0299", "6290"}
CONTROL_ACCOUNTS = {"cCustomer": "1310", "cSupplier": "2210"}

DIMENSIONS = (
    (1, "Afdeling", "Cost centre"),
    (2, "Produktgruppe", "Product group"),
    (3, "Fabrik", "Plant"),
    (4, "Kanal", "Sales channel and lane"),
    (5, "Kampagne", "Campaign"),
)
_CENTERS = {
    1: "0100 Produktion;0110 Mejeri;0120 Færdigretter;0130 Bageri;0200 Kvalitet;0210 Laboratorium;0300 Logistik;"
    "0310 Kølelager;0320 Kørsel;0400 Vedligehold;0500 Indkøb;0600 Salg;0610 Eksport;0700 Økonomi;0710 IT;0720 HR;"
    "0790 Udgået afdeling",
    2: "PG-MEJ Mejeri;PG-FRD Færdigretter;PG-BAG Bageri;PG-SOU Soufflés & crèmes;PG-PL Private label",
    3: "F01 Århus;F02 Rønne;F03 Malmö;F99 Weißenfels",
    4: "DTL Detail;FDS Foodservice;EXP Eksport;WEB Webshop",
    5: "K25JUL Julekampagne 2025;K26PAA Påske 2026;KNY Nyheder",
}
CLOSED_CENTER = "0790"
_RULES = (
    ("ADM-ALLE", "Administration fordelt på produktion", 1, (("0110", 40), ("0120", 35), ("0130", 25))),
    ("KØL-5050", "Kølelager delt", 1, (("0310", 50), ("0110", 50))),
    ("PG-FÆLLES", "Fælles for produktgrupper", 2, (("PG-MEJ", 50), ("PG-FRD", 30), ("PG-BAG", 20))),
    ("F-DELT", "Delt over fabrikker", 3, (("F01", 60), ("F02", 30), ("F03", 10))),
)


@dataclass(frozen=True)
class Chart:
    """The accounts, and how the books name them.

    Attributes:
        rows: the accounts as entities.
        codes: visible number -> key, the same unless the chart is segmented.
    """

    rows: list[Row]
    codes: dict[str, str]


def build_chart(*, segmented: bool) -> Chart:
    """The chart; a segmented one has opaque keys and its numbers in `FormatCode`.

    See docs/vendors/sap_business_one.md, section 5.
    """
    pairs = [line.split(" ", 1) for line in _NAMES.strip().splitlines()]
    numbers = [number for number, _ in pairs]
    codes = {
        number: f"_SYS{place:011d}" if segmented and len(number) == 4 else number
        for place, number in enumerate(numbers, start=1)
    }
    return Chart([_account(number, name, codes) for number, name in pairs], codes)


def _account(number: str, name: str, codes: dict[str, str]) -> Row:
    postable = len(number) == 4
    father = next((number[:size] for size in (2, 1) if len(number) > size and number[:size] in codes), None)
    father = "22" if number == "0299" else father
    kind = "at_Revenues" if number[0] == "4" else "at_Expenses" if number[0] in "56" else "at_Other"
    cost = kind != "at_Other" and postable
    row: Row = {
        "Code": codes[number],
        "Name": name,
        "AccountType": _TYPES[kind],
        "ActiveAccount": YES if postable else NO,
        "CashAccount": YES if number.startswith("14") else NO,
        "AccountLevel": {1: 1, 2: 2}.get(len(number), 3),
        "FatherAccountKey": father,
        "AcctCurrency": "EUR" if number == "1420" else "##" if postable else LOCAL_CURRENCY,
        "FormatCode": number,
        "ExternalCode": f"DK{number}" if cost else None,
        "ValidFor": NO if number in _INACTIVE else YES,
        "FrozenFor": YES if number in _INACTIVE else NO,
        "LockManualTransaction": YES if number in CONTROL_ACCOUNTS.values() else NO,
    }
    for dimension in range(1, 6):
        row[f"DistributionRule{dimension if dimension > 1 else ''}Relevant"] = YES if cost else NO
    return row


def build_dimensions() -> list[Row]:
    """All five dimensions are in use."""
    return [
        {"DimensionCode": code, "DimensionName": name, "DimensionDescription": description, "IsActive": YES}
        for code, name, description in DIMENSIONS
    ]


def build_centers() -> list[Row]:
    """The cost centres of the five dimensions; one of them has ended but was posted to."""
    return [
        {
            "CenterCode": code,
            "CenterName": name,
            "GroupCode": "DRIFT" if dimension == 1 else "",
            "CostCenterType": "Drift" if dimension == 1 else None,
            "InWhichDimension": dimension,
            "EffectiveFrom": date(2020, 1, 1),
            "EffectiveTo": date(2025, 12, 31) if code == CLOSED_CENTER else None,
            "Active": NO if code == CLOSED_CENTER else YES,
        }
        for dimension, text in _CENTERS.items()
        for code, name in _pairs(text)
    ]


def build_rules(centers: list[Row]) -> list[Row]:
    """The rules: a direct one for each cost centre, with its code, and some that split."""
    direct = [
        _rule(center["CenterCode"], center["CenterName"], center["InWhichDimension"], ((center["CenterCode"], 100),))
        | {"Direct": YES, "Active": center["Active"]}
        for center in centers
    ]
    return direct + [_rule(*rule) for rule in _RULES]


def _rule(code: str, name: str, dimension: int, shares: tuple[tuple[str, int], ...]) -> Row:
    return {
        "FactorCode": code,
        "FactorDescription": name,
        "TotalFactor": Decimal(sum(share for _, share in shares)),
        "InWhichDimension": dimension,
        "Active": YES,
        "DistributionRuleLines": [
            {
                "FactorCode": code,
                "CenterCode": center,
                "TotalInCenter": Decimal(share),
                "EffectiveFrom": date(2020, 1, 1),
            }
            for center, share in shares
        ],
    }


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(";"):
        code, _, name = part.partition(" ")
        yield code, name
