"""How dates, change stamps and references to other records are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from mlc_sandbox.visma_net.books.records import Account, Branch, Subaccount, Supplier
from mlc_sandbox.visma_net.switches import StampFormat, Switches
from mlc_sandbox.visma_net.wire import Written, to_json


class Style:
    """Writes what many records have in common; references are written once per version of the books.

    Args:
        switches: formats.
        zone: of the company, for naive stamps and offsets.
    """

    def __init__(self, switches: Switches, zone: ZoneInfo) -> None:
        self.switches = switches
        self._zone = zone
        self._version = -1
        self._references: dict[tuple[str, int], Written] = {}

    def for_version(self, version: int) -> None:
        """Forget the references when the books are others."""
        if version != self._version:
            self._version = version
            self._references.clear()

    def stamp(self, moment: datetime) -> str:
        """A date-time in one of the formats; which one is left to its milliseconds.

        See docs/vendors/visma_net.md, section 5.
        """
        formats = self.switches.stamp_formats
        return _stamp(moment, formats[moment.microsecond // 10_000 % len(formats)], self._zone)

    def post_period(self, period: str) -> str:
        """A period as `postPeriod`."""
        return period if self.switches.post_period == "YYYYMM" else period[4:] + period[:4]

    def account(self, account: Account) -> Written:
        """A reference to an account."""
        return self._reference("account", account.id, lambda: {**ledger_account(account), "active": account.active})

    def ledger_account(self, account: Account) -> Written:
        """The same where a line of the ledger names it: there it doesn't say whether it is active."""
        return self._reference("ledger account", account.id, lambda: ledger_account(account))

    def subaccount(self, subaccount: Subaccount) -> Written:
        """A reference to a subaccount, with its segments."""
        return self._reference("subaccount", subaccount.id, lambda: subaccount_reference(subaccount))

    def branch(self, branch: Branch) -> Written:
        """A reference to a branch."""
        return self._reference("branch", branch.id, lambda: {"number": branch.number, "name": branch.name})

    def supplier(self, supplier: Supplier) -> Written:
        """A reference to a supplier."""
        return self._reference(
            "supplier",
            supplier.id,
            lambda: {"internalId": supplier.id, "number": supplier.number, "name": supplier.name},
        )

    def _reference(self, kind: str, number: int, view: Callable[[], dict[str, Any]]) -> Written:
        written = self._references.get((kind, number))
        if written is None:
            written = self._references[kind, number] = Written(to_json(view()))
        return written


@lru_cache(maxsize=65_536)
def _stamp(moment: datetime, form: StampFormat, zone: ZoneInfo) -> str:
    shown = moment if form == "utc" else moment.astimezone(zone)
    text = f"{shown:%Y-%m-%dT%H:%M:%S}"
    if moment.microsecond:
        text += f".{moment.microsecond // 1000:03d}".rstrip("0")
    if form == "utc":
        return text + "Z"
    return text if form == "naive" else text + f"{shown:%z}"[:3] + ":" + f"{shown:%z}"[3:]


@lru_cache(maxsize=4_096)
def written_day(day: date) -> str:
    """A business date."""
    return f"{day.isoformat()}T00:00:00"


def version_stamp(modified: datetime) -> str:
    """The `timeStamp` of a record, which is its ETag (docs/vendors/visma_net.md, section 9)."""
    return f"0x{int(modified.timestamp() * 1000):016X}"


def ledger_account(account: Account) -> dict[str, Any]:
    """An account where a line of the ledger names it."""
    return {
        "type": account.type,
        "externalCode1": None,
        "externalCode2": None,
        "number": account.number,
        "description": account.name,
    }


def subaccount_reference(subaccount: Subaccount) -> dict[str, Any]:
    """A subaccount where another record names it."""
    return {
        "subaccountNumber": subaccount.number,
        "subaccountId": subaccount.id,
        "description": subaccount.name,
        "active": subaccount.active,
        "segments": segments(subaccount),
    }


def segments(subaccount: Subaccount) -> list[dict[str, Any]]:
    """The segment values that make up a subaccount."""
    return [
        {
            "segmentId": value.segment,
            "segmentDescription": value.segment_name,
            "segmentValue": value.value,
            "segmentValueDescription": value.name,
        }
        for value in subaccount.values
    ]
