"""What expressions are made of, and what of it a vendor takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from mlc_sandbox.odata.values import compare_values

TYPED: dict[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "datetimeoffset": datetime.fromisoformat,
    "guid": UUID,
    "time": time.fromisoformat,
}
FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "substringof": lambda part, text: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
TOKEN = re.compile(
    r"""\s*(?:
        (?P<typed>[a-z]+)'(?P<inside>(?:[^']|'')*)'
      | '(?P<text>(?:[^']|'')*)'
      | (?P<iso>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)(?![\w-])
      | (?P<bareguid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?P<suffix>[mMlLfFdD]?)(?!\w)
      | (?P<custom>cf\.\w+\(f='[^']*'\))
      | (?P<name>[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)
      | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Dialect:
    """What a vendor's `$filter` takes.

    Attributes:
        literals: `date`, `datetime`, `datetimeoffset`, `guid`, `time`: literals with that word before the quotes;
            `suffixes`: numbers such as `12M`; `iso`: dates and moments without quotes; `bareguid`: guids likewise.
        functions: of startswith, endswith, contains, substringof.
        compare: order of two values, neither null; raises `ODataError` when they can't be compared.
    """

    literals: Collection[str]
    functions: Collection[str]
    compare: Callable[[Any, Any], int] = compare_values
