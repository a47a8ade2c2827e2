"""Customers, suppliers and leads of a food manufacturer."""

from __future__ import annotations

import random
from datetime import date, time

from mlc_sandbox.sap_business_one.books.table import Row
from mlc_sandbox.sap_business_one.schema import ENUMS, NO, YES

_CUSTOMERS = (
    "Brødrene Sørensen A/S",
    "Café Liégeois SARL",
    "Großhandel Weiß GmbH",
    "Skånemat AB",
    "Dagli'gården ApS",
    "Fiskehuset Ærø",
    "O'Hara Foods Ltd.",
    "Kantine & Co",
    "Nordisk Detail A/S",
    "Île de Goût SA",
)
_SUPPLIERS = (
    "Arlanda Mjölk AB",
    "Møllegårdens Mel A/S",
    "Emballagehuset ApS",
    "Kältetechnik Süd GmbH",
    "Crèmerie Delâtre",
    "Vejle Fragt & Køl A/S",
    "Sukkerfabrikken Nakskov",
    "Laboratoire Présure",
    "Elværket Øst",
    "Æg fra Bornholm I/S",
)
_CURRENCIES = ("DKK", "DKK", "DKK", "EUR", "SEK", "##")


def build_partners(chance: random.Random, count: int) -> list[Row]:
    """`count` customers, `count` suppliers and three leads; some are frozen and have history all the same."""
    rows = [
        _partner(chance, prefix, kind, names, number)
        for prefix, kind, names in (("K", "cCustomer", _CUSTOMERS), ("L", "cSupplier", _SUPPLIERS))
        for number in range(1, count + 1)
    ]
    return rows + [_partner(chance, "E", "cLid", _CUSTOMERS, number) for number in range(1, 4)]


def _partner(chance: random.Random, prefix: str, kind: str, names: tuple[str, ...], number: int) -> Row:
    name = names[(number - 1) % len(names)]
    frozen = number % 17 == 0
    created = date(2020 + number % 5, 1 + number % 12, 1 + number % 28)
    return {
        "CardCode": f"{prefix}{number:05d}",
        "CardName": name if number <= len(names) else f"{name} {number}",
        "CardType": ENUMS["BoCardTypes"][kind],
        "GroupCode": {"cCustomer": 100, "cSupplier": 101, "cLid": 102}[kind],
        "Currency": chance.choice(_CURRENCIES),
        "Valid": NO if frozen else YES,
        "Frozen": YES if frozen else NO,
        "CreateDate": created,
        "CreateTime": time(9, number % 60),
        "UpdateDate": created,
        "UpdateTime": time(9, number % 60),
        "DataVersion": 1,
    }
