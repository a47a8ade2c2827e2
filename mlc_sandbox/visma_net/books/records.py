"""Master records of the books. Moments are aware, in UTC, to the millisecond."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

AccountType = Literal["Asset", "Liability", "Income", "Expense"]


@dataclass(slots=True)
class Account:
    """An account; `id` stays when it is renumbered (docs/vendors/visma_net.md, section 6.3)."""

    id: int
    number: str
    name: str
    type: AccountType
    active: bool
    modified: datetime

    @property
    def debit_sided(self) -> bool:
        """Whether its balance is shown debit positive."""
        return self.type in {"Asset", "Expense"}

    @property
    def group(self) -> str | None:
        """The group that projects see it in."""
        return "MATERIALER" if self.number.startswith("4") else None

    @property
    def tax_code(self) -> str:
        """First external code: that of the standard chart that the authorities use."""
        return self.number[:2]

    @property
    def statement_code(self) -> str | None:
        """Second external code: line of the income statement."""
        return f"RR{self.number[0]}" if self.yearly else None

    @property
    def analysis_code(self) -> str | None:
        """For analyses of the cost of goods."""
        return "VAREKOST" if self.number.startswith("4") else None

    @property
    def yearly(self) -> bool:
        """Whether its balance starts at nought each year."""
        return self.type in {"Income", "Expense"}


@dataclass(slots=True)
class SegmentValue:
    """One value of a segment; an inactive one may still be used on lines."""

    segment: int
    segment_name: str
    value: str
    name: str
    active: bool
    modified: datetime

    @property
    def public_id(self) -> str:
        """Its GUID."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"segment value {self.segment} {self.value}"))


@dataclass(slots=True)
class Segment:
    """One segment of a dimension, with its values by id."""

    id: int
    name: str
    length: int
    values: dict[str, SegmentValue]
    modified: datetime


@dataclass(slots=True)
class Dimension:
    """A segmented key."""

    id: str
    name: str
    segments: list[Segment]


@dataclass(slots=True)
class Subaccount:
    """A combination of segment values."""

    id: int
    values: tuple[SegmentValue, ...]
    active: bool
    modified: datetime

    @property
    def number(self) -> str:
        """Its segment values, joined."""
        return "-".join(each.value for each in self.values)

    @property
    def name(self) -> str:
        """The names of its segment values."""
        return ", ".join(each.name for each in self.values)


@dataclass(slots=True)
class Branch:
    """A plant."""

    id: int
    number: str
    name: str
    main: bool
    active: bool
    modified: datetime


@dataclass(slots=True)
class Department:
    """A department, with the account and subaccount that its expenses go to by default."""

    id: str
    name: str
    account: Account
    subaccount: Subaccount | None
    modified: datetime


@dataclass(slots=True)
class Ledger:
    """A ledger."""

    id: int
    number: str
    name: str
    balance_type: Literal["Actual", "Report", "Statistical", "Budget"]
    currency: str
    modified: datetime


@dataclass(slots=True)
class BudgetLine:
    """The budget of one account and subaccount of a branch for a year, by period."""

    year: int
    branch: Branch
    account: Account
    subaccount: Subaccount
    amounts: dict[str, Decimal]
    modified: datetime


@dataclass(slots=True)
class Supplier:
    """A supplier."""

    id: int
    number: str
    name: str
    status: str
    class_id: str
    country: str
    currency: str
    corporate_id: str | None
    modified: datetime

    @property
    def vat_id(self) -> str | None:
        """Its number in the register of VAT."""
        return f"{self.country}{self.corporate_id}MVA" if self.corporate_id else None


@dataclass(slots=True)
class Period:
    """A financial period; the 13th is the adjustment period on the year's last day.

    Attributes:
        id: YYYYPP.
        closed: names of the modules in which it is closed, as in the API: `SupplierLedger`, `GeneralLedger` ...
    """

    id: str
    start: date
    end: date
    name: str
    active: bool
    closed: set[str] = field(default_factory=set[str])
