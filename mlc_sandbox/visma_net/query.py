"""Query parameters: names in any case, conditions in pairs, dates in the formats that the vendor takes."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from mlc_sandbox.visma_net.refusals import bad_request

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d(?:\.\d{1,3})?)?")
_ZONED = re.compile(r"(.*?)(?:Z|[+-]\d\d:\d\d)")
_PERIOD = re.compile(r"\d{4}(?:0[1-9]|1[0-3])")


class Query:
    """The parameters of a request; an empty one counts as not given, an unknown one is ignored.

    Args:
        pairs: names and values; the last one of a name counts.
        zone: that naive filter values lie in (docs/vendors/visma_net.md, section 5).
        refuse_zone: whether `Z` and offsets are refused.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], zone: tzinfo, *, refuse_zone: bool) -> None:
        self._values = {name.lower(): value for name, value in pairs if value}
        self._zone = zone
        self._refuse_zone = refuse_zone

    def without_paging(self) -> tuple[tuple[str, str], ...]:
        """All that decides which records are meant."""
        return tuple(sorted(item for item in self._values.items() if item[0] not in {"pagenumber", "pagesize"}))

    def text(self, name: str) -> str | None:
        """A parameter as it came."""
        return self._values.get(name.lower())

    def number(self, name: str, least: int = 0) -> int | None:
        """A whole number, `least` or more."""
        text = self.text(name)
        if text is None:
            return None
        if not re.fullmatch(r"-?\d{1,9}", text) or int(text) < least:
            raise bad_request(f"The value '{text}' is not valid for {name}.")
        return int(text)

    def flag(self, name: str) -> bool | None:
        """A truth value."""
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in {"true", "false"}:
            raise bad_request(f"The value '{text}' is not valid for {name}.")
        return text.lower() == "true"

    def period(self, name: str) -> str | None:
        """A financial period, YYYYPP."""
        text = self.text(name)
        if text is not None and not _PERIOD.fullmatch(text):
            raise bad_request(f"The value '{text}' is not valid for {name}. Use YYYYPP.")
        return text

    def day(self, name: str) -> date | None:
        """A date, YYYY-MM-DD."""
        text = self.text(name)
        if text is None:
            return None
        return self._moment(name, text).date()

    def moment(self, name: str) -> datetime | None:
        """A moment, in UTC."""
        text = self.text(name)
        if text is None:
            return None
        moment = self._moment(name, text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).astimezone(UTC)

    def amount(self, name: str) -> Decimal | None:
        """A number."""
        text = self.text(name)
        try:
            return None if text is None else Decimal(text)
        except InvalidOperation:
            raise bad_request(f"The value '{text}' is not valid for {name}.") from None

    def condition(self, name: str, read: Callable[[Query, str], Any]) -> Callable[[Any], bool] | None:
        """What a value must fulfil by `name` and `nameCondition`, which go together.

        Args:
            name: of the parameter with the value.
            read: the method of this class that reads it.
        """
        sign = self.text(f"{name}Condition")
        limit = read(self, name)
        if sign is None and limit is None:
            return None
        if sign is None or limit is None:
            raise bad_request(f"{name} and {name}Condition must be given together.")
        compare = _OPERATORS.get(sign)
        if compare is None:
            raise bad_request(f"The value '{sign}' is not valid for {name}Condition. Use >, <, >= or <=.")
        return lambda value: compare(value, limit)

    def _moment(self, name: str, text: str) -> datetime:
        zoned = _ZONED.fullmatch(text)
        plain = zoned[1] if zoned and not self._refuse_zone else text
        if _MOMENT.fullmatch(plain):
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass
        raise bad_request(f"The value '{text}' is not valid for {name}. Use yyyy-MM-ddTHH:mm:ss.FFF without a zone.")
