"""Records as the endpoint knows them, and the tables that hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, TypeVar

Value = str | int | bool | Decimal | datetime | date | None
_Kind = TypeVar("_Kind", str, Decimal, date, datetime)


@dataclass(slots=True)
class Record:
    """One record, or one row of its details.

    Attributes:
        id: GUID.
        fields: those that have a value, by the endpoint's names.
        details: rows by the detail's name.
        links: linked entities by name.
        custom: values of fields outside the endpoint, by `View.Field` (docs/vendors/acumatica.md, section 4).
        archived: answered only when archived records are asked for (docs/vendors/acumatica.md, section 5).
    """

    id: str
    fields: dict[str, Value]
    details: dict[str, list[Record]] = field(default_factory=dict[str, "list[Record]"])
    links: dict[str, Record] = field(default_factory=dict[str, "Record"])
    custom: dict[str, str | Decimal] = field(default_factory=dict[str, "str | Decimal"])
    archived: bool = False

    def get(self, name: str, kind: type[_Kind]) -> _Kind:
        """The value of a field that has one, of the kind that it is known to be."""
        value = self.fields[name]
        if not isinstance(value, kind):
            raise TypeError(f"{name} is {value!r}")
        return value

    def rows(self, name: str) -> Sequence[Record]:
        """The rows of a detail."""
        return self.details.get(name, ())


AnyRecord = TypeVar("AnyRecord", bound=Record)


class Table(Generic[AnyRecord]):
    """The records of one entity, found by key and by id."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys
        self._by_key: dict[tuple[str, ...], AnyRecord] = {}
        self._by_id: dict[str, AnyRecord] = {}
        self._heap: list[AnyRecord] | None = None
        self._sorted: list[AnyRecord] | None = None

    def __len__(self) -> int:
        return len(self._by_key)

    def add(self, record: AnyRecord) -> None:
        """Store a new record; one of the same key is replaced."""
        key = self.key(record)
        if key in self._by_key:
            del self._by_id[self._by_key[key].id]
        self._by_key[key] = self._by_id[record.id] = record
        self._heap = self._sorted = None

    def remove(self, record: AnyRecord) -> None:
        """Forget a record."""
        del self._by_key[self.key(record)]
        del self._by_id[record.id]
        self._heap = self._sorted = None

    def key(self, record: AnyRecord) -> tuple[str, ...]:
        """The key of a record, in URL order."""
        return tuple(str(record.fields[name]) for name in self._keys)

    def by_key(self, *key: str) -> AnyRecord | None:
        """The record with that key; trailing spaces of identifiers don't count."""
        return self._by_key.get(tuple(part.rstrip() for part in key))

    def by_id(self, record_id: str) -> AnyRecord | None:
        """The record with that GUID."""
        return self._by_id.get(record_id.lower())

    def heap(self) -> Sequence[AnyRecord]:
        """All records in an order that means nothing but stays."""
        if self._heap is None:
            self._heap = sorted(self._by_key.values(), key=lambda record: record.id)
        return self._heap

    def by_keys(self) -> Sequence[AnyRecord]:
        """All records, key ascending."""
        if self._sorted is None:
            self._sorted = [self._by_key[key] for key in sorted(self._by_key)]
        return self._sorted


Fields = Mapping[str, Value]
