"""Master records beside the chart: subsidiaries, currencies, departments, classes, locations, vendors, people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Subsidiary:
    """A row of `subsidiary`; the root has no parent."""

    id: int
    name: str
    fullname: str
    parent: int | None
    currency: int
    country: str
    elimination: bool


@dataclass(frozen=True)
class Dimension:
    """A department, class or location; `fullname` is `Parent : Child`."""

    id: int
    name: str
    fullname: str
    parent: int | None
    inactive: bool


@dataclass(frozen=True)
class Entity:
    """A vendor, employee or customer; `kind` says which."""

    id: int
    kind: str
    name: str
    subsidiary: int
    inactive: bool


CURRENCIES = {1: ("USD", "US Dollar"), 2: ("GBP", "British pound"), 3: ("EUR", "Euro"), 4: ("SEK", "Svensk krona")}
"""Id -> symbol and name; 1 is the base currency."""

USD_RATES = {1: 1.0, 2: 1.27, 3: 1.08, 4: 0.095}
"""Currency id -> US dollars that one unit was worth in the first month."""

SUBSIDIARIES = (
    Subsidiary(1, "Northwind Software Inc.", "Northwind Software Inc.", None, 1, "US", elimination=False),
    Subsidiary(2, "Northwind Ltd.", "Northwind Software Inc. : Northwind Ltd.", 1, 2, "GB", elimination=False),
    Subsidiary(
        3, "Nordwind GmbH, Köln", "Northwind Software Inc. : Nordwind GmbH, Köln", 1, 3, "DE", elimination=False
    ),
    Subsidiary(4, "Eliminations", "Northwind Software Inc. : Eliminations", 1, 1, "US", elimination=True),
)
"""Transactions are spread over the first three."""

_DEPARTMENTS = (
    ("Engineering", ("Platform", "Mobile", "Analytics", "Quality & Release", "Security")),
    ("Sales", ("Sales, Americas", "Sales, EMEA", "Pre-sales", "Partners")),
    ("Marketing", ("Brand", 'Events "on tour"')),
    ("Customer Success", ("Support", "Onboarding")),
    ("G&A", ("Finance", "People", "Legal", "Chief's office")),
    ("Closed lab", ()),
)
_CLASSES = (
    ("Platform", ("Platform Core", "Platform Enterprise")),
    ("Analytics", ()),
    ("Mobile", ("Mobile iOS", "Mobile Android")),
    ("Services", ("Implementation", "Training")),
    ("Legacy product", ()),
)
_LOCATIONS = (
    ("Americas", ("San Francisco", "Austin", "São Paulo")),
    ("Europe", ("London", "Köln", "Malmö", "Zürich")),
    ("Remote", ()),
    ("Old office", ()),
)
_INACTIVE = frozenset({"Closed lab", "Legacy product", "Old office"})

# Names that break careless quoting, trimming and encoding come first, so that the smallest books have them too.
_VENDORS = (
    "Müller & Söhne GmbH",
    "O'Brien, Hale & Partners LLP",
    'The "Cloud" Company',
    " Leading Blank Ltd",
    "Trailing Blank Inc ",
    "株式会社サクラ",
    "Łódź Data Sp. z o.o.",
    "Smørrebrød Catering ApS",
    "Semi;colon Systems",
    "Back\\slash Consulting",
    "Amazing Web Hosting",
    "Tab\tStop Printing",
    "Énergie d'Avenir S.A.",
    "100% Recruiting",
    "Ünïcode Überall AG",
    "<Angle> Brackets",
    "Comma, Comma, and Comma",
    "Пример ООО",  # noqa: RUF001 - Cyrillic on purpose
    "=SUM(A1) Analytics",
    "Zeta / Omega \U0001f680",
)
_FIRST_WORDS = ("Blue", "Granite", "Harbor", "Juniper", "Kestrel", "Lumen", "Meridian", "Nimbus", "Orchard", "Pioneer")
_LAST_WORDS = (
    "Telecom",
    "Legal",
    "Travel",
    "Media",
    "Insurance",
    "Logistics",
    "Security",
    "Furniture",
    "Training",
    "Labs",
)
_GIVEN = ("Ada", "Björn", "Chloé", "Dmitri", "Élise", "Farah", "Grace", "Hiro", "Inês", "José", "Katrín", "Li", "Maeve")
_FAMILY = ("O'Neill", "Åkesson", "van der Berg", "García-López", "Kowalczyk", "Smith", "Tanaka", "D'Angelo", "Nguyễn")


@dataclass(frozen=True)
class MasterRecords:
    """All of them. Ids of entities are unique over the three kinds, as in NetSuite."""

    departments: Sequence[Dimension]
    classes: Sequence[Dimension]
    locations: Sequence[Dimension]
    vendors: Sequence[Entity]
    employees: Sequence[Entity]
    customers: Sequence[Entity]


def build_master_records(rng: np.random.Generator, *, vendors: int, employees: int, customers: int) -> MasterRecords:
    """Master records with the given numbers of entities."""
    return MasterRecords(
        departments=_tree(_DEPARTMENTS, 10),
        classes=_tree(_CLASSES, 3),
        locations=_tree(_LOCATIONS, 2),
        vendors=_entities(rng, "vendor", 2001, [_vendor_name(number) for number in range(vendors)]),
        employees=_entities(rng, "employee", 5001, [_person(number) for number in range(employees)]),
        customers=_entities(rng, "customer", 7001, [_customer_name(number) for number in range(customers)]),
    )


def _tree(shape: Sequence[tuple[str, Sequence[str]]], first_id: int) -> list[Dimension]:
    rows: list[Dimension] = []
    for name, children in shape:
        above = Dimension(first_id + len(rows), name, name, None, name in _INACTIVE)
        rows.append(above)
        for child in children:
            rows.append(Dimension(first_id + len(rows), child, f"{name} : {child}", above.id, inactive=False))
    return rows


def _entities(rng: np.random.Generator, kind: str, first_id: int, names: list[str]) -> list[Entity]:
    subsidiaries = rng.choice([1, 2, 3], size=len(names), p=[0.6, 0.2, 0.2])
    inactive = rng.random(len(names)) < 0.03
    return [
        Entity(first_id + number, kind, name, int(subsidiaries[number]), bool(inactive[number]))
        for number, name in enumerate(names)
    ]


def _vendor_name(number: int) -> str:
    if number < len(_VENDORS):
        return _VENDORS[number]
    number -= len(_VENDORS)
    return f"{_FIRST_WORDS[number % 10]} {_LAST_WORDS[number // 10 % 10]}" + (
        f" {number // 100}" if number > 99 else ""
    )


def _customer_name(number: int) -> str:
    return f"{_LAST_WORDS[number % 10]} {_FIRST_WORDS[number // 10 % 10]} {number:03d}"


def _person(number: int) -> str:
    return f"{_FAMILY[number // 13 % 9]}, {_GIVEN[number % 13]}" + (f" {number // 117}" if number >= 117 else "")
