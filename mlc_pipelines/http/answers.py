"""What a vendor's answer says, field by field: another shape than expected is an error that names it, never a guess."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

import httpx

from mlc_pipelines.errors import DataError, Unavailable
from mlc_pipelines.http.json_text import TWICE, BrokenJson, parse_json, with_twice
from mlc_pipelines.http.origin import shown

_HINT = (
    "Look what answers there: a page to sign in, or a proxy? If it is the vendor itself, its API has changed: such an"
    " answer can't be read."
)
_AGAIN = "The rest was lost on the way: run it again."


def read_json(response: httpx.Response, **options: Any) -> Any:
    """The JSON value of an answer.

    Args:
        response: the answer.
        options: of `parse_json`.

    Raises:
        DataError: it came whole and can't be read, or is another thing than JSON.
        Unavailable: it is only the beginning.
    """
    try:
        return parse_json(response.content, **options)
    except BrokenJson as error:
        raise DataError(f"{_named(response)} answered with what is no JSON: {error}.", hint=_HINT) from None
    except ValueError as error:
        raise Unavailable(f"{_named(response)} answered with the beginning of JSON: {error}.", hint=_AGAIN) from None


def read_object(response: httpx.Response, **options: Any) -> Answer:
    """The JSON object of an answer. A key that stands twice with different values is an error when it is read.

    Args:
        response: the answer.
        options: of `parse_json`.

    Raises:
        DataError, Unavailable: as `read_json`; another value than an object is whole and wrong.
    """
    return _object(read_json(response, pairs=with_twice, **options), _named(response), "")


class Answer(dict[str, Any]):
    """A JSON object out of an answer. What is wrong in it is an error that says where it stands.

    `answer[key]` is the value as it is, and an error when there is none. The methods take null for absent.

    Args:
        members: the object's.
        where: the request that it answers.
        place: path of keys to it, empty for the whole.
    """

    def __init__(self, members: Mapping[str, Any], where: str, place: str = "") -> None:
        super().__init__(members)
        self._where = where
        self._place = place

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if value is TWICE:
            raise DataError(f"{self._where} answered with {self._path(key)} twice, with different values.", hint=_HINT)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """The value as it is."""
        return self[key] if key in self else default  # noqa: SIM401 - that is this method

    def __missing__(self, key: str) -> Any:
        raise DataError(f"{self._where} answered without {self._path(key)}.", hint=_HINT)

    def needed(self, key: str) -> str:
        """A text, or a whole number as one, that must be there."""
        return self.text(key) or self.__missing__(key)

    def token(self, key: str) -> str:
        """A text that can be sent in a header, and that must be there."""
        value = self.get(key)
        if value is None or value == "":
            return self.__missing__(key)
        sendable = isinstance(value, str) and value.isascii() and value.isprintable()
        return value if sendable else self._wrong(key, "token of ASCII characters")

    def text(self, key: str) -> str:
        """A text, or a whole number as one; empty when absent."""
        value = self.get(key)
        if value is None or isinstance(value, str):
            return value or ""
        return str(value) if _is_whole(value) else self._wrong(key, "text")

    def day(self, key: str) -> date:
        """A day as ISO 8601 writes it (`2026-05-31`), which must be there."""
        try:
            return date.fromisoformat(self.needed(key))
        except ValueError:
            return self._wrong(key, "day such as 2026-05-31")

    def texts(self, key: str) -> list[str]:
        """The texts of a list; an empty one for a null in it."""
        return [
            str("" if each is None else each)
            if each is None or isinstance(each, str) or _is_whole(each)
            else self._wrong(key, "list of texts")
            for each in self._list(key)
        ]

    def flag(self, key: str) -> bool:
        """True or false; false when there is no such key."""
        value = self.get(key, False)
        return value if isinstance(value, bool) else self._wrong(key, "true or false")

    def whole(self, key: str) -> int:
        """A whole number, also as text; 0 when absent."""
        value = self.get(key)
        if value is None or value == "":
            return 0
        if _is_whole(value) or (isinstance(value, float) and value.is_integer()):
            return int(value)
        digits = value.strip().removeprefix("-") if isinstance(value, str) else ""
        return int(value) if digits.isdecimal() and len(digits) < 20 else self._wrong(key, "whole number")

    def count(self, key: str) -> int:
        """A number of things, also as text; 0 when absent."""
        count = self.whole(key)
        return count if count >= 0 else self._wrong(key, "number of rows")

    def place(self, key: str, count: int) -> int:
        """A place among so many, from 0; 0 when absent."""
        place = self.whole(key)
        return place if 0 <= place < count else self._wrong(key, f"place from 0 to {count - 1}")

    def of(self, members: Mapping[str, Any]) -> Answer:
        """Other members, which were written in this object in another form."""
        return Answer(members, self._where, self._place)

    def number(self, key: str) -> float | None:
        """A number, also as text; None when absent."""
        value = self.get(key)
        if value is None or value == "":
            return None
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        return number if math.isfinite(number) else self._wrong(key, "number")

    def inner(self, key: str) -> Answer:
        """An object; an empty one when absent."""
        return _object({} if self.get(key) is None else self[key], self._where, self._path(key))

    def listed(self, key: str) -> list[Answer]:
        """The objects of a list."""
        return [
            _object(each, self._where, f"{self._path(key)}[{number}]") for number, each in enumerate(self._list(key))
        ]

    def _list(self, key: str) -> list[Any]:
        value = self.get(key)
        if value is None:
            return []
        return cast("list[Any]", value) if isinstance(value, list) else self._wrong(key, "list")

    def _path(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key

    def _wrong(self, key: str, wanted: str) -> Any:
        raise DataError(
            f"{self._where} answered with {self._path(key)} as {_kind(self[key])}, where a {wanted} belongs.",
            hint=_HINT,
        )


def _object(value: Any, where: str, place: str) -> Answer:
    if isinstance(value, Mapping):
        return Answer(cast("Mapping[str, Any]", value), where, place)
    found = f"{place} as {_kind(value)}" if place else _kind(value)
    raise DataError(f"{where} answered with {found}, where an object belongs.", hint=_HINT)


def _named(response: httpx.Response) -> str:
    return f"{response.request.method} {shown(response.request.url)}"


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    """What a value is; the value itself may be anything, and is not shown."""
    kinds = ((bool, "true or false"), (int, "a number"), (float, "a number"), (str, "text"), (list, "a list"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "an object" if value is not None else "null")
