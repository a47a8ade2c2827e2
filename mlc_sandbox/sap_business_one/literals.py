"""How filters compare: quoted dates and times, enumerations by name or value.

See docs/vendors/sap_business_one.md, section 4.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from mlc_sandbox.odata import Dialect, ODataError, compare_values
from mlc_sandbox.sap_business_one.schema import EntityType, EnumMember

_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T.*)?")
_TIME = re.compile(r"(\d\d):?(\d\d)(?::?\d\d)?")
_FUNCTIONS = ("startswith", "endswith", "contains", "substringof")


def dialect(version: str, *, case_insensitive: bool) -> Dialect:
    """The filter language of a version."""
    literals = ("datetime",) if version == "v1" else ("datetime", "iso")
    return Dialect(literals, _FUNCTIONS, _compare_folded if case_insensitive else _compare)


@lru_cache(maxsize=4096)
def as_date(value: object) -> date:
    """A date literal's day; the time part is ignored.

    Raises:
        ODataError: it is none.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise ODataError(f"Invalid date value {value!r}")


def reader(entity_type: EntityType) -> Callable[[Any, str], object]:
    """Reads a header property of the type's records, for filters and orders."""
    defaults = {name: entity_type.default(name) for name in entity_type.properties}

    def read(record: Any, name: str) -> object:
        return record.get(name, defaults[name])

    return read


def _minute(value: object) -> tuple[int, int]:
    if isinstance(value, time):
        return value.hour, value.minute
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ODataError(f"Invalid time value {value!r}")
    return int(match[1]), int(match[2])


def _compare(left: Any, right: Any) -> int:
    if isinstance(left, date) or isinstance(right, date):
        return compare_values(as_date(left), as_date(right))
    if isinstance(left, time) or isinstance(right, time):
        one, other = _minute(left), _minute(right)
        return (one > other) - (one < other)
    if isinstance(left, EnumMember) and right == left.code:
        return 0
    if isinstance(right, EnumMember) and left == right.code:
        return 0
    return compare_values(left, right)


def _compare_folded(left: Any, right: Any) -> int:
    if type(left) is type(right) is str:
        return compare_values(left.casefold(), right.casefold())
    return _compare(left, right)
